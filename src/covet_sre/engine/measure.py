"""Measuring: read every source, count, and commit whole events to the ledger, once a minute."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from covet_sre.engine.ledger import EngineLedger
from covet_sre.engine.plan import Plan
from covet_sre.engine.queries import QueryFailure, QueryReader, Row
from covet_sre.engine.reader import CATCH_UP_SECONDS, Placed, SourceReader, SourceReading, recent_marks
from covet_sre.errors import SourceError, StoreError
from covet_sre.ports import LedgerStore, MetricSource, TickRecord
from covet_sre.slo.matching import Part
from covet_sre.slo.minutes import MinuteEvents
from covet_sre.slo.tally import TallyRules, by_hour, tally

PIECE_MINUTES = 60
"""After a pause, the missed time is read and committed in pieces of at most this length."""

_SETTLED_AFTER_SECONDS = 120.0

_AT_ONCE = 16
"""So many sources are read at the same time."""

# Samples at the very end of a minute belong to the next one.
_JUST_BEFORE_SECONDS = 0.001


@dataclass(slots=True)
class SourceState:
    """How one source does. Times are seconds since the epoch; `error` is None while it answers."""

    wanted_since_seconds: float
    last_success_seconds: float | None = None
    newest_sample_seconds: float | None = None
    error: SourceError | None = None
    failed_since_seconds: float | None = None
    remarks: tuple[str, ...] = ()
    resets: int = 0
    switches: int = 0
    quarantined: int = 0


_Read = tuple[SourceReading, list[Row], list[QueryFailure]]


class Measurer:
    """Reads all sources of a plan. One that fails leaves its streams unknown and disturbs no other.

    `troubles` tells by stream number what kept it from being read in the last tick.
    """

    def __init__(self, plan: Plan, store: LedgerStore, sources: Mapping[str, MetricSource], end: int) -> None:
        self._plan, self._store, self._sources = plan, store, dict(sources)
        self._out_of_step = False
        self.states = {declared.name: SourceState(end * 60.0) for declared in plan.declaration.sources}
        self.troubles: dict[int, SourceError] = {}
        self.readers: dict[str, SourceReader] = {}
        self.query_readers: dict[str, QueryReader] = {}
        self._rules = TallyRules(plan.parts, plan.breakdown, set())
        self.ledger = self._begin(end)

    def history(self, source: str, start: int, end: int) -> int:
        """Fill the unknown minutes of start <= m < end from the source's own history; how many were filled.

        Raises SourceError or StoreError, and then nothing was written.
        """
        reader = self.readers[source]
        first, last = start * 60 - _JUST_BEFORE_SECONDS, end * 60 - _JUST_BEFORE_SECONDS
        outcome = tally(reader.history(first, last), self._rules)
        asked = self.query_readers[source]
        rows = [row for number, stream in asked.streams.items() for row in asked.between(number, stream, start, end)]
        return self.ledger.fill_in(outcome.events.plus(MinuteEvents.of(rows)), outcome.gaps, outcome.spent)

    def settled(self, end: int) -> frozenset[str]:
        """Sources that have answered for two minutes: a series that they have not shown is not there."""
        return frozenset(
            name
            for name, state in self.states.items()
            if state.failed_since_seconds is None
            and state.last_success_seconds is not None
            and end * 60 - state.wanted_since_seconds >= _SETTLED_AFTER_SECONDS
        )

    def streams_of(self, source: str) -> list[int]:
        """Numbers of the streams that are read from a source."""
        counted = frozenset[int]().union(*(group.streams for group in self.readers[source].groups))
        return sorted(counted | set(self.query_readers[source].streams))

    @property
    def matched(self) -> set[tuple[int, Part]]:
        """The parts of each stream that some series was ever found for."""
        return {pair for reader in self.readers.values() for pair in reader.matched}

    def tick(self, end: int) -> None:
        """Read and commit everything up to minute `end` (exclusive).

        Raises StoreError when the ledger can't be written; the next tick reads the same again.
        """
        if self._out_of_step:
            self.ledger = self._begin(end)
            self._out_of_step = False
        while self.ledger.end < end:
            self._piece(min(self.ledger.end + PIECE_MINUTES, end))

    def _piece(self, end: int) -> None:
        end_seconds = end * 60 - _JUST_BEFORE_SECONDS
        series: list[Placed] = []
        rows: list[Row] = []
        troubles: dict[int, SourceError] = {}
        for name, (reading, query_rows, failures) in self._read_all(end, end_seconds).items():
            series += reading.counted
            rows += query_rows
            if query_rows:
                newest = (max(minute for _, minute, _, _ in query_rows) + 1) * 60.0
                reading.newest_seconds = max(reading.newest_seconds or 0.0, newest)
            self._note(name, reading, failures, end_seconds)
            troubles |= {number: error for group, error in reading.failed.items() for number in group.streams}
            troubles |= {failure.stream: failure.error for failure in failures}
        record = self._record(end, series, rows)
        try:
            self.ledger.commit(record)
        except StoreError:
            # The watermarks in memory have moved. What is committed has not; or it has, and the answer was lost.
            self._out_of_step = True
            raise
        self.troubles = troubles

    def _read_all(self, end: int, end_seconds: float) -> dict[str, _Read]:
        """Every source at the same time: one that keeps us waiting keeps nobody else waiting."""

        def read(name: str) -> _Read:
            return self.readers[name].read(end_seconds), *self.query_readers[name].read(end)

        if len(self.readers) < 2:
            return {name: read(name) for name in self.readers}
        with ThreadPoolExecutor(min(len(self.readers), _AT_ONCE), "covet-sre-read") as threads:
            return dict(zip(self.readers, threads.map(read, self.readers), strict=True))

    def _record(self, end: int, series: list[Placed], rows: list[Row]) -> TickRecord:
        outcome = tally(series, self._rules)
        events = outcome.events.plus(MinuteEvents.of(rows)) if rows else outcome.events
        marks = {name: reader.marks for name, reader in self.readers.items()}
        return TickRecord(end, events, outcome.gaps, marks, by_hour(outcome.spent))

    def _note(self, name: str, reading: SourceReading, failures: list[QueryFailure], end_seconds: float) -> None:
        state = self.states[name]
        state.resets += reading.resets
        state.switches += reading.switches
        state.quarantined += reading.quarantined
        errors = [*reading.failed.values(), *(failure.error for failure in failures)]
        groups = len(self.readers[name].groups) + len(self.query_readers[name].streams)
        if errors and len(errors) >= groups:
            state.error = errors[0]
            state.failed_since_seconds = state.failed_since_seconds or end_seconds
        else:
            state.error = errors[0] if errors else None
            state.failed_since_seconds = None
            state.last_success_seconds = end_seconds
        state.remarks = tuple(self._sources[name].remarks())
        if reading.newest_seconds is not None:
            state.newest_sample_seconds = max(state.newest_sample_seconds or 0.0, reading.newest_seconds)

    def _begin(self, end: int) -> EngineLedger:
        """Readers and sums as the store has them. Raises StoreError."""
        last = self._store.last_read()
        can_go_on = last is not None and 0 <= end - last <= CATCH_UP_SECONDS // 60
        ledger = EngineLedger(self._plan, self._store, last if last is not None and can_go_on else end)
        self._make_readers(end)
        return ledger

    def _make_readers(self, end: int) -> None:
        for declared in self._plan.declaration.sources:
            source = self._sources[declared.name]
            marks = recent_marks(declared, self._store.marks(declared.name), end * 60.0)
            reader = self.readers[declared.name] = SourceReader(
                declared, source, self._plan, marks, self.states[declared.name].wanted_since_seconds
            )
            self._rules.good_seen.update(number for number, part in reader.matched if part is Part.GOOD)
            asked = {
                number: stream
                for number, stream in self._plan.streams.items()
                if number not in self._plan.parts and not stream.is_derived and stream.indicator.source == declared.name
            }
            self.query_readers[declared.name] = QueryReader(asked, source, reader.interval_seconds)
