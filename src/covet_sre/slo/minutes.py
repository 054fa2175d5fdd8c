"""Minutes of whole events: the shapes in which they travel and lie in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

CHUNK_MINUTES = 180
"""Minutes are kept in chunks of three hours: small enough to hold a few in memory, large enough to pack well."""

MINUTES_KEPT = 100 * 1440
"""Older minutes are known by quarters of an hour, and by sums over whole chunks."""


@dataclass(frozen=True, slots=True)
class MinuteEvents:
    """Known minutes of streams, as columns: four int64 arrays of one length.

    As a change (in a tick) the numbers are added to what is there; a minute that is named is known, even with 0
    events. A (stream, minute) may stand in several rows.
    """

    streams: NDArray[np.int64]
    minutes: NDArray[np.int64]
    bad: NDArray[np.int64]
    total: NDArray[np.int64]

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, int, int]]) -> Self:
        """From rows of (stream, minute, bad, total)."""
        columns = np.array(rows, np.int64).reshape(-1, 4).T
        return cls(*np.ascontiguousarray(columns))

    def plus(self, other: "MinuteEvents") -> "MinuteEvents":
        """The rows of both."""
        return MinuteEvents(
            np.concatenate([self.streams, other.streams]),
            np.concatenate([self.minutes, other.minutes]),
            np.concatenate([self.bad, other.bad]),
            np.concatenate([self.total, other.total]),
        )

    def where(self, rows: NDArray[np.bool_]) -> "MinuteEvents":
        """The rows that are marked."""
        return MinuteEvents(self.streams[rows], self.minutes[rows], self.bad[rows], self.total[rows])

    def __len__(self) -> int:
        return len(self.minutes)


@dataclass(frozen=True, slots=True)
class GapEntry:
    """Events of a time in which nobody was watching: they count in every window that contains [start, end) whole.

    The minutes between stay unknown.
    """

    stream: int
    start: int
    end: int
    bad: int
    total: int


Counts = NDArray[np.signedinteger[Any]]
"""Whole numbers, of whatever width."""


@dataclass(slots=True)
class Chunk:
    """Minutes number * 180 <= m < (number + 1) * 180 of all streams: arrays of shape (180, streams).

    `known` is 1 where the minute was measured.
    """

    number: int
    bad: Counts
    total: Counts
    known: NDArray[np.int8]

    @classmethod
    def empty(cls, number: int, streams: int) -> Self:
        shape = (CHUNK_MINUTES, streams)
        return cls(number, np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int8))

    @property
    def start(self) -> int:
        return self.number * CHUNK_MINUTES

    def add(self, events: MinuteEvents) -> None:
        """Add the rows of the change that lie in this chunk."""
        rows = events.minutes - self.start
        inside = (rows >= 0) & (rows < CHUNK_MINUTES)
        if not inside.any():
            return
        cells = (rows[inside], events.streams[inside])
        self.bad, self.total = self.bad.astype(np.int64, copy=False), self.total.astype(np.int64, copy=False)
        np.add.at(self.bad, cells, events.bad[inside])
        np.add.at(self.total, cells, events.total[inside])
        self.known[cells] = 1

    def compact(self) -> None:
        """Hold the counts in no more bytes than they need, until something is added."""
        self.bad, self.total = _narrowest(self.bad), _narrowest(self.total)


def _narrowest(counts: Counts) -> Counts:
    if counts.dtype != np.int64 or not counts.size:
        return counts
    low, high = counts.min(), counts.max()
    fitting = (
        width for width in (np.int8, np.int16, np.int32) if np.iinfo(width).min <= low and high <= np.iinfo(width).max
    )
    return counts.astype(next(fitting, np.int64), copy=False)
