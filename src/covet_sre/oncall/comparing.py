"""Two schedules compared: when another person would be on call, and when nobody would."""

from itertools import pairwise
from typing import NamedTuple

from covet_sre.oncall.schedule import Schedule, Shift


class Difference(NamedTuple):
    """From `start` until just before `end` other people are on call; nobody where a tuple is empty."""

    start: float
    end: float
    before: tuple[str, ...]
    after: tuple[str, ...]


def differences(before: Schedule | None, after: Schedule, start: float, end: float) -> list[Difference]:
    """Every stretch between two times in which they differ, in order; what follows on itself is joined."""
    old, new = (list(one.shifts(start, end)) if one else [] for one in (before, after))
    edges = sorted({start, end, *(edge for shift in (*old, *new) for edge in (shift.start, shift.end))})
    found: list[Difference] = []
    places = [0, 0]
    for begins, ends in pairwise(edges):
        held = tuple(_held(shifts, places, which, begins) for which, shifts in enumerate((old, new)))
        if sorted(held[0]) == sorted(held[1]):
            continue
        last = found[-1] if found else None
        if last and last.end == begins and (last.before, last.after) == held:
            found[-1] = last._replace(end=ends)
        else:
            found.append(Difference(begins, ends, *held))
    return found


def _held(shifts: list[Shift], places: list[int], which: int, now: float) -> tuple[str, ...]:
    """Who is on call at an instant. Shifts are in order of their beginning; those long over are passed for good."""
    while places[which] < len(shifts) and shifts[places[which]].end <= now:
        places[which] += 1
    found: list[str] = []
    for shift in shifts[places[which] :]:
        if shift.start > now:
            break
        if now < shift.end:
            found.append(shift.person)
    return tuple(found)
