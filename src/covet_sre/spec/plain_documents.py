"""YAML text in its plainest form -> documents, several times faster than the full reader; or no answer.

The contract: what is given here is exactly what `yaml_documents.read_yaml` gives, places included and without findings.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from covet_sre.spec.findings import Document, LatePlaces, Place, Step
from covet_sre.spec.outlines import Outline, outline_of
from covet_sre.spec.plain_lines import SEPARATOR, Line, Lines, NotPlain
from covet_sre.spec.yaml_documents import MAX_FILE_BYTES, MAX_NODES

MAX_OUTLINES = 1000
"""Kept from file to file. Documents of one team look alike; hostile ones shall not fill the memory."""


_END: Line = (SEPARATOR, None, ())


class PlainReader:
    """Reads plain files, one after the other, and keeps the outlines of their documents."""

    def __init__(self) -> None:
        self._outlines: dict[tuple[str, ...], Outline | None] = {}

    def documents(self, text: str, file: str) -> list[Document] | None:
        """Every document of a file that is plain and has nothing wrong; None for any other."""
        if not text or len(text) > MAX_FILE_BYTES:
            return None
        try:
            return self._documents(text, file)
        except NotPlain:
            return None

    def _documents(self, text: str, file: str) -> list[Document]:
        # The two breaks are one to YAML; any other character that breaks lines is not plain.
        lines = list(map(Lines().__getitem__, text.replace("\r\n", "\n").split("\n")))
        heads, values, _ = zip(*lines, _END, strict=True)
        found: list[Document] = []
        # An upper bound of the values in `{...}` and `[...]`, which the outlines don't know.
        nodes = 2 * (text.count(",") + text.count("{") + text.count("["))
        start = 0
        while start < len(heads):
            stop = heads.index(SEPARATOR, start)
            outline = self._outline(heads[start:stop])
            nodes += 1
            if outline is not None:
                nodes += outline.nodes
                kind = outline.root.children.get("kind")
                place = Place(start + 1 + outline.root.line, 1, LatePlaces(partial(_inner, outline, lines, start, stop)))
                make = partial(_value, outline, values, start, stop)
                known = None if kind is None else values[start + kind.line]
                found.append(Document.made_when_asked(file, known, place, make))
            start = stop + 1
        if nodes > MAX_NODES:
            raise NotPlain
        return found

    def _outline(self, heads: tuple[str, ...]) -> Outline | None:
        try:
            return self._outlines[heads]
        except KeyError:
            if len(self._outlines) >= MAX_OUTLINES:
                self._outlines.clear()
            outline = self._outlines[heads] = outline_of(heads)
            return outline


def _value(outline: Outline, values: Sequence[object], start: int, stop: int) -> object:
    return outline.value(values[start:stop])


def _inner(outline: Outline, lines: list[Line], start: int, stop: int) -> Mapping[Step, Place]:
    return outline.place(lines[start:stop], start + 1).children
