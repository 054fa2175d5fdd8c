"""One line of YAML in its plainest form: `key: value`, `- value`, `- key: value`, a comment, or nothing.

What a line means here does not depend on the lines around it, as long as these are plain too. Whatever YAML could read
in two ways, or over several lines, is refused: then the whole file is the full reader's (yaml_documents).
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from covet_sre.spec.findings import Step
from covet_sre.spec.scalars import plain_scalar

SEPARATOR = "---"
NOTHING = ""
"""The head of an empty line, and of one that has only a comment."""


class NotPlain(Exception):  # noqa: N818 -- no error: the other reader's turn
    """The line has, or could have, a form that is not read here."""


class Line(NamedTuple):
    """`head` is everything up to the value: with it, the structure of a document is known, whatever its values.

    `inner` are the steps and columns (from 1) inside a value that is a `{...}` or `[...]`.
    """

    head: str
    value: object
    inner: tuple[tuple[Step, int], ...] = ()


# Longer keys than 1,024 characters are no keys in YAML.
_KEY = r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}"
_HEAD = re.compile(rf" *(?:- +)?(?:{_KEY}:(?: +|\Z))?")
_AFTER = r"(?: *\Z| +#)"
_DOUBLE = re.compile(rf'"((?:[^"\\]|\\["\\])*)"{_AFTER}')
_SINGLE = re.compile(rf"'((?:[^']|'')*)'{_AFTER}")
_ESCAPED = re.compile(r"\\(.)")

# What begins a plain scalar without doubt; everything else may be an indicator of YAML.
_NO_FIRST = frozenset(" -?:,[]{}#&*!|>'\"%@`")

_PLAIN_INSIDE = r"(?:[A-Za-z0-9_./]|-(?=[0-9.]))(?:[A-Za-z0-9_./+-]|:(?=[A-Za-z0-9_/])| (?=[A-Za-z0-9_]))*"
_INSIDE = rf'(?:"(?P<double>[^"\\]*)"|\'(?P<single>[^\']*)\'|(?P<plain>{_PLAIN_INSIDE}))'
_ENTRY = re.compile(rf"(?P<key>{_KEY}): +{_INSIDE} *(?P<after>[,}}])")
_ITEM = re.compile(rf"{_INSIDE} *(?P<after>[,\]])")
_END = re.compile(_AFTER)


def read_line(line: str) -> Line:
    """The line's head and value. Raises NotPlain.

    `line` is without its break. The head of `key:` without a value ends with the colon.
    """
    if not line.isprintable():
        raise NotPlain
    match = _HEAD.match(line)
    assert match is not None
    head = match[0]
    end = len(head)
    if end == len(line) or line[end] == "#":
        return _without_value(line, head.rstrip(" "), end)
    if head.isspace() or not head:
        if line == SEPARATOR:
            return Line(SEPARATOR, None)
        raise NotPlain
    first = line[end]
    if first in "[{":
        return _flow(line, head)
    return Line(head, _scalar(line, first, end))


def _without_value(line: str, head: str, end: int) -> Line:
    if not head:
        return Line(NOTHING, None)
    # A dash without anything, and `key:#` or `-#`, which are text.
    if head[-1] != ":" or (end < len(line) and line[end - 1] != " "):
        raise NotPlain
    return Line(head, None)


def _scalar(line: str, first: str, start: int) -> object:
    if first == '"':
        match = _DOUBLE.match(line, start)
        if match is None:
            raise NotPlain
        return _ESCAPED.sub(r"\1", match[1])
    if first == "'":
        match = _SINGLE.match(line, start)
        if match is None:
            raise NotPlain
        return match[1].replace("''", "'")
    if first in _NO_FIRST and not (first == "-" and line[start + 1 : start + 2].isdigit()):
        raise NotPlain
    comment = line.find(" #", start)
    text = (line[start:] if comment < 0 else line[start:comment]).rstrip(" ")
    if ": " in text or text[-1] == ":":
        raise NotPlain
    return _plain(text)


def _plain(text: str) -> object:
    try:
        return plain_scalar(text)
    except ValueError as error:
        raise NotPlain from error


def _flow(line: str, head: str) -> Line:
    start = len(head)
    is_mapping = line[start] == "{"
    entries = list(_entries(line, start + 1, is_mapping))
    inner = tuple((step, column) for step, column, _ in entries)
    if not is_mapping:
        return Line(head, [value for _, _, value in entries], inner)
    values = {step: value for step, _, value in entries}
    if len(values) < len(entries):
        raise NotPlain
    return Line(head, values, inner)


def _entries(line: str, at: int, is_mapping: bool) -> Iterator[tuple[Step, int, object]]:
    pattern, closing = (_ENTRY, "}") if is_mapping else (_ITEM, "]")
    after, position = "", 0
    while after != closing:
        while line[at : at + 1] == " ":
            at += 1
        if not position and line[at : at + 1] == closing:
            at += 1
            break
        match = pattern.match(line, at)
        if match is None:
            raise NotPlain
        column = match.start() + 1
        yield (match["key"] if is_mapping else position), column, _inside(match)
        after, at, position = match["after"], match.end(), position + 1
    if _END.match(line, at) is None:
        raise NotPlain


def _inside(match: re.Match[str]) -> object:
    if match["plain"] is not None:
        return _plain(match["plain"].rstrip(" "))
    return match["double"] if match["double"] is not None else match["single"]
