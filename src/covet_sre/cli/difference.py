"""How two texts differ, as lines that a person can read on a terminal whatever is in them."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

_CONTEXT_LINES = 3

# Comparing takes time with the product of both, showing takes the reader's.
_COMPARED_LINES = 2_000
_SHOWN_LINES = 200


def difference(before: str, after: str) -> Iterator[str]:
    """Groups of changed lines (`-` is there, `+` should be), each under the number of its first line on disk.

    At most 200 lines; where more than 2,000 lines in a row may differ, only how many.
    """
    old, new = _lines(before), _lines(after)
    same_start = _agreeing(old, new)
    same_end = _agreeing(old[same_start:][::-1], new[same_start:][::-1])
    start, end = max(same_start - _CONTEXT_LINES, 0), max(same_end - _CONTEXT_LINES, 0)
    old, new = old[start : len(old) - end], new[start : len(new) - end]
    if max(len(old), len(new)) > _COMPARED_LINES:
        yield f"  from line {start + 1} on: {len(old):,} lines are there, {len(new):,} should be"
        return
    shown = list(_groups(old, new, start))
    yield from shown[:_SHOWN_LINES]
    if len(shown) > _SHOWN_LINES:
        yield f"  ... and {len(shown) - _SHOWN_LINES} more lines"


def _groups(old: Sequence[str], new: Sequence[str], start: int) -> Iterator[str]:
    # Lines that come again and again are no landmarks, and looking for each of them takes minutes.
    for group in SequenceMatcher(None, old, new, autojunk=True).get_grouped_opcodes(_CONTEXT_LINES):
        yield f"@@ line {start + group[0][1] + 1} @@"
        for tag, old_from, old_to, new_from, new_to in group:
            if tag == "equal":
                yield from (f" {line}" for line in old[old_from:old_to])
            else:
                yield from (f"-{line}" for line in old[old_from:old_to])
                yield from (f"+{line}" for line in new[new_from:new_to])


def _lines(text: str) -> list[str]:
    # Not splitlines: it would hide what ends a line.
    *lines, rest = (_printable(line) for line in text.split("\n"))
    return [*lines, f"{rest} (no line break at the end)"] if rest else lines


def _printable(line: str) -> str:
    """What a file holds must not speak to the terminal."""
    if line.isprintable():
        return line
    return "".join(
        sign if sign.isprintable() or sign == "\t" else sign.encode("unicode_escape").decode() for sign in line
    )


def _agreeing(old: Sequence[str], new: Sequence[str]) -> int:
    for index, (one, other) in enumerate(zip(old, new, strict=False)):
        if one != other:
            return index
    return min(len(old), len(new))
