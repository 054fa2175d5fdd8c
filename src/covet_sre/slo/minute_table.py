"""Minutes of streams side by side over a stretch of time: what a replay reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.minutes import CHUNK_MINUTES, Chunk, Counts, GapEntry, MinuteEvents


@dataclass(frozen=True, slots=True)
class StreamMinutes:
    """One stream: minutes start <= m < start + len(known), each array of that length.

    `known` is 1 where the minute was measured. `gaps` are this stream's own.
    """

    start: int
    bad: Counts
    total: Counts
    known: NDArray[np.int8]
    gaps: tuple[GapEntry, ...] = ()

    @property
    def end(self) -> int:
        return self.start + len(self.known)

    def sums(self, start: int, end: int) -> tuple[int, int, int]:
        """(bad, total, known minutes) over start <= m < end, with the gaps that lie in it whole."""
        cut = slice(max(start - self.start, 0), max(end - self.start, 0))
        inside = [gap for gap in self.gaps if gap.start >= start and gap.end <= end]
        return (
            int(self.bad[cut].sum(dtype=np.int64)) + sum(gap.bad for gap in inside),
            int(self.total[cut].sum(dtype=np.int64)) + sum(gap.total for gap in inside),
            int(self.known[cut].sum(dtype=np.int64)),
        )


@dataclass(frozen=True, slots=True)
class MinuteTable:
    """Arrays of shape (streams, minutes): each stream's minutes lie together. The first minute is `start`."""

    start: int
    bad: Counts
    total: Counts
    known: NDArray[np.int8]
    gaps: tuple[GapEntry, ...] = ()

    @classmethod
    def empty(cls, start: int, end: int, streams: int) -> "MinuteTable":
        """Nothing known over start <= m < end."""
        shape = (streams, end - start)
        return cls(start, np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int8))

    @classmethod
    def of_chunks(
        cls, start: int, end: int, streams: int, chunks: Iterable[Chunk], gaps: Sequence[GapEntry] = ()
    ) -> "MinuteTable":
        """From the ledger's chunks, in any order; what they hold outside start <= m < end is left out."""
        shape = (streams, end - start)
        # Half as wide as the ledger's: a month of a thousand streams is large enough.
        bad, total, known = np.zeros(shape, np.int32), np.zeros(shape, np.int32), np.zeros(shape, np.int8)
        for chunk in chunks:
            first, last = max(chunk.start, start), min(chunk.start + CHUNK_MINUTES, end)
            if first < last:
                there, here = slice(first - start, last - start), slice(first - chunk.start, last - chunk.start)
                bad = _with(bad, there, chunk.bad[here, :streams])
                total = _with(total, there, chunk.total[here, :streams])
                known[:, there] = chunk.known[here, :streams].T
        return cls(start, bad, total, known, _inside(gaps, start, end))

    @classmethod
    def of_events(
        cls, start: int, end: int, streams: int, events: MinuteEvents, gaps: Sequence[GapEntry] = ()
    ) -> "MinuteTable":
        """From rows; several of one minute are added up."""
        table = cls.empty(start, end, streams)
        inside = (events.minutes >= start) & (events.minutes < end)
        cells = (events.streams[inside], events.minutes[inside] - start)
        np.add.at(table.bad, cells, events.bad[inside])
        np.add.at(table.total, cells, events.total[inside])
        table.known[cells] = 1
        return cls(start, table.bad, table.total, table.known, _inside(gaps, start, end))

    @property
    def end(self) -> int:
        return self.start + self.known.shape[1]

    def stream(self, number: int) -> StreamMinutes:
        gaps = tuple(gap for gap in self.gaps if gap.stream == number)
        return StreamMinutes(self.start, self.bad[number], self.total[number], self.known[number], gaps)


def _with(counts: Counts, there: slice, part: Counts) -> Counts:
    """The counts with a part of shape (minutes, streams) in them; wider ones where it does not fit."""
    if part.size and not np.can_cast(part.dtype, counts.dtype) and np.abs(part).max() > np.iinfo(counts.dtype).max:
        counts = counts.astype(np.int64)
    counts[:, there] = part.T
    return counts


def _inside(gaps: Sequence[GapEntry], start: int, end: int) -> tuple[GapEntry, ...]:
    return tuple(gap for gap in gaps if gap.start >= start and gap.end <= end)
