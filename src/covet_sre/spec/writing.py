"""Documents of plain values -> YAML that people read: block style, the order given, quotes only where needed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import cast

WritableDocument = Mapping[str, object]
"""Mappings with text as keys, lists, text, numbers, truth values and None, nested."""

# What YAML 1.1, which other tools read, takes for something else than text.
_OLD_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "~"))
_LIKE_A_NUMBER = re.compile(r"[-+]?\.?[0-9]|[-+]?\.(inf|nan)\b", re.IGNORECASE)
# Begins like a number, and is surely none: `30d`.
_LIKE_A_DURATION = re.compile(r"[0-9]+[a-zA-Z]+\Z")
_INDICATORS = frozenset("-?:,[]{}#&*!|>'\"%@`=")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_UNPRINTED = re.compile("[^\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def yaml_text(documents: Sequence[WritableDocument], head: Sequence[str] = ()) -> str:
    """The documents with `---` between them, below the lines of `head` as comments."""
    comments = "".join(f"# {_one_line(line)}".rstrip() + "\n" for line in head)
    return comments + "---\n".join(document_text(document) for document in documents)


def document_text(document: WritableDocument) -> str:
    """One document, with a line break at its end."""
    return "\n".join(_mapping(document, 0)) + "\n"


def _one_line(text: str) -> str:
    return _UNPRINTED.sub("?", " ".join(text.split()))


def _mapping(values: Mapping[str, object], depth: int) -> Iterator[str]:
    if not values:
        yield f"{'  ' * depth}{{}}"
    for key, value in values.items():
        yield from _entry(f"{'  ' * depth}{scalar_text(key)}:", value, depth)


def _entry(start: str, value: object, depth: int) -> Iterator[str]:
    """A key, or the dash of a list, and what belongs to it."""
    match value:
        case Mapping():
            if value:
                yield start
                yield from _mapping(cast("Mapping[str, object]", value), depth + 1)
            else:
                yield f"{start} {{}}"
        case list() | tuple():
            if value:
                yield start
                yield from _sequence(cast("Sequence[object]", value), depth + 1)
            else:
                yield f"{start} []"
        case str() if _is_block(value):
            yield f"{start} |{'' if value.endswith(chr(10)) else '-'}"
            yield from (f"{'  ' * (depth + 1)}{line}".rstrip(" ") for line in value.removesuffix("\n").split("\n"))
        case _:
            yield f"{start} {scalar_text(value)}"


def _sequence(values: Sequence[object], depth: int) -> Iterator[str]:
    indent = "  " * depth
    for value in values:
        if isinstance(value, Mapping) and value:
            lines = _mapping(cast("Mapping[str, object]", value), depth + 1)
            # The first key stands beside the dash.
            yield f"{indent}- {next(lines).lstrip(' ')}"
            yield from lines
        else:
            yield from _entry(f"{indent}-", value, depth)


def _is_block(text: str) -> bool:
    """Whether text of several lines can stand as it is."""
    if "\n" not in text or text.endswith("\n\n") or text[0] in " \n\t":
        return False
    lines = text.removesuffix("\n").split("\n")
    return all(not _UNPRINTED.search(line) and not line.endswith(" ") for line in lines)


def scalar_text(value: object) -> str:
    """A key or a value on one line, so that YAML 1.2 and 1.1 read the same from it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            text = decimal(value)
            # A whole number would be read as one.
            return text if "." in text else f"{text}.0"
        case _:
            return _text(str(value))


def decimal(value: float) -> str:
    """A number as people write it: `0.0001`, and `30` for 30.0. Raises ValueError for what is not finite."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{value} is no number that a file can hold")
    return format(Decimal(repr(value)), "f").removesuffix(".0")


def _text(text: str) -> str:
    if _is_plain(text):
        return text
    if _UNPRINTED.search(text) or ('"' not in text and "\\" not in text):
        return '"' + "".join(_escaped(character) for character in text) + '"'
    return "'" + text.replace("'", "''") + "'"


def _is_plain(text: str) -> bool:
    if not text or text != text.strip(" ") or _UNPRINTED.search(text) or ": " in text or " #" in text:
        return False
    if text.endswith(":") or text[0] in _INDICATORS or text.lower() in _OLD_WORDS or text.startswith(("---", "...")):
        return False
    return not _LIKE_A_NUMBER.match(text) or _LIKE_A_DURATION.match(text) is not None


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if not _UNPRINTED.match(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
