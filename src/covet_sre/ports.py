"""What we ask of the outside world, on one page."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from covet_sre.budget.adjustment import Adjustment
from covet_sre.slo.counting import SeriesSamples, Watermarks
from covet_sre.slo.indicator import Matcher
from covet_sre.slo.minutes import Chunk, GapEntry, MinuteEvents

Clock = Callable[[], float]
"""Seconds since the Unix epoch. The demo's runs faster than the wall's."""


class Pacer(Protocol):
    """How a thread waits, on the same clock that gives the timestamps."""

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        """Wait that many seconds of the clock, or until `stop` is set. Returns whether it is set."""
        ...


# ---------------------------------------------------------------- metrics in


@dataclass(frozen=True, slots=True)
class CounterQuery:
    """One metric name and the matchers that every wanted series shares."""

    metric: str
    matchers: tuple[Matcher, ...]


@dataclass(frozen=True, slots=True)
class CounterAnswer:
    """Raw samples of one query, oldest first in each series. Warnings mean the answer may be partial."""

    query: CounterQuery
    series: Sequence[SeriesSamples]
    warnings: tuple[str, ...] = ()


class MetricSource(Protocol):
    """Raw counter samples and, where there is PromQL, values. Implementations: Prometheus API, scraper, fakes.

    All methods may raise SourceUnreachable or SourceMisanswered; then nothing of that answer is used.
    """

    def read(self, query: CounterQuery, start_seconds: float, end_seconds: float) -> CounterAnswer:
        """Every raw sample with start < timestamp <= end of the series that the query selects."""
        ...

    def evaluate(
        self, expression: str, start_minute: int, end_minute: int
    ) -> Sequence[tuple[Mapping[str, str], Mapping[int, float]]]:
        """A PromQL expression at each minute m, start <= m < end, evaluated at the minute's end.

        One (labels, minute -> value) per result series. Scraped sources raise SourceMisanswered: no PromQL there.
        """
        ...

    def process_starts(self, at_seconds: float) -> Mapping[tuple[str, str], float]:
        """`process_start_time_seconds` by target (job, instance), in seconds since the epoch."""
        ...

    def remarks(self) -> Sequence[str]:
        """What people should know although readings succeed: one of several targets is down, a value is odd."""
        ...

    def close(self) -> None: ...


# ---------------------------------------------------------------- the ledger


@dataclass(frozen=True, slots=True)
class TickRecord:
    """What one reading of the sources adds, written in one transaction: repeating it changes nothing.

    `marks` are all watermarks of each source that was read, by source name.
    `spent` are bad events by (stream id, hour, label, value), added to what is there.
    `end_minute` is the minute up to which (exclusive) the sources were read.
    """

    end_minute: int
    events: MinuteEvents
    gaps: Sequence[GapEntry]
    marks: Mapping[str, Watermarks]
    spent: Mapping[tuple[int, int, str, str], int]


@dataclass(frozen=True, slots=True)
class AlertTransition:
    """One change of an alert's state. `episode` is unique per firing."""

    objective: str
    alert: str
    severity: str
    state: str
    at_minute: int
    episode: str
    detail: Mapping[str, float | str | None]


class LedgerStore(Protocol):
    """Events by stream: by minute for 100 days, by quarter of an hour for 400.

    Implementations: SQLite, PostgreSQL, memory.
    """

    def stream_ids(self, keys: Sequence[str]) -> dict[str, int]:
        """The small whole number of each stream, made on first sight. Numbers are dense from 0."""
        ...

    def record(self, tick: TickRecord) -> None:
        """Commit one tick. Raises StoreFull or StoreError, and then nothing of it was written."""
        ...

    def last_read(self) -> int | None:
        """`end_minute` of the last committed tick."""
        ...

    def marks(self, source: str) -> Watermarks:
        """The watermarks of a source as they were last committed; empty for an unknown source."""
        ...

    def chunk(self, number: int, streams: int) -> Chunk:
        """The minutes of one chunk (see slo.minutes) for streams 0 to `streams` - 1, journal included."""
        ...

    def chunk_sums(self, first: int, last: int, streams: int) -> NDArray[np.int64]:
        """(bad, total, known minutes) over whole chunks first <= n < last, journal included: shape (3, streams)."""
        ...

    def minutes(self, stream: int, start: int, end: int) -> MinuteEvents:
        """One stream's minutes, start <= m < end, known ones only."""
        ...

    def quarters(self, stream: int, start: int, end: int) -> MinuteEvents:
        """One stream by quarters of an hour; `minutes` holds each quarter's first minute."""
        ...

    def gaps(self, start: int) -> list[GapEntry]:
        """Gap entries that end after `start`."""
        ...

    def spent(self, stream: int, start_hour: int, end_hour: int) -> dict[tuple[int, str, str], int]:
        """Bad events by (hour, label, value): who spent the budget."""
        ...

    def backfill(self, events: MinuteEvents, gaps: Sequence[GapEntry] = (), *, simulated: bool = False) -> None:
        """Write minutes that no tick has recorded: from history, or for a demo (marked as simulated).

        In one transaction; minutes that are known already keep what they have.
        """
        ...

    def record_spent(self, spent: Mapping[tuple[int, int, str, str], int]) -> None:
        """Add bad events by (stream id, hour, label, value), for history."""
        ...

    def known_from(self, streams: int) -> NDArray[np.int64]:
        """The earliest known minute of each stream, or -1."""
        ...

    def simulated_until(self) -> int | None:
        """The minute up to which the history is simulated, None when nothing is."""
        ...

    def fold(self, before_minute: int) -> int:
        """Pack the journal older than `before_minute` into blocks and quarters; drop what is past its keeping.

        Returns the number of rows folded.
        """
        ...


class AlertStore(Protocol):
    """Alert states survive a restart: a restart never repeats an alert."""

    def alert_states(self) -> dict[tuple[str, str], AlertTransition]:
        """The last transition of each (objective, alert)."""
        ...

    def record_transitions(self, transitions: Sequence[AlertTransition]) -> None: ...

    def transitions(self, objective: str | None, start_minute: int, limit: int) -> list[AlertTransition]:
        """Newest first."""
        ...


class AdjustmentStore(Protocol):
    """Exclusions and corrections of counts, with author and reason; never deleted, only revoked."""

    def add_adjustment(self, adjustment: Adjustment) -> Adjustment: ...

    def revoke_adjustment(self, identity: int, author: str, reason: str, at_minute: int) -> Adjustment: ...

    def adjustments(self, slo: str | None = None) -> list[Adjustment]: ...


class Store(LedgerStore, AlertStore, AdjustmentStore, Protocol):
    """All of it, as one database keeps it."""

    def writable(self) -> str | None:
        """Why the last write failed; None when it did not."""
        ...

    def acquire_lease(self, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        """Take or renew the right to measure; False while another server holds it."""
        ...

    def close(self) -> None: ...
