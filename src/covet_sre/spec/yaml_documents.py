"""YAML text -> documents of plain values with their places, strictly and within bounds.

PyYAML's C parser gives the events; the values are built here, because PyYAML's own builder reads `NO` as false and
`12:30` as 750, keeps the last of two equal keys, and follows nesting and aliases without a bound.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml._yaml import CParser

from covet_sre.errors import Location
from covet_sre.spec.findings import Document, Findings, Place, Step
from covet_sre.spec.scalars import plain_scalar

MAX_FILE_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 50
MAX_NODES = 400_000
"""Values in one file, each alias counted with everything that it stands for."""

_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")
_COLLECTION_TAGS = (None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
# What the parser counts as the end of a line.
_BREAKS = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_NO_CHILDREN: dict[Step, Place] = {}


class _Refused(Exception):
    """Reading of this file ends here."""

    def __init__(self, location: Location, code: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.location, self.code, self.problem, self.remedy = location, code, problem, remedy


class _Built(NamedTuple):
    """A finished value. `nodes` counts it and everything in it, `depth` how many levels it has."""

    value: object
    children: dict[Step, Place]
    nodes: int
    depth: int


def read_yaml(text: str, file: str, findings: Findings) -> list[Document]:
    """Every document of a file; a top-level list counts as one document for each of its items.

    What is wrong goes to `findings`. After broken YAML, what came before it in the file is still returned.
    """
    documents: list[Document] = []
    if len(text) > MAX_FILE_BYTES:
        findings.file_error(
            Location(file), "yaml-limit", f"is larger than {MAX_FILE_BYTES >> 20} MiB", "split it into several files"
        )
        return documents
    try:
        for document in _Reader(text, file, findings).documents():
            documents.extend(_items(document))
    except _Refused as refused:
        findings.file_error(refused.location, refused.code, refused.problem, refused.remedy)
    except yaml.MarkedYAMLError as error:
        findings.file_error(*_broken(error, text, file))
    except (yaml.YAMLError, UnicodeError) as error:
        location = _first_unprintable(text, file)
        problem = " ".join(str(error).split())
        findings.file_error(location, "yaml-characters", f"is no YAML text: {problem}", "save the file as plain UTF-8")
    return documents


def _items(document: Document) -> Iterator[Document]:
    match document.value:
        case None:
            return
        case list() as items:
            for index, item in enumerate(items):
                yield Document(document.file, item, document.place.children[index])
        case _:
            yield document


def _broken(error: yaml.MarkedYAMLError, text: str, file: str) -> tuple[Location, str, str, str]:
    mark = error.problem_mark or error.context_mark
    location = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
    if mark and mark.index >= len(text.rstrip()):
        lines = _BREAKS.split(text.rstrip())
        location = Location(file, len(lines), len(lines[-1]) + 1)
    problem = error.problem or "broken"
    context = f" ({error.context})" if error.context else ""
    remedy = "mend the YAML here; the rest of the file was not read"
    if "tab" in problem or "character that cannot start any token" in problem:
        remedy = f"indent with spaces, and quote text that begins with @, ` or %; {remedy}"
    elif "mapping values are not allowed" in problem:
        remedy = f"quote text that contains a colon and a space; {remedy}"
    return location, "yaml-syntax", f"{problem}{context}", remedy


def _first_unprintable(text: str, file: str) -> Location:
    for number, line in enumerate(_BREAKS.split(text), start=1):
        for column, character in enumerate(line, start=1):
            if not character.isprintable() and character != "\t":
                return Location(file, number, column)
    return Location(file, 1, 1)


class _Reader:
    """Builds values from the parser's events, one document after the other."""

    def __init__(self, text: str, file: str, findings: Findings) -> None:
        self._file, self._findings = file, findings
        self._next: Any = CParser(text).get_event
        self._nodes = 0
        self._anchors: dict[str, _Built] = {}

    def documents(self) -> Iterator[Document]:
        while True:
            event = self._next()
            kind = type(event)
            if kind is yaml.StreamEndEvent:
                return
            if kind is yaml.StreamStartEvent or kind is yaml.DocumentEndEvent:
                continue
            self._anchors = {}
            root = self._next()
            line, column = root.start_mark.line + 1, root.start_mark.column + 1
            built = self._build(root, 1)
            yield Document(self._file, built.value, Place(line, column, built.children))

    def _build(self, event: Any, depth: int) -> _Built:
        kind = type(event)
        if kind is yaml.AliasEvent:
            return self._alias(event, depth)
        self._count(event, 1)
        if kind is yaml.ScalarEvent:
            built = _Built(self._scalar(event), _NO_CHILDREN, 1, 1)
        else:
            if depth > MAX_DEPTH:
                self._refuse(event, "yaml-limit", f"is nested more than {MAX_DEPTH} deep", "write it flatter")
            if event.tag not in _COLLECTION_TAGS:
                self._refuse_tag(event)
            built = self._mapping(depth) if kind is yaml.MappingStartEvent else self._sequence(depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = built
        return built

    def _scalar(self, event: Any) -> object:
        tag, text = event.tag, event.value
        if tag is not None:
            if tag not in _TEXT_TAGS:
                self._refuse_tag(event)
            return text
        if not event.implicit[0]:
            return text
        try:
            return plain_scalar(text)
        except ValueError as error:
            self._refuse(event, "yaml-limit", f"is {error}", "write a shorter number, or quote it")

    def _sequence(self, depth: int) -> _Built:
        items: list[object] = []
        children: dict[Step, Place] = {}
        nodes, deepest = 1, 0
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            mark = event.start_mark
            built = self._build(event, depth + 1)
            children[len(items)] = Place(mark.line + 1, mark.column + 1, built.children)
            items.append(built.value)
            nodes += built.nodes
            if built.depth > deepest:
                deepest = built.depth
        return _Built(items, children, nodes, deepest + 1)

    def _mapping(self, depth: int) -> _Built:
        values: dict[str, object] = {}
        children: dict[Step, Place] = {}
        nodes, deepest = 1, 0
        while type(event := self._next()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                self._refuse(event, "yaml-key", "is a key that is not plain text", "write each key as text")
            key, mark = event.value, event.start_mark
            self._count(event, 1)
            if event.anchor is not None:
                self._anchors[event.anchor] = _Built(key, _NO_CHILDREN, 1, 1)
            if key in values:
                first = children[key]
                self._findings.file_error(
                    self._location(event),
                    "yaml-duplicate-key",
                    f"the key {key!r} is written twice (first on line {first.line})",
                    "keep one of the two",
                )
            built = self._build(self._next(), depth + 1)
            values[key] = built.value
            children[key] = Place(mark.line + 1, mark.column + 1, built.children)
            nodes += built.nodes + 1
            if built.depth > deepest:
                deepest = built.depth
        return _Built(values, children, nodes, deepest + 1)

    def _alias(self, event: Any, depth: int) -> _Built:
        built = self._anchors.get(event.anchor)
        if built is None:
            self._refuse(
                event,
                "yaml-alias",
                f"the alias *{event.anchor} has no finished anchor before it",
                f"write &{event.anchor} at the value that it repeats, above this line and not around it",
            )
        self._count(event, built.nodes)
        if depth + built.depth > MAX_DEPTH:
            self._refuse(event, "yaml-limit", f"is nested more than {MAX_DEPTH} deep", "write it flatter")
        return built

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self._refuse(
                event,
                "yaml-limit",
                f"the file stands for more than {MAX_NODES:,} values, aliases written out",
                "split it into several files, and don't let aliases repeat aliases",
            )

    def _location(self, event: Any) -> Location:
        return Location(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _refuse(self, event: Any, code: str, problem: str, remedy: str) -> NoReturn:
        raise _Refused(self._location(event), code, problem, remedy)

    def _refuse_tag(self, event: Any) -> NoReturn:
        self._refuse(event, "yaml-tag", f"carries the tag {event.tag[:60]!r}", "remove the tag; quote what is text")
