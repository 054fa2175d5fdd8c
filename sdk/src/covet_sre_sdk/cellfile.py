"""The file in which one thread keeps its cells where every worker can read them.

Layout, in the byte order of the machine:

    0   8 bytes   magic
    8   uint64    where the records end, written last: a record half made is not there
    16  records   uint32 bytes of the key, uint32 numbers of the cell, the key as JSON padded with spaces to
                  a multiple of 8, then the numbers as float64

The pages belong to the kernel: they outlive a process that is killed in the middle of anything. The owner holds an
exclusive lock on the file, which the kernel lifts when the owner is gone; that is how the others know.
"""

import contextlib
import fcntl
import json
import mmap
import os
import struct
from pathlib import Path
from typing import cast

from covet_sre_sdk.cells import STARTED, Cell, Key

_MAGIC = b"covetsr1"
_END = 1  # the index, among 8-byte words, of the end of the records
_FIRST_RECORD = 16
_RECORD = struct.Struct("=II")


class CellFile:
    """The writing side: made by the thread that counts in it."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        """Make the file. It gets its name only when it is locked and complete, so nobody takes it for a dead one.

        Raises OSError when the folder is not writable or full: all pages are claimed here, since a full disk
        would otherwise kill the process at the first write.
        """
        making = path.with_suffix(".making")
        descriptor = os.open(making, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        # The lock is on a descriptor of its own: mmap keeps a duplicate of the one that it was given, and a lock
        # is lifted only when all duplicates are closed.
        self._lock: int | None = os.open(making, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _claim(descriptor, size_bytes)
            self._map = mmap.mmap(descriptor, size_bytes)
        except BaseException:
            self.release()
            making.unlink()
            raise
        finally:
            os.close(descriptor)
        self._numbers = memoryview(self._map).cast("d")
        self._words = memoryview(self._map).cast("Q")
        self._map[:8] = _MAGIC
        self._words[_END] = _FIRST_RECORD
        making.rename(path)

    def allocate(self, key: Key, width: int) -> Cell | None:
        """Return the cell of a new key, all zeros, or None when the file is full."""
        start, cell, end = _measure(self._words[_END], key, width)
        if end > len(self._map):
            return None
        text = _encode(key)
        _RECORD.pack_into(self._map, start, len(text), width)
        self._map[start + _RECORD.size : cell] = text
        self._words[_END] = end
        return cast(Cell, self._numbers[cell // 8 : end // 8])

    def release(self) -> None:
        """Give the file up: whoever looks next may fold it into the departed."""
        if self._lock is not None:
            descriptor, self._lock = self._lock, None
            with contextlib.suppress(OSError):
                os.close(descriptor)


class CellFileReader:
    """The reading side: any worker's. Keys are parsed once, numbers at each reading."""

    def __init__(self, path: Path) -> None:
        """Open the file. Raises FileNotFoundError when it is gone, ValueError when it is none of ours."""
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        if len(self._map) % 8 or self._map[:8] != _MAGIC:
            raise ValueError(f"{path} is no file of counts")
        self._numbers = memoryview(self._map).cast("d")
        self._words = memoryview(self._map).cast("Q")
        self._places: dict[Key, tuple[int, int]] = {}
        self._parsed_to = _FIRST_RECORD

    def read(self) -> dict[Key, list[float]]:
        """Return the numbers of every cell. Raises ValueError when the file is damaged.

        Arrivals are read last: what was answered by then had arrived, so the number in flight is never negative.
        """
        self._parse_new()
        numbers = cast(list[float], self._numbers[: self._parsed_to // 8].tolist())
        cells = {key: numbers[start:end] for key, (start, end) in self._places.items()}
        if STARTED in cells:
            cells[STARTED] = [self._numbers[self._places[STARTED][0]]]
        return cells

    def _parse_new(self) -> None:
        end = self._words[_END]
        if not self._parsed_to <= end <= len(self._map):
            raise ValueError(f"the records end at {end}, outside of the file")
        while self._parsed_to + _RECORD.size <= end:
            start = self._parsed_to
            key_bytes, width = _RECORD.unpack_from(self._map, start)
            text = self._map[start + _RECORD.size : start + _RECORD.size + key_bytes]
            cell = start + _RECORD.size + key_bytes
            if cell + width * 8 > end:
                raise ValueError(f"the record at {start} goes beyond the end of the records")
            self._places[tuple(json.loads(text))] = (cell // 8, cell // 8 + width)
            self._parsed_to = cell + width * 8


def _claim(descriptor: int, size_bytes: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size_bytes)
    else:  # macOS
        os.ftruncate(descriptor, size_bytes)


def owner_is_gone(path: Path) -> bool:
    """Return whether nobody holds the file's lock. Raises FileNotFoundError when the file itself is gone.

    The test takes a shared lock, so that two who test at the same time don't take each other for the owner.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _encode(key: Key) -> bytes:
    text = json.dumps(key).encode()
    return text + b" " * (-len(text) % 8)


def _measure(start: int, key: Key, width: int) -> tuple[int, int, int]:
    """Return where a record would start, where its numbers would, and where it would end, in bytes."""
    cell = start + _RECORD.size + len(_encode(key))
    return start, cell, cell + width * 8
