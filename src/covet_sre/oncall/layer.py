"""Layers of a schedule: a rotation, from when until when, and at which hours of the week."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from covet_sre.oncall.rotation import Rotation
from covet_sre.oncall.wall_clock import first_instant, wall_time

MINUTES_PER_DAY = 1440
EVERY_DAY = (0, 1, 2, 3, 4, 5, 6)

_ONE_DAY = timedelta(days=1)


class Held(NamedTuple):
    """Whom a layer has on call from `start` until just before `end`, seconds since the epoch."""

    start: float
    end: float
    person: str


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the week: on `weekdays` (Monday = 0), from one minute of the day until just before another.

    A part that ends after midnight has `until` above 1440, and belongs to the weekday on which it begins.
    """

    since: int = 0
    until: int = MINUTES_PER_DAY
    weekdays: tuple[int, ...] = EVERY_DAY

    def __post_init__(self) -> None:
        if not 0 <= self.since < self.until <= self.since + MINUTES_PER_DAY or self.since >= MINUTES_PER_DAY:
            raise ValueError("a part of a day begins before it ends, and is at most a day long")

    def on(self, day: date, zone: ZoneInfo) -> tuple[float, float] | None:
        """Its beginning and end for the day on which it begins; None on another weekday."""
        if day.weekday() not in self.weekdays:
            return None
        midnight = datetime.combine(day, time())
        since, until = (midnight + timedelta(minutes=minutes) for minutes in (self.since, self.until))
        return first_instant(since, zone), first_instant(until, zone)


@dataclass(frozen=True, slots=True)
class Layer:
    """`ends` is a wall-clock time, None for never. Without `only` it has somebody on call at every hour."""

    name: str
    rotation: Rotation
    ends: datetime | None = None
    only: tuple[Hours, ...] = ()

    def span(self, zone: ZoneInfo) -> tuple[float, float]:
        """From when until when the layer counts at all."""
        return first_instant(self.rotation.starts, zone), first_instant(self.ends, zone) if self.ends else float("inf")

    def holder(self, now: float, zone: ZoneInfo) -> str | None:
        """Who is on call by this layer at an instant; None where nobody is."""
        since, until = self.span(zone)
        if not since <= now < until or not self._is_open(now, zone):
            return None
        return self.rotation.person(self.rotation.turn_at(now, zone))

    def held(self, start: float, end: float, zone: ZoneInfo) -> list[Held]:
        """Who is on call by this layer from `start` to `end`, in order, without overlaps, cut to that time."""
        since, until = self.span(zone)
        start, end = max(start, since), min(end, until)
        if start >= end:
            return []
        turns = self._turns(start, end, zone)
        return list(_within(turns, self._open(start, end, zone)) if self.only else turns)

    def _turns(self, start: float, end: float, zone: ZoneInfo) -> Iterator[Held]:
        turn = self.rotation.turn_at(start, zone)
        begins = start
        while begins < end:
            ends = min(self.rotation.hand_over(turn + 1, zone), end)
            # A clock that jumps over whole turns leaves them no time.
            if ends > begins:
                yield Held(begins, ends, self.rotation.person(turn))
            begins, turn = ends, turn + 1

    def _is_open(self, now: float, zone: ZoneInfo) -> bool:
        if not self.only:
            return True
        today = wall_time(now, zone).date()
        # One day ahead too: a clock that is set back over midnight shows yesterday again.
        parts = [hours.on(today + days * _ONE_DAY, zone) for days in (-1, 0, 1) for hours in self.only]
        return any(part[0] <= now < part[1] for part in parts if part)

    def _open(self, start: float, end: float, zone: ZoneInfo) -> list[tuple[float, float]]:
        """The layer's hours, joined where they meet."""
        day, last = wall_time(start, zone).date() - _ONE_DAY, wall_time(end, zone).date() + _ONE_DAY
        parts: list[tuple[float, float]] = []
        while day <= last:
            parts += [part for hours in self.only if (part := hours.on(day, zone))]
            day += _ONE_DAY
        joined: list[tuple[float, float]] = []
        for begins, ends in sorted(parts):
            if joined and begins <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], ends))
            elif begins < ends:
                joined.append((begins, ends))
        return joined


def _within(turns: Iterator[Held], parts: Sequence[tuple[float, float]]) -> Iterator[Held]:
    """Turns, where the hours have them. Both in order; neither overlaps itself."""
    first = 0
    for turn in turns:
        while first < len(parts) and parts[first][1] <= turn.start:
            first += 1
        number = first
        while number < len(parts) and parts[number][0] < turn.end:
            yield Held(max(turn.start, parts[number][0]), min(turn.end, parts[number][1]), turn.person)
            number += 1
