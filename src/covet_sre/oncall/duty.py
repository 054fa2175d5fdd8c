"""Who is on call now, until when, and who comes next: what every door tells."""

from dataclasses import dataclass

from covet_sre.oncall.directory import Directory
from covet_sre.oncall.schedule import Schedule

LOOK_AHEAD_SECONDS = 31 * 86400.0


@dataclass(frozen=True, slots=True)
class Duty:
    """One schedule at one instant; `person` is empty in a gap, and `people` are all who are on call, `person` first.

    `until` is when `person`'s shift, or the gap, ends; None where that is more than 31 days away. `then` comes next,
    empty where nobody does.
    """

    schedule: str
    person: str
    until: float | None
    then: str = ""
    people: tuple[str, ...] = ()


def duties(directory: Directory, now: float) -> list[Duty]:
    """Every schedule by name."""
    return [duty(directory.schedules[name], now) for name in sorted(directory.schedules)]


def duty(schedule: Schedule, now: float) -> Duty:
    """Who holds one schedule."""
    name, people = schedule.name, schedule.on_call(now)
    shifts = schedule.shifts(now, now + LOOK_AHEAD_SECONDS)
    if not people:
        following = shifts[0] if shifts else None
        return Duty(name, "", following.start if following else None, following.person if following else "")
    end = max((shift.end for shift in shifts if shift.person == people[0] and shift.start <= now), default=now)
    # The same person may go on by another layer.
    for shift in shifts:
        if shift.person == people[0] and shift.start <= end < shift.end:
            end = shift.end
    if end >= now + LOOK_AHEAD_SECONDS:
        return Duty(name, people[0], None, "", people)
    then = next((shift.person for shift in shifts if shift.start <= end < shift.end), "")
    return Duty(name, people[0], end, then, people)
