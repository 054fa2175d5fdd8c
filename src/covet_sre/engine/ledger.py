"""The ledger as the engine holds it: what is committed, and the sums in memory that follow each commit."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from covet_sre.engine.coarse import CoarseHistory
from covet_sre.engine.plan import Plan
from covet_sre.ports import LedgerStore, TickRecord
from covet_sre.slo.minutes import CHUNK_MINUTES, MINUTES_KEPT, Chunk, GapEntry, MinuteEvents
from covet_sre.slo.slices import slice_counts, slice_length, slices_touched
from covet_sre.slo.stream import Stream
from covet_sre.slo.sums import WindowSums
from covet_sre.slo.tally import Spent, by_hour


class EngineLedger:
    """Commits ticks, and keeps sums over all windows. After a failed commit it is as it was before."""

    def __init__(self, plan: Plan, store: LedgerStore, end: int) -> None:
        self._store = store
        self._plan = plan
        streams = plan.stream_count
        lengths = [window.length(end) for window in plan.windows]
        longest = min(max(lengths, default=0), MINUTES_KEPT)
        gaps = store.gaps(end - max([*lengths, 0]))
        self._lived_through = list(gaps)
        self.sums = WindowSums(plan.windows, end, self._load, self._load_sums, gaps)
        first = (end - longest) // CHUNK_MINUTES
        self.coarse = CoarseHistory(first, (end - 1) // CHUNK_MINUTES, streams, self._load_sums, gaps)

    @property
    def end(self) -> int:
        """The minute up to which (exclusive) every window reaches."""
        return self.sums.end

    def commit(self, record: TickRecord) -> None:
        """Write one tick, then move the sums. Raises StoreError, and then nothing has moved."""
        self.sums.prepare(record.end_minute, record.events)
        self._store.record(record)
        self._lived_through += record.gaps
        self._apply(record.end_minute, record.events, record.gaps)
        self._derive(record.events)

    def fill_in(self, events: MinuteEvents, gaps: Sequence[GapEntry], spent: Spent) -> int:
        """Write minutes of the past that are not known yet, leaving those that are. Returns how many were filled."""
        fresh = self._outside_gaps(self._unknown_only(events))
        cells = set(zip(fresh.streams.tolist(), fresh.minutes.tolist(), strict=True))
        new_gaps = self._unrecorded(gaps)
        self.sums.prepare(self.end, fresh)
        self._store.backfill(fresh, new_gaps)
        self._store.record_spent(by_hour({key: bad for key, bad in spent.items() if key[:2] in cells}))
        self._apply(self.end, fresh, new_gaps)
        self._derive(fresh)
        return len(fresh)

    def _outside_gaps(self, events: MinuteEvents) -> MinuteEvents:
        """The rows outside the gaps that a tick recorded: samples that came late are counted there already."""
        outside = np.ones(len(events), bool)
        for gap in self._lived_through:
            # In the first minute of a gap the last sample before it was taken: what it showed is the minute's own.
            inside = (events.minutes > gap.start) & (events.minutes < gap.end)
            outside &= ~(inside & (events.streams == gap.stream))
        return events.where(outside)

    def _unrecorded(self, gaps: Sequence[GapEntry]) -> list[GapEntry]:
        """Gap entries that overlap none that the ledger has: a second reading of the same history adds nothing."""
        if not gaps:
            return []
        recorded = self._store.gaps(min(gap.start for gap in gaps))
        return [gap for gap in gaps if not any(_same_gap(gap, one) for one in recorded)]

    def _apply(self, end: int, events: MinuteEvents, gaps: Sequence[GapEntry]) -> None:
        self.sums.advance(end, events, gaps)
        self.coarse.take(end, events, gaps)

    def _load(self, number: int) -> Chunk:
        return self._store.chunk(number, self._plan.stream_count)

    def _load_sums(self, first: int, last: int) -> NDArray[np.int64]:
        return self._store.chunk_sums(first, last, self._plan.stream_count)

    def _unknown_only(self, events: MinuteEvents) -> MinuteEvents:
        unknown = np.ones(len(events), bool)
        for number in np.unique(events.minutes // CHUNK_MINUTES).tolist():
            here = events.minutes // CHUNK_MINUTES == number
            chunk = self._load(number)
            unknown[here] = chunk.known[events.minutes[here] - chunk.start, events.streams[here]] == 0
        return events.where(unknown)

    def _derive(self, events: MinuteEvents) -> None:
        """Bring the streams of time slices up to what their events say now. Doing it again changes nothing."""
        rows = [
            row
            for number, base, stream in self._plan.derived
            for row in self._slices(number, base, stream, events.minutes[events.streams == base].tolist())
        ]
        if rows:
            changes = MinuteEvents.of(rows)
            self.sums.prepare(self.end, changes)
            self._store.record(TickRecord(self.end, changes, (), {}, {}))
            self._apply(self.end, changes, ())

    def _slices(
        self, number: int, base: int, stream: Stream, minutes: Sequence[int]
    ) -> list[tuple[int, int, int, int]]:
        length = slice_length(stream.budgeting)
        # The slice that just ended is looked at even when its last minutes brought nothing.
        recent = range(self.end - 2 * length, self.end)
        rows: list[tuple[int, int, int, int]] = []
        for start in slices_touched((*minutes, *recent), length, self.end):
            bad, total, known = self.sums.recent(start, start + length)
            counts = slice_counts(stream.budgeting, bad[:, base], total[:, base], known[:, base])
            recorded = (int(bad[-1, number]), int(total[-1, number]))
            if counts is not None and (counts != recorded or not known[-1, number]):
                change = (counts[0] - recorded[0], counts[1] - recorded[1])
                rows.append((number, start + length - 1, *change))
        return rows


def _same_gap(one: GapEntry, other: GapEntry) -> bool:
    """Whether two entries tell of the same time. Gaps that follow each other may share the minute between them."""
    shared = one.start < other.end - 1 and other.start < one.end - 1
    return one.stream == other.stream and (shared or (one.start, one.end) == (other.start, other.end))
