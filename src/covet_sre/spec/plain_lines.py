"""One line of YAML in its plainest form: `key: value`, `- value`, `- key: value`, more text, a comment, or nothing.

What a line means here does not depend on the lines around it, as long as these are plain too (outlines.py looks at how
they stand together). Whatever could mean something else is refused: then the whole file is the full reader's
(yaml_documents.py).
"""

import re
from collections.abc import Iterator

from covet_sre.spec.findings import Step
from covet_sre.spec.scalars import plain_scalar

SEPARATOR = "---"
NOTHING = ""
"""The head of an empty line, and of one that has only a comment."""

MORE = ">"
"""The end of the head of a line that has only text: it may go on with the text of the line before it."""
CLOSED = '"'
"""The end of the head of a value that no text may go on with: it stands in quotes or brackets, or has a comment."""


class NotPlain(Exception):
    """The line has, or could have, a form that is not read here."""


Inner = tuple[tuple[Step, int], ...]
"""The steps, and their columns from 1, inside a value that is a `{...}` or `[...]`."""

Line = tuple[str, object, Inner]
"""A line's head, value, and what is inside. The head is everything up to the value: the heads of a document's lines
tell its structure, whatever the values are. That of `key:` without a value ends with the colon, that of a plain value
with the space before it.
"""

# Longer keys than 1,024 characters are no keys in YAML; and no key that is known here is nearly as long as these.
_KEY = r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}"
_HEAD = re.compile(rf" *(?:- +)?(?:{_KEY}:(?: +|\Z))?")
_AFTER = r"(?: *\Z| +#)"
_DOUBLE = re.compile(rf'"((?:[^"\\]|\\["\\])*)"{_AFTER}')
_SINGLE = re.compile(rf"'((?:[^']|'')*)'{_AFTER}")
_ESCAPED = re.compile(r"\\(.)")

# What may not begin a plain scalar, or not always.
_INDICATORS = frozenset(["", *" -?:,[]{}#&*!|>'\"%@`"])

_PLAIN_INSIDE = r"(?:[A-Za-z0-9_./]|-(?=[0-9.]))(?:[A-Za-z0-9_./+-]|:(?=[A-Za-z0-9_/])| (?=[A-Za-z0-9_]))*"
_INSIDE = rf'(?:"(?P<double>[^"\\]*)"|\'(?P<single>[^\']*)\'|(?P<plain>{_PLAIN_INSIDE}))'
_ENTRY = re.compile(rf"(?P<key>{_KEY}): +{_INSIDE} *(?P<after>[,}}])")
_ITEM = re.compile(rf"{_INSIDE} *(?P<after>[,\]])")
_END = re.compile(_AFTER)


class Lines(dict[str, Line]):
    """What each line means, by its text without the break. Raises NotPlain.

    Most lines of a file stand in it again and again; of those that don't, most have a key that does.
    """

    def __init__(self) -> None:
        super().__init__()
        self._heads: dict[str, str] = {}

    def __missing__(self, text: str) -> Line:
        before, colon, _ = text.partition(": ")
        head = self._heads.get(before) if colon else None
        if head is not None and text.isprintable():
            line = self[text] = _with_value(text, head)
            return line
        line = self[text] = read_line(text)
        head = f"{before}: "
        if line[0] in (head, head + CLOSED):
            self._heads[before] = head
        return line


def read_line(text: str) -> Line:
    """What a line means. Raises NotPlain."""
    match = _HEAD.match(text)
    if match is None or not text.isprintable():
        raise NotPlain
    head = match[0]
    end = len(head)
    if head and not head.isspace() and text[end - 1 : end] == " ":
        return _with_value(text, head)
    if end == len(text) or text[end] == "#":
        return _without_value(text, head)
    if text == SEPARATOR:
        return SEPARATOR, None, ()
    if head and text[end] not in _INDICATORS:
        return f"{head}{MORE}", _text(text, end, len(text)), ()
    raise NotPlain


def _text(line: str, start: int, end: int) -> str:
    """Unquoted text between two places of a line."""
    text = line[start:end]
    if text[-1] == " ":
        text = text.rstrip(" ")
    if ": " in text or text[-1] == ":" or " #" in text:
        raise NotPlain
    return text


def _without_value(text: str, head: str) -> Line:
    written = head.rstrip(" ")
    if not written:
        return NOTHING, None, ()
    # A dash without anything after it, and `key:#`, which is text.
    if written[-1] != ":" or (len(head) < len(text) and head[-1] != " "):
        raise NotPlain
    return written, None, ()


def _with_value(text: str, head: str) -> Line:
    start = len(head)
    first = text[start : start + 1]
    if first not in _INDICATORS or (first == "-" and text[start + 1 : start + 2].isdigit()):
        comment = text.find(" #", start)
        if comment < 0:
            return head, _plain(_text(text, start, len(text))), ()
        return head + CLOSED, _plain(_text(text, start, comment)), ()
    if first == " ":
        # More spaces than usual are part of the head.
        return read_line(text)
    if first == "" or first == "#":
        return _without_value(text, head)
    if first == '"' or first == "'":
        return head + CLOSED, _quoted(text, first, start), ()
    if first == "[" or first == "{":
        return _flow(text, head)
    raise NotPlain


def _quoted(text: str, quote: str, start: int) -> str:
    match = (_DOUBLE if quote == '"' else _SINGLE).match(text, start)
    if match is None:
        raise NotPlain
    return _ESCAPED.sub(r"\1", match[1]) if quote == '"' else match[1].replace("''", "'")


def _plain(text: str) -> object:
    try:
        return plain_scalar(text)
    except ValueError as error:
        raise NotPlain from error


def _flow(text: str, head: str) -> Line:
    start = len(head)
    is_mapping = text[start] == "{"
    entries = list(_entries(text, start + 1, is_mapping))
    inner = tuple([(step, column) for step, column, _ in entries])
    if not is_mapping:
        return head + CLOSED, [value for _, _, value in entries], inner
    values = {step: value for step, _, value in entries}
    if len(values) < len(entries):
        raise NotPlain
    return head + CLOSED, values, inner


def _entries(text: str, at: int, is_mapping: bool) -> Iterator[tuple[Step, int, object]]:
    pattern, closing = (_ENTRY, "}") if is_mapping else (_ITEM, "]")
    after, position = "", 0
    while after != closing:
        while text[at : at + 1] == " ":
            at += 1
        if not position and text[at : at + 1] == closing:
            at += 1
            break
        match = pattern.match(text, at)
        if match is None:
            raise NotPlain
        column = match.start() + 1
        yield (match["key"] if is_mapping else position), column, _inside(match)
        after, at, position = match["after"], match.end(), position + 1
    if _END.match(text, at) is None:
        raise NotPlain


def _inside(match: re.Match[str]) -> object:
    if match["plain"] is not None:
        return _plain(match["plain"].rstrip(" "))
    return match["double"] if match["double"] is not None else match["single"]
