"""Which clock a time of a calendar is on: IANA names, Windows' names, zones that the calendar brings along."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from covet_sre.integrations.calendars.components import Component
from covet_sre.integrations.calendars.recurrence import Budget, Frequency, NotUnderstood, occurrences, read_rule
from covet_sre.oncall.wall_clock import first_instant, wall_time

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock shows has no zone
_SHORTEST_NAME = 3
_RULES_FROM = 2000


class ClockOfCalendar(Protocol):
    """Between what a clock shows and the instant at which it does, seconds since the epoch."""

    def instant(self, wall: datetime) -> float: ...

    def shown(self, now: float) -> datetime: ...


@dataclass(frozen=True, slots=True)
class KnownClock:
    """One of the zones that the machine knows."""

    zone: ZoneInfo

    def instant(self, wall: datetime) -> float:
        return first_instant(wall, self.zone)

    def shown(self, now: float) -> datetime:
        return wall_time(now, self.zone)


@dataclass(frozen=True, slots=True)
class BroughtClock:
    """A zone that only the calendar knows: from when on its clock is how many seconds ahead of UTC, in order."""

    offsets: tuple[tuple[datetime, float], ...]

    def instant(self, wall: datetime) -> float:
        return (wall - _EPOCH).total_seconds() - self._offset(wall)

    def shown(self, now: float) -> datetime:
        plain = datetime.fromtimestamp(now, UTC).replace(tzinfo=None)
        return plain + timedelta(seconds=self._offset(plain + timedelta(seconds=self._offset(plain))))

    def _offset(self, wall: datetime) -> float:
        offset = self.offsets[0][1]
        for since, seconds in self.offsets:
            if since > wall:
                break
            offset = seconds
        return offset


Clocks = Callable[[str], ClockOfCalendar]
"""The clock of a TZID. Raises NotUnderstood."""


def clocks_of(calendar: Component, until: datetime, budget: Budget) -> Clocks:
    """Zones of the machine count before those that a calendar brings: theirs are often old."""
    brought = {one.text("TZID"): one for one in calendar.inner if one.name == "VTIMEZONE"}

    @cache
    def clock(name: str) -> ClockOfCalendar:
        component = brought.get(name)
        known = _known(name) or _known(component.text("X-LIC-LOCATION") if component else "")
        if known:
            return KnownClock(ZoneInfo(known))
        if component is None:
            raise NotUnderstood(f"there is no time zone {name[:60]!r}")
        return _brought(component, until, budget)

    return clock


def _known(name: str) -> str:
    """The IANA name of a zone, empty for none. Programs put paths before it: `/citadel.org/20250101_1/Europe/Rome`."""
    names: Mapping[str, str] = WINDOWS_TO_OLSON
    if name in names:
        return names[name]
    zones = _zones()
    parts = name.strip("/").split("/")
    for number in range(len(parts)):
        candidate = "/".join(parts[number:])
        if len(candidate) >= _SHORTEST_NAME and candidate in zones:
            return candidate
    return ""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _brought(component: Component, until: datetime, budget: Budget) -> BroughtClock:
    offsets: list[tuple[datetime, float]] = []
    for part in component.inner:
        if part.trouble:
            raise NotUnderstood(f"its time zone is broken at line {part.trouble[0]}")
        begins, seconds = _time(part.text("DTSTART")), _seconds(part.text("TZOFFSETTO"))
        offsets.append((begins, seconds))
        for written in part.all_of("RRULE"):
            rule = read_rule(written.value)
            # Outlook's zones begin in 1601: four hundred changes of the clock that nobody asks for.
            late = rule.frequency is Frequency.YEARLY and rule.interval == 1 and rule.count is None
            since = begins.replace(year=max(begins.year, _RULES_FROM), day=min(begins.day, 28)) if late else begins
            offsets += [(at, seconds) for at in occurrences(rule, since, until, budget)]
        for dates in part.all_of("RDATE"):
            offsets += [(_time(text), seconds) for text in dates.value.split(",")]
    if not offsets:
        raise NotUnderstood("its time zone says nothing")
    return BroughtClock(tuple(sorted(offsets)))


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text.strip().rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - what a clock shows
    except ValueError as error:
        raise NotUnderstood(f"its time zone has no time at {text[:20]!r}") from error


def _seconds(text: str) -> float:
    sign, digits = text[:1], text[1:]
    if sign not in "+-" or not digits.isdigit() or len(digits) not in (4, 6):
        raise NotUnderstood(f"its time zone is off by {text[:20]!r}")
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:] or 0)
    return -float(seconds) if sign == "-" else float(seconds)
