"""What it takes to have one person on call, and nobody else, for a time: overrides that split shifts exactly."""

from collections.abc import Iterable
from dataclasses import replace

from covet_sre.oncall.coverage import uncovered
from covet_sre.oncall.layered import LayeredSchedule, Override


def alone(schedule: LayeredSchedule, times: Iterable[tuple[str, float, float]]) -> list[Override]:
    """For each (person, start, end) in turn, the overrides after which that person alone is on call.

    A later time counts where it overlaps an earlier one. Nothing comes of what is so already.
    """
    made: list[Override] = []
    for person, start, end in times:
        changes = _of_one(schedule, person, start, end)
        made += changes
        schedule = replace(schedule, overrides=(*schedule.overrides, *changes))
    return made


def _of_one(schedule: LayeredSchedule, person: str, start: float, end: float) -> list[Override]:
    shifts = [shift for shift in schedule.shifts(start, end) if shift.start < shift.end]
    changes = [Override(shift.start, shift.end, shift.person, person) for shift in shifts if shift.person != person]
    changes += [Override(since, until, "", person) for since, until in uncovered(shifts, start, end)]
    return sorted(changes, key=lambda change: (change.start, change.end))
