"""A store that forgets: the whole port in memory, for tests, trials and demonstrations."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from covet_sre.budget.adjustment import Adjustment
from covet_sre.errors import NotFound
from covet_sre.ports import AlertTransition, TickRecord
from covet_sre.slo.counting import Watermarks
from covet_sre.slo.minutes import CHUNK_MINUTES, MINUTES_KEPT, Chunk, GapEntry, MinuteEvents
from covet_sre.store.blocks import QUARTER_MINUTES, QUARTERS_KEPT_MINUTES, SPAN_MINUTES
from covet_sre.store.grid import Grid
from covet_sre.store.journal import select
from covet_sre.store.lease import MEASURE
from covet_sre.store.memory_desk import MemoryDesk
from covet_sre.store.rules import added, check_revocable, check_streams, revoked
from covet_sre.units import MINUTES_PER_HOUR

_LONG_AGO = np.iinfo(np.int64).min


class MemoryStore(MemoryDesk):
    """The whole Store without a database."""

    def __init__(self) -> None:
        super().__init__()
        self._streams: dict[str, int] = {}
        self._minutes, self._quarters = Grid(1, CHUNK_MINUTES), Grid(QUARTER_MINUTES, SPAN_MINUTES)
        self._minutes_floor = self._quarters_floor = _LONG_AGO
        self._waiting: list[tuple[int, int]] = []
        self._gaps: dict[tuple[int, int, int], tuple[int, int]] = {}
        self._spent: dict[tuple[int, int, str, str], int] = {}
        self._marks: dict[str, Watermarks] = {}
        self._known_from: dict[int, int] = {}
        self._last_read: int | None = None
        self._simulated_until: int | None = None
        self._old_sums: dict[int, NDArray[np.int64]] = {}
        self._transitions: list[AlertTransition] = []
        self._adjustments: list[Adjustment] = []

    # ------------------------------------------------------------ the ledger

    def stream_ids(self, keys: Sequence[str]) -> dict[str, int]:
        with self._guard:
            return {key: self._streams.setdefault(key, len(self._streams)) for key in keys}

    def record(self, tick: TickRecord) -> None:
        with self._guard:
            self._check(tick.events, tick.gaps, tick.spent)
            self._add(tick.events)
            if len(tick.events) or tick.spent:
                self._waiting.append((tick.end_minute, len(tick.events)))
            self._add_gaps(tick.gaps)
            self._add_spent(tick.spent)
            self._marks |= {source: _copy(marks) for source, marks in tick.marks.items()}
            self._last_read = int(tick.end_minute)

    def last_read(self) -> int | None:
        return self._last_read

    def marks(self, source: str) -> Watermarks:
        with self._guard:
            return _copy(self._marks.get(source, Watermarks()))

    def chunk(self, number: int, streams: int) -> Chunk:
        with self._guard:
            bad, total, known = self._minutes.part(number, streams)
            return Chunk(number, bad.copy(), total.copy(), known.copy())

    def chunk_sums(self, first: int, last: int, streams: int) -> NDArray[np.int64]:
        with self._guard:
            sums = np.zeros((3, streams), np.int64)
            for number, old in self._old_sums.items():
                if first <= number < last:
                    columns = old[:, :streams]
                    sums[:, : columns.shape[1]] += columns
            for number in self._minutes.numbers(first, last):
                for row, column in enumerate(self._minutes.part(number, streams)):
                    sums[row] += column.sum(axis=0, dtype=np.int64)
            return sums

    def minutes(self, stream: int, start: int, end: int) -> MinuteEvents:
        with self._guard:
            return self._minutes.of_stream(stream, start, end)

    def quarters(self, stream: int, start: int, end: int) -> MinuteEvents:
        with self._guard:
            return self._quarters.of_stream(stream, start, end)

    def gaps(self, start: int) -> list[GapEntry]:
        with self._guard:
            found = [GapEntry(*place, *counts) for place, counts in self._gaps.items() if place[2] > start]
        return sorted(found, key=lambda gap: (gap.start, gap.end, gap.stream))

    def spent(self, stream: int, start_hour: int, end_hour: int) -> dict[tuple[int, str, str], int]:
        with self._guard:
            return {
                (hour, label, value): bad
                for (whose, hour, label, value), bad in self._spent.items()
                if whose == stream and start_hour <= hour < end_hour
            }

    def backfill(self, events: MinuteEvents, gaps: Sequence[GapEntry] = (), *, simulated: bool = False) -> None:
        with self._guard:
            self._check(events, gaps, {})
            dropped = events.minutes < self._minutes_floor
            known = np.where(dropped, self._quarters.known(events), self._minutes.known(events))
            self._add(select(events, known == 0))
            self._add_gaps([gap for gap in gaps if (gap.stream, gap.start, gap.end) not in self._gaps])
            if simulated and len(events):
                until = int(events.minutes.max()) + 1
                self._simulated_until = max(until, self._simulated_until or until)

    def record_spent(self, spent: Mapping[tuple[int, int, str, str], int]) -> None:
        with self._guard:
            self._check(MinuteEvents.of([]), (), spent)
            self._add_spent(spent)

    def known_from(self, streams: int) -> NDArray[np.int64]:
        with self._guard:
            return np.array([self._known_from.get(stream, -1) for stream in range(streams)], np.int64)

    def simulated_until(self) -> int | None:
        return self._simulated_until

    def fold(self, before_minute: int) -> int:
        """There is no journal here: counts what another store would have folded, and drops what is past its keeping."""
        with self._guard:
            folded = sum(rows for end_minute, rows in self._waiting if end_minute <= before_minute)
            self._waiting = [waiting for waiting in self._waiting if waiting[0] > before_minute]
            newest = self._minutes.newest()
            if newest is not None:
                self._drop(min(before_minute, (newest + 1) * CHUNK_MINUTES))
            return folded

    # ------------------------------------------------------------ alerts

    def alert_states(self) -> dict[tuple[str, str], AlertTransition]:
        with self._guard:
            return {(transition.objective, transition.alert): transition for transition in self._transitions}

    def record_transitions(self, transitions: Sequence[AlertTransition]) -> None:
        with self._guard:
            self._transitions += [replace(transition, detail=dict(transition.detail)) for transition in transitions]

    def transitions(self, objective: str | None, start_minute: int, limit: int) -> list[AlertTransition]:
        with self._guard:
            found = [
                transition
                for transition in reversed(self._transitions)
                if transition.at_minute >= start_minute and objective in (None, transition.objective)
            ]
        return sorted(found, key=lambda transition: transition.at_minute, reverse=True)[:limit]

    # ------------------------------------------------------------ adjustments

    def add_adjustment(self, adjustment: Adjustment) -> Adjustment:
        with self._guard:
            made = replace(adjustment, identity=len(self._adjustments) + 1)
            self._adjustments.append(made)
            self.audit(added(made))
            return made

    def revoke_adjustment(self, identity: int, author: str, reason: str, at_minute: int) -> Adjustment:
        with self._guard:
            if not 1 <= identity <= len(self._adjustments):
                raise NotFound(f"there is no adjustment {identity}")
            known = self._adjustments[identity - 1]
            check_revocable(known)
            made = replace(known, revoked_minute=at_minute, revoked_by=author, revoked_reason=reason)
            self._adjustments[identity - 1] = made
            self.audit(revoked(made))
            return made

    def adjustments(self, slo: str | None = None) -> list[Adjustment]:
        with self._guard:
            return [adjustment for adjustment in self._adjustments if slo in (None, adjustment.slo)]

    # ------------------------------------------------------------ the store

    def writable(self) -> str | None:
        return None

    def acquire_lease(self, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        return self._leases.acquire(MEASURE, holder, now_seconds, ttl_seconds)

    def close(self) -> None:
        """Nothing is open."""

    # ------------------------------------------------------------ inside

    def _check(
        self, events: MinuteEvents, gaps: Sequence[GapEntry], spent: Mapping[tuple[int, int, str, str], int]
    ) -> None:
        check_streams(len(self._streams) - 1, events, gaps, spent)

    def _add(self, events: MinuteEvents) -> None:
        self._minutes.add(select(events, events.minutes >= self._minutes_floor))
        self._quarters.add(select(events, events.minutes >= self._quarters_floor))
        for stream, minute in zip(events.streams.tolist(), events.minutes.tolist(), strict=True):
            self._known_from[stream] = min(minute, self._known_from.get(stream, minute))

    def _add_gaps(self, gaps: Sequence[GapEntry]) -> None:
        for gap in gaps:
            if gap.end > self._quarters_floor:
                place = (int(gap.stream), int(gap.start), int(gap.end))
                bad, total = self._gaps.get(place, (0, 0))
                self._gaps[place] = (bad + int(gap.bad), total + int(gap.total))

    def _add_spent(self, spent: Mapping[tuple[int, int, str, str], int]) -> None:
        for key, bad in spent.items():
            if key[1] * MINUTES_PER_HOUR >= self._quarters_floor:
                self._spent[key] = self._spent.get(key, 0) + bad

    def _drop(self, end: int) -> None:
        self._minutes_floor = max(self._minutes_floor, (end - MINUTES_KEPT) // CHUNK_MINUTES * CHUNK_MINUTES)
        self._quarters_floor = max(self._quarters_floor, (end - QUARTERS_KEPT_MINUTES) // SPAN_MINUTES * SPAN_MINUTES)
        for number in self._minutes.numbers(0, self._minutes_floor // CHUNK_MINUTES):
            columns = self._minutes.part(number, len(self._streams))
            self._old_sums[number] = np.stack([column.sum(axis=0, dtype=np.int64) for column in columns])
        self._minutes.drop(self._minutes_floor)
        self._quarters.drop(self._quarters_floor)
        kept = self._quarters_floor // CHUNK_MINUTES
        self._old_sums = {number: sums for number, sums in self._old_sums.items() if number >= kept}
        self._gaps = {place: counts for place, counts in self._gaps.items() if place[2] > self._quarters_floor}
        self._spent = {
            key: bad for key, bad in self._spent.items() if key[1] * MINUTES_PER_HOUR >= self._quarters_floor
        }


def _copy(marks: Watermarks) -> Watermarks:
    return Watermarks(list(marks.keys), list(marks.timestamps), list(marks.values), dict(marks.index))
