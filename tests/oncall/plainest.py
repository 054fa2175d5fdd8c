"""The plainest possible schedule: walk through the minutes, and look how far the clock has come.

It shares nothing with the schedules under test but their fields. A span of wall-clock time has begun when the clock has
shown its beginning, or anything later; so all that matters is the furthest that the clock has ever come.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from covet_sre.oncall.layer import Layer
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.rotation import Rotation, TurnUnit

LOOK_BACK_SECONDS = 30 * 3600
"""No clock was set back by more than a day since 2000."""


def shown(now: float, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(now, UTC).astimezone(zone).replace(tzinfo=None)


def furthest(start: float, end: float, zone: ZoneInfo, step: float = 60) -> Iterator[tuple[float, datetime]]:
    """Each step from start to end, with the furthest that the clock has come."""
    now, reached = start - LOOK_BACK_SECONDS, shown(start - LOOK_BACK_SECONDS, zone)
    while now < end:
        reached = max(reached, shown(now, zone))
        if now >= start:
            yield now, reached
        now += step


def turn(rotation: Rotation, reached: datetime) -> int:
    """How many hand-overs the clock has passed."""
    number = 0
    while wall(rotation, number + 1) <= reached:
        number += 1
    return number


def wall(rotation: Rotation, number: int) -> datetime:
    count, starts = number * rotation.every, rotation.starts
    if rotation.unit is not TurnUnit.MONTH:
        return starts + count * timedelta(**{f"{rotation.unit.value}s": 1})
    year, month = starts.year, starts.month
    for _ in range(count):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return starts.replace(year=year, month=month, day=min(starts.day, monthrange(year, month)[1]))


def is_open(layer: Layer, reached: datetime) -> bool:
    for hours in layer.only:
        for day in (reached.date(), reached.date() - timedelta(days=1)):
            midnight = datetime.combine(day, time())
            since, until = (midnight + timedelta(minutes=minutes) for minutes in (hours.since, hours.until))
            if day.weekday() in hours.weekdays and since <= reached < until:
                return True
    return not layer.only


def holder(layer: Layer, reached: datetime) -> str | None:
    if reached < layer.rotation.starts or (layer.ends and reached >= layer.ends) or not is_open(layer, reached):
        return None
    people = layer.rotation.people
    return people[turn(layer.rotation, reached) % len(people)]


def on_call(schedule: LayeredSchedule, now: float, reached: datetime) -> set[str]:
    """Who is on call at an instant at which the clock has come so far."""
    people: set[str] = set()
    for layer in schedule.layers:
        found = holder(layer, reached)
        people = {found} if found else people
    for override in schedule.overrides:
        if override.start <= now < override.end:
            if override.removes and override.removes not in people:
                continue
            people = (people - {override.removes}) | ({override.adds} if override.adds else set())
    return people
