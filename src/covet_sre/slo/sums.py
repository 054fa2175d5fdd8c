"""Sums of events over every window of every stream, moved forward a minute at a time.

Each minute that enters is added, each minute that leaves is subtracted: exact whole numbers, at a cost that does
not depend on how long the windows are. Only the chunks in which some window begins or ends are held in memory.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.minutes import CHUNK_MINUTES, MINUTES_KEPT, Chunk, Counts, GapEntry, MinuteEvents
from covet_sre.slo.window import Window

BAD, TOTAL, KNOWN = range(3)

LoadChunk = Callable[[int], Chunk]
"""The chunk of a number, all streams."""

LoadSums = Callable[[int, int], NDArray[np.int64]]
"""(bad, total, known minutes) over whole chunks first <= n < last, old ones included: shape (3, streams)."""


class WindowSums:
    """`values[w, k, s]`: BAD, TOTAL or KNOWN (k) of stream s over window w, up to `end` (exclusive).

    A window that is longer than minutes are kept begins with a whole chunk: up to three hours late.
    """

    def __init__(
        self, windows: Sequence[Window], end: int, load: LoadChunk, load_sums: LoadSums, gaps: Iterable[GapEntry]
    ) -> None:
        self.windows = tuple(windows)
        self.end = end
        self._load, self._load_sums = load, load_sums
        self._chunks: dict[int, Chunk] = {}
        self._leaving_long: dict[int, NDArray[np.int64]] = {}
        self._starts = [_start(window, end) for window in self.windows]
        earliest = min(self._starts, default=end)
        self._gaps = [gap for gap in gaps if gap.start >= earliest and gap.end <= end]
        whole: dict[tuple[int, int], NDArray[np.int64]] = {}
        self.values = np.array([self._sum(start, end, whole) for start in self._starts])
        for row, start in enumerate(self._starts):
            self._add_gaps(row, [gap for gap in self._gaps if gap.start >= start], +1)
        self._forget_chunks()

    def prepare(self, end: int, events: MinuteEvents) -> None:
        """Bring into memory what `advance(end, events)` will need. Call it before the events are committed."""
        self._leaving_long = {}
        for row, (old, window) in enumerate(zip(self._starts, self.windows, strict=True)):
            new = _start(window, end)
            if _is_long(window, end) and old < new < self.end:
                self._leaving_long[row] = self._load_sums(old // CHUNK_MINUTES, new // CHUNK_MINUTES)
            elif not _is_long(window, end):
                for number in _chunks_between(old, min(new, self.end)):
                    self._chunk(number)
        for number in {*_chunks_between(self.end - 1, end), *(events.minutes // CHUNK_MINUTES).tolist()}:
            self._chunk(number)

    def advance(self, end: int, events: MinuteEvents, gaps: Sequence[GapEntry] = ()) -> None:
        """Move every window's end to `end` and take in new events, late ones included.

        Events at or after `end` are not in any window yet and must come again with a later tick.
        """
        # Usually nothing; but a clock that was set back comes again through minutes that hold events.
        entering = self._in_memory(self.end, end)
        for row, window in enumerate(self.windows):
            old, new = self._starts[row], _start(window, end)
            if new >= self.end:
                self.values[row] = 0
            elif new > old:
                leaving = self._leaving_long.get(row)
                self.values[row] -= self._in_memory(old, new) if leaving is None else leaving
                self._add_gaps(row, [gap for gap in self._gaps if old <= gap.start < new], -1)
            self.values[row] += entering if new <= self.end else self._in_memory(new, end)
            self._add_gaps(row, [gap for gap in gaps if gap.start >= new and gap.end <= end], +1)
            self._starts[row] = new
        self._add_events(events, end)
        for chunk in self._chunks.values():
            chunk.add(events)
        earliest = min(self._starts, default=end)
        self._gaps = [gap for gap in (*self._gaps, *gaps) if gap.start >= earliest]
        self.end = end
        self._forget_chunks()

    def recent(self, start: int, end: int) -> tuple[Counts, Counts, NDArray[np.int8]]:
        """(bad, total, known) of all streams, minutes start <= m < end: shape (minutes, streams) each."""
        parts = [(self._chunk(number), number * CHUNK_MINUTES) for number in _chunks_between(start, end)]
        cuts = [(chunk, slice(max(start - base, 0), min(end - base, CHUNK_MINUTES))) for chunk, base in parts]
        return (
            np.concatenate([chunk.bad[cut] for chunk, cut in cuts]),
            np.concatenate([chunk.total[cut] for chunk, cut in cuts]),
            np.concatenate([chunk.known[cut] for chunk, cut in cuts]),
        )

    def _chunk(self, number: int) -> Chunk:
        chunk = self._chunks.get(number)
        if chunk is None:
            chunk = self._chunks[number] = self._load(number)
        return chunk

    def _sum(self, start: int, end: int, whole: dict[tuple[int, int], NDArray[np.int64]]) -> NDArray[np.int64]:
        first, last = -(-start // CHUNK_MINUTES), end // CHUNK_MINUTES
        if first >= last:
            return self._in_memory(start, end)
        if (first, last) not in whole:
            whole[first, last] = self._load_sums(first, last)
        edges = self._in_memory(start, first * CHUNK_MINUTES) + self._in_memory(last * CHUNK_MINUTES, end)
        return whole[first, last] + edges

    def _in_memory(self, start: int, end: int) -> NDArray[np.int64]:
        """Sums over start <= m < end, minute by minute."""
        if start >= end:
            streams = self._chunk(self.end // CHUNK_MINUTES).bad.shape[1]
            return np.zeros((3, streams), np.int64)
        bad, total, known = self.recent(start, end)
        return np.array([bad.sum(axis=0), total.sum(axis=0), known.sum(axis=0, dtype=np.int64)])

    def _add_events(self, events: MinuteEvents, end: int) -> None:
        """Add events to the windows that reach back to them: those that lie in all windows to all of them at once."""
        fresh = self._fresh_cells(events)
        newest_start = max(self._starts, default=end)
        self.values += self._between(newest_start, end, events, fresh)
        if len(events) and int(events.minutes.min()) < newest_start:
            for row, start in enumerate(self._starts):
                self.values[row] += self._between(start, newest_start, events, fresh)

    def _fresh_cells(self, events: MinuteEvents) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(minutes, streams) that become known by these events, each once, however many rows name it."""
        columns = self.values.shape[2]
        minutes, streams = np.divmod(np.unique(events.minutes * columns + events.streams), columns)
        numbers = minutes // CHUNK_MINUTES
        fresh = np.ones(len(minutes), bool)
        for number in np.unique(numbers).tolist():
            chunk, here = self._chunk(number), numbers == number
            fresh[here] = chunk.known[minutes[here] - chunk.start, streams[here]] == 0
        return minutes[fresh], streams[fresh]

    def _between(
        self, start: int, end: int, events: MinuteEvents, fresh: tuple[NDArray[np.int64], NDArray[np.int64]]
    ) -> NDArray[np.int64]:
        """What events and fresh cells in start <= m < end add to a window: shape (3, streams)."""
        added = np.zeros(self.values.shape[1:], np.int64)
        inside = (events.minutes >= start) & (events.minutes < end)
        np.add.at(added[BAD], events.streams[inside], events.bad[inside])
        np.add.at(added[TOTAL], events.streams[inside], events.total[inside])
        minutes, streams = fresh
        np.add.at(added[KNOWN], streams[(minutes >= start) & (minutes < end)], 1)
        return added

    def _add_gaps(self, row: int, gaps: Sequence[GapEntry], sign: int) -> None:
        for gap in gaps:
            self.values[row, BAD, gap.stream] += sign * gap.bad
            self.values[row, TOTAL, gap.stream] += sign * gap.total

    def _forget_chunks(self) -> None:
        needed = {start // CHUNK_MINUTES for start in self._starts}
        head = self.end // CHUNK_MINUTES
        self._chunks = {
            number: chunk for number, chunk in self._chunks.items() if number >= head - 1 or number in needed
        }
        for number, chunk in self._chunks.items():
            if number < head - 1:
                chunk.compact()


def _is_long(window: Window, end: int) -> bool:
    """Whether the window reaches back to where only sums over chunks are kept."""
    return window.length(end) > MINUTES_KEPT


def _start(window: Window, end: int) -> int:
    start = window.start(end)
    return -(-start // CHUNK_MINUTES) * CHUNK_MINUTES if _is_long(window, end) else start


def _chunks_between(start: int, end: int) -> range:
    """Numbers of the chunks that hold minutes start <= m < end."""
    return range(start // CHUNK_MINUTES, -(-end // CHUNK_MINUTES)) if start < end else range(0)
