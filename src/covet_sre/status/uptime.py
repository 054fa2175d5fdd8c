"""The history of a component, day by day: what was measured, what was told, and what is not known.

The arithmetic is explained in docs/status-page.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from itertools import pairwise

from covet_sre.status.states import ComponentState, worst

DAYS = 90

DAY_STATES = (
    (30.0, ComponentState.MAJOR_OUTAGE),
    (6.0, ComponentState.PARTIAL_OUTAGE),
    (1.0, ComponentState.DEGRADED_PERFORMANCE),
)
"""How a day is coloured by its burn rate. At 1 a day spends just what it may; at 6 a fifth of a 30-day budget is gone
in that one day, and at 30 all of it."""

FEW_BAD_EVENTS = 10
"""With fewer bad events a day is no worse than degraded: at night one request of three may fail."""

_MINUTE = 60.0

Spans = Iterable[tuple[float, float, ComponentState]]
"""(from, to, state), seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class DayBounds:
    """A day of the page's time zone: 23, 24 or 25 hours. Seconds since the epoch; `end` is not part of it."""

    day: date
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What one objective counted within a day: events, and how many minutes of it were measured.

    `error_share` is the share of events that may be bad, above 0.
    """

    bad: float
    total: float
    known_minutes: float
    error_share: float

    @property
    def uptime(self) -> float | None:
        """The share of good events, None without events or where nothing was measured."""
        return 1 - self.bad / self.total if self.total > 0 and self.known_minutes > 0 else None

    @property
    def state(self) -> ComponentState | None:
        uptime = self.uptime
        if uptime is None:
            return None
        burn = (1 - uptime) / self.error_share
        # The sum of many tiny errors of floating point is no bad event.
        state = next((state for least, state in DAY_STATES if burn > least * (1 + 1e-9)), ComponentState.OPERATIONAL)
        few = self.bad < FEW_BAD_EVENTS and state.is_outage
        return ComponentState.DEGRADED_PERFORMANCE if few else state


@dataclass(frozen=True, slots=True)
class Day:
    """One bar. `state` and `uptime` are None where nothing is known: that is not 100 %.

    `seconds` are those that people told of, by state. `known` is the share of the day that was measured.
    """

    day: date
    state: ComponentState | None
    uptime: float | None
    known: float
    seconds: Mapping[ComponentState, float]

    @property
    def outage_seconds(self) -> float:
        return sum(seconds for state, seconds in self.seconds.items() if state.is_outage)


@dataclass(frozen=True, slots=True)
class Uptime:
    """The bars, oldest first, and the share of good events (or of minutes without an outage) over all of them."""

    days: tuple[Day, ...]
    share: float | None
    by_events: bool


def last_days(now: float, zone: tzinfo, number: int = DAYS) -> tuple[DayBounds, ...]:
    """The last days up to today, oldest first."""
    today = datetime.fromtimestamp(now, zone).date()
    days = [today - timedelta(days=back) for back in range(number - 1, -2, -1)]
    starts = [datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() for day in days]
    return tuple(DayBounds(day, start, end) for day, start, end in zip(days[:-1], starts[:-1], starts[1:], strict=True))


def uptime_of(
    bounds: Sequence[DayBounds],
    measured: Mapping[str, Sequence[Measured]],
    told: Spans,
    now: float,
    since: date | None,
) -> Uptime:
    """`measured` holds, by objective, what it counted on each day. A day, and the whole, is that of the worst one.

    Without objectives, the uptime is the share of minutes in which people told of no outage, from `since` on.
    """
    spans = tuple(told)
    days = tuple(
        _day(one, [counted[n] for counted in measured.values()], spans, now, since, is_told=not measured)
        for n, one in enumerate(bounds)
    )
    if not measured:
        return Uptime(days, _told_share(bounds, days, now, since), by_events=False)
    shown = [n for n, one in enumerate(bounds) if since is None or one.day >= since]
    shares = [_share([counted[n] for n in shown]) for counted in measured.values()]
    return Uptime(days, min((one for one in shares if one is not None), default=None), by_events=True)


def _day(
    bounds: DayBounds,
    measured: Sequence[Measured],
    spans: Sequence[tuple[float, float, ComponentState]],
    now: float,
    since: date | None,
    *,
    is_told: bool,
) -> Day:
    if since is not None and bounds.day < since:
        return Day(bounds.day, None, None, 0.0, {})
    end = min(bounds.end, now)
    seconds = _seconds(spans, bounds.start, end)
    length = max(end - bounds.start, 1.0)
    if is_told:
        known = since is not None
        uptime = 1 - _outage(spans, bounds.start, end) / length if known else None
        states = [ComponentState.OPERATIONAL] if known else []
    else:
        known = max((min(one.known_minutes * _MINUTE / length, 1.0) for one in measured), default=0.0)
        uptime = min((one.uptime for one in measured if one.uptime is not None), default=None)
        states = [one.state for one in measured if one.state is not None]
    # What lasted less than a minute is no event of the day.
    states += [state for state, lasted in seconds.items() if lasted >= _MINUTE]
    return Day(bounds.day, worst(states) if states else None, uptime, float(known), seconds)


def _seconds(
    spans: Sequence[tuple[float, float, ComponentState]], start: float, end: float
) -> dict[ComponentState, float]:
    """For how long each state held within a time: where spans overlap, the worst counts."""
    found: dict[ComponentState, float] = {}
    for first, last, state in _worst_pieces(spans, start, end):
        found[state] = found.get(state, 0.0) + last - first
    return found


def _outage(spans: Sequence[tuple[float, float, ComponentState]], start: float, end: float) -> float:
    return sum(last - first for first, last, state in _worst_pieces(spans, start, end) if state.is_outage)


def _worst_pieces(
    spans: Sequence[tuple[float, float, ComponentState]], start: float, end: float
) -> Iterator[tuple[float, float, ComponentState]]:
    cut = [(max(first, start), min(last, end), state) for first, last, state in spans if first < end and last > start]
    edges = sorted({edge for first, last, _ in cut for edge in (first, last)})
    for first, last in pairwise(edges):
        there = [state for begins, ends, state in cut if begins <= first and ends >= last]
        if there:
            yield first, last, worst(there)


def _share(measured: Sequence[Measured]) -> float | None:
    counted = [one for one in measured if one.uptime is not None]
    total = sum(one.total for one in counted)
    return 1 - sum(one.bad for one in counted) / total if total > 0 else None


def _told_share(bounds: Sequence[DayBounds], days: Sequence[Day], now: float, since: date | None) -> float | None:
    if since is None:
        return None
    shown = [(one, day) for one, day in zip(bounds, days, strict=True) if one.day >= since]
    length = sum(max(min(one.end, now) - one.start, 0.0) for one, _ in shown)
    return 1 - sum(day.outage_seconds for _, day in shown) / length if length > 0 else None
