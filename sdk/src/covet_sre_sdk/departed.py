"""What dead workers have counted: one file, into which theirs are folded without losing or doubling an event.

`departed-7.<schema>.json` is the seventh such file and the only one that counts. It names the files that it holds, so
whoever still finds one of them leaves it out. A fold writes number 8 beside it, renames it into place (one atomic
step: from here on the sum counts and the parts don't), and only then removes the parts and number 7. Killed at any
point, it leaves a state that reads the same, and the next fold removes what is left over.
"""

import contextlib
import fcntl
import json
import os
import zlib
from collections.abc import Generator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from covet_sre_sdk.cellfile import CellFileReader, owner_is_gone
from covet_sre_sdk.cells import Key, Totals
from covet_sre_sdk.families import EVENT_FAMILIES


@dataclass(frozen=True, slots=True)
class Departed:
    """The counts of the dead, and the names of the files that they came from."""

    number: int
    folded: frozenset[str]
    events: dict[Key, list[float]]


@cache
def schema_mark() -> str:
    """Return a mark of the families' names and bounds: workers of another release keep files of their own."""
    return f"{zlib.crc32(repr(EVENT_FAMILIES).encode()):08x}"


def newest_departed(directory: Path, known: Departed | None) -> Departed:
    """Return the newest file of the departed; the one already known itself when there is no newer."""
    while True:
        number = max(_numbers(directory), default=0)
        if known is not None and known.number == number:
            return known
        if number == 0:
            return Departed(0, frozenset(), {})
        try:
            document = json.loads(_path(directory, number).read_bytes())
        except FileNotFoundError:
            continue  # a fold has just replaced it
        return _departed(number, document)


def fold(directory: Path) -> None:
    """Fold the files whose owner is gone, unless another worker is doing so right now. Raises OSError."""
    dead = [path for path in _cell_files(directory) if _is_dead(path)]
    if not dead:
        return
    with _exclusive(directory) as alone:
        if alone:
            _fold_alone(directory)


def _fold_alone(directory: Path) -> None:
    before = newest_departed(directory, None)
    _clean(directory, before)
    dead = [path for path in _cell_files(directory) if _is_dead(path)]
    totals = Totals({key: list(numbers) for key, numbers in before.events.items()})
    for path in dead:
        with contextlib.suppress(ValueError):  # none of ours: nothing in it can count
            totals.add_cells(CellFileReader(path).read(), alive=False)
    if not dead:
        return
    after = Departed(before.number + 1, frozenset(path.name for path in dead), totals.events)
    making = directory / f"departed.{schema_mark()}.making"
    with making.open("w") as file:
        file.write(_document(after))
        file.flush()
        os.fsync(file.fileno())  # the name must not outlive a power cut that the content didn't
    making.rename(_path(directory, after.number))
    _clean(directory, after)


def _clean(directory: Path, newest: Departed) -> None:
    """Remove what the newest file of the departed has made superfluous."""
    for name in newest.folded:
        (directory / name).unlink(missing_ok=True)
    for number in _numbers(directory):
        if number < newest.number:
            _path(directory, number).unlink(missing_ok=True)


@contextlib.contextmanager
def _exclusive(directory: Path) -> Generator[bool]:
    """Say whether this process is the only one inside. A killed one is outside: the kernel lifts its lock."""
    descriptor = os.open(directory / "fold.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)


def _is_dead(path: Path) -> bool:
    try:
        return owner_is_gone(path)
    except FileNotFoundError:
        return False


def _cell_files(directory: Path) -> list[Path]:
    return sorted(directory.glob(f"*.{schema_mark()}.cells"))


def _numbers(directory: Path) -> list[int]:
    paths = directory.glob(f"departed-*.{schema_mark()}.json")
    return [int(path.name.split(".")[0].removeprefix("departed-")) for path in paths]


def _path(directory: Path, number: int) -> Path:
    return directory / f"departed-{number}.{schema_mark()}.json"


def _document(departed: Departed) -> str:
    cells = [[list(key), numbers] for key, numbers in departed.events.items()]
    return json.dumps({"folded": sorted(departed.folded), "cells": cells})


def _departed(number: int, document: Any) -> Departed:
    events = {tuple(key): numbers for key, numbers in document["cells"]}
    return Departed(number, frozenset(document["folded"]), events)
