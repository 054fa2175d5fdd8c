"""Holes in a schedule: from when until when nobody is on call."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.schedule import Schedule, Shift

_LOOKED_AT_SECONDS = 8 * 86_400.0
"""The hours of a layer repeat every week; a day more than that shows every hole that they leave."""


def first_hole(schedule: LayeredSchedule) -> tuple[float, float] | None:
    """The first hole, as seconds since the epoch, cut to what was looked at; None where there is none.

    Looked at are eight days after each instant from which on something else holds: a layer begins or ends, an override
    does. Before its first layer begins, a schedule has no holes yet.
    """
    spans = [layer.span(ZoneInfo(schedule.zone)) for layer in schedule.layers]
    if not spans:
        return None
    begins = min(since for since, _ in spans)
    changes = {edge for span in spans for edge in span}
    changes |= {edge for override in schedule.overrides for edge in (override.start, override.end)}
    places = sorted(change for change in changes if begins <= change < float("inf"))
    for place, after in zip(places, [*places[1:], float("inf")], strict=True):
        hole = _hole_between(schedule, place, min(after, place + _LOOKED_AT_SECONDS))
        if hole:
            return hole
    return None


def holes(schedule: Schedule, start: float, end: float) -> list[tuple[float, float]]:
    """Every hole from `start` to `end`, cut to that time."""
    return uncovered(schedule.shifts(start, end), start, end)


def uncovered(shifts: Iterable[Shift], start: float, end: float) -> list[tuple[float, float]]:
    """What shifts, by their beginning, leave open between two times."""
    found: list[tuple[float, float]] = []
    covered = start
    for shift in shifts:
        if shift.start > covered:
            found.append((covered, shift.start))
        covered = max(covered, shift.end)
    return [*found, (covered, end)] if covered < end else found


def _hole_between(schedule: LayeredSchedule, start: float, end: float) -> tuple[float, float] | None:
    return next(iter(holes(schedule, start, end)), None)
