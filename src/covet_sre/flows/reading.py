"""What the doors read: one Protocol behind the pages, the API and the commands, and the values it hands out.

Every value is a frozen snapshot of plain types. Times are whole minutes since the epoch, UTC, on the server's clock
(the demo's runs faster than the wall's). Counts are events, as many as there were.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.budget.status import ObjectiveStatus
from covet_sre.errors import Finding, Level, Refused
from covet_sre.flows.declaration import Declaration
from covet_sre.ports import AlertTransition

# ---------------------------------------------------------------- time


@dataclass(frozen=True, slots=True)
class ClockView:
    """The server's clock. `speed` is 1 but in the demo; minutes before `simulated_until_minute` were made up."""

    now_minute: int
    speed: float = 1.0
    simulated_until_minute: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """One objective's events in equal buckets: parallel tuples, oldest first.

    `minutes` holds each bucket's first minute; `known` the share of its minutes that were measured, 0 to 1.
    """

    name: str
    start_minute: int
    end_minute: int
    bucket_minutes: int
    minutes: tuple[int, ...]
    bad: tuple[float, ...]
    total: tuple[float, ...]
    known: tuple[float, ...]

    def good_share(self, bucket: int) -> float | None:
        """The share of good events in a bucket, None without events or where nothing was measured."""
        total = self.total[bucket]
        return 1 - self.bad[bucket] / total if total > 0 and self.known[bucket] > 0 else None


@dataclass(frozen=True, slots=True)
class MeasuredStream:
    """The known minutes of one stream of an objective, as measured: adjustments are not laid over them.

    `key` names the SLO and the indicator. Parallel tuples, oldest first, in the ledger's units, of which `scale` make
    one event. `gaps` are (start, end exclusive, bad, total): they count in windows that contain them whole.
    """

    key: str
    scale: int
    minutes: tuple[int, ...]
    bad: tuple[int, ...]
    total: tuple[int, ...]
    gaps: tuple[tuple[int, int, int, int], ...]


# ---------------------------------------------------------------- services


class SignalName(StrEnum):
    """The four golden signals."""

    TRAFFIC = "traffic"
    ERRORS = "errors"
    LATENCY = "latency"
    SATURATION = "saturation"


class SignalUnit(StrEnum):
    PER_SECOND = "per_second"
    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Signal:
    """One golden signal: (minute, value) oldest first, None where it is unknown.

    `measures` says in words what was measured. A signal with no `current` value has a `cause` and a `remedy`.
    `bound` is the value that it should stay below, when something declares one.
    """

    name: SignalName
    unit: SignalUnit
    measures: str
    points: tuple[tuple[int, float | None], ...] = ()
    current: float | None = None
    bound: float | None = None
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class GoldenSignals:
    service: str
    traffic: Signal
    errors: Signal
    latency: Signal
    saturation: Signal

    @property
    def all(self) -> tuple[Signal, ...]:
        return (self.traffic, self.errors, self.latency, self.saturation)


# ---------------------------------------------------------------- the installation itself


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a metric source does. `silent_minutes` counts since its last usable answer, 0 while it answers."""

    name: str
    kind: str
    addresses: tuple[str, ...]
    last_success_minute: int | None
    silent_minutes: int
    last_error: str = ""
    remedy: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that the people who run this server should know: a broken reload, a store that refuses writes."""

    level: Level
    title: str
    detail: str
    remedy: str
    findings: tuple[Finding, ...] = ()


# ---------------------------------------------------------------- what people change


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """An adjustment that somebody asks for. Raises Refused where it could not mean anything."""

    slo: str
    kind: AdjustmentKind
    start_minute: int
    end_minute: int
    author: str
    reason: str
    bad: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        if self.end_minute <= self.start_minute:
            raise Refused("the adjustment ends before it starts", remedy="give an end that is later than the start")
        if not self.author.strip() or not self.reason.strip():
            raise Refused("an adjustment needs an author and a reason", remedy="say who asks for it, and why")
        if self.kind is AdjustmentKind.EXCLUDE and (self.bad or self.total):
            raise Refused("an exclusion changes no counts", remedy="leave bad and total out, or make it a correction")
        if self.kind is AdjustmentKind.CORRECT and not (self.bad or self.total):
            raise Refused("a correction by nothing", remedy="give the bad or the total events to add")


class Reliability(Protocol):
    """Everything that a door may ask. Methods may block for some milliseconds: call them in a thread.

    Names that do not exist raise NotFound.
    """

    def now_minute(self) -> int: ...

    def clock(self) -> ClockView: ...

    def statuses(self) -> Sequence[ObjectiveStatus]:
        """One snapshot of every objective, all at one minute."""
        ...

    def status(self, name: str) -> ObjectiveStatus: ...

    def declaration(self) -> Declaration: ...

    def history(self, name: str, start_minute: int, end_minute: int, points: int) -> History:
        """At most `points` equal buckets that cover start <= m < end.

        The last one may be cut short by the end: it counts, and knows of, the minutes before it.
        """
        ...

    def minutes(self, name: str, start_minute: int, end_minute: int) -> Sequence[MeasuredStream]:
        """Every stream that the objective or one of its alerts counts, minutes start <= m < end of the last 100 days.

        Gaps are those that begin in this time.
        """
        ...

    def burn_down(self, name: str) -> Sequence[tuple[int, float | None]]:
        """(minute, remaining share of the budget) over the budget window, oldest first, about 120 points.

        Cumulative within the present window: it starts at 1 and ends at the remaining share that is shown elsewhere.
        None before the first known minute.
        """
        ...

    def sparklines(self, points: int) -> Mapping[str, Sequence[float | None]]:
        """The burn-down of every objective in a few points, in one call: lists show a thousand."""
        ...

    def burn_history(
        self, name: str, window_minutes: int, start_minute: int, end_minute: int, points: int
    ) -> Sequence[tuple[int, float | None]]:
        """(minute, burn rate over the window that ends there), None without events."""
        ...

    def spenders(self, name: str) -> Mapping[str, Sequence[tuple[str, float]]]:
        """By label: (value, bad events) over the budget window, most first; the last may be "other"."""
        ...

    def alert_history(self, name: str | None, limit: int) -> Sequence[AlertTransition]:
        """Changes of alert states, newest first, of one objective or of all."""
        ...

    def golden_signals(self, service: str) -> GoldenSignals:
        """The last three hours of a service."""
        ...

    def sources(self) -> Sequence[SourceHealth]: ...

    def problems(self) -> Sequence[Problem]: ...

    def adjustments(self, slo: str) -> Sequence[Adjustment]:
        """Newest first, revoked ones included."""
        ...

    def adjust(self, request: AdjustmentRequest) -> Adjustment: ...

    def revoke(self, identity: int, author: str, reason: str) -> Adjustment:
        """Raises Refused when it is revoked already."""
        ...

    def version(self) -> int:
        """Grows whenever anything above may answer differently."""
        ...

    def wait_for_change(self, version: int, timeout_seconds: float) -> int:
        """Block until the version differs from the one given, or the time is over; the present version.

        A negative number means that the server is stopping.
        """
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that can be broken on purpose in the demo."""

    name: str
    title: str
    description: str
    on: bool


class Demo(Protocol):
    """The demo's fault switches. Only the demo hands one to the pages."""

    def faults(self) -> Sequence[Fault]: ...

    def switch(self, name: str, on: bool) -> None:
        """Raises NotFound for an unknown fault."""
        ...
