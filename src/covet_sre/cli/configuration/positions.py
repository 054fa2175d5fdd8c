"""Where each key of a TOML file stands; the standard library's reader does not tell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")
_TABLE = re.compile(rf"\s*\[{{1,2}}\s*({_PART}(?:\s*\.\s*{_PART})*)\s*\]")
_TEXTS = re.compile(r'"""|\'\'\'|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'|#.*|[\[\]{}]')


@dataclass(frozen=True, slots=True)
class Position:
    line: int
    column: int


def positions(text: str) -> Mapping[str, Position]:
    """By the key's full name (`backup.every`), of a file that is valid TOML; of tables, where they begin."""
    found: dict[str, Position] = {}
    table, depth, ending = "", 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        rest = line
        if not depth and not ending:
            key = _KEY.match(line)
            if head := _TABLE.match(line) if key is None else None:
                table = _name(head[1])
                found.setdefault(table, Position(number, head.start(1) + 1))
                continue
            if key is not None:
                name = f"{table}.{_name(key[1])}" if table else _name(key[1])
                found.setdefault(name, Position(number, key.start(1) + 1))
                rest = line[key.end() :]
        depth, ending = _open_after(rest, depth, ending)
    return found


def _open_after(line: str, depth: int, ending: str) -> tuple[int, str]:
    """How many brackets are open at a line's end, and by what an open text of several lines ends."""
    place = 0
    while place < len(line):
        if ending:
            end = line.find(ending, place)
            if end < 0:
                return depth, ending
            place, ending = end + 3, ""
            continue
        found = _TEXTS.search(line, place)
        if found is None:
            return depth, ""
        token, place = found[0], found.end()
        if token in ('"""', "'''"):
            ending = token
        elif token in ("[", "{"):
            depth += 1
        elif token in ("]", "}"):
            depth -= 1
    return depth, ending


def _name(written: str) -> str:
    return ".".join(_parts(written))


def _parts(written: str) -> Iterator[str]:
    for part in re.findall(_PART, written):
        yield part[1:-1] if part[0] in "\"'" else part
