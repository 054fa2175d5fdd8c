"""Overrides: made, taken back, and those that an imported calendar comes to."""

from collections.abc import Iterable
from dataclasses import replace

from covet_sre.errors import NotFound, Refused
from covet_sre.incident import oncall_facts as facts
from covet_sre.incident.checking import check_text
from covet_sre.incident.desk import Desk
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.taking import alone

LONGEST_SECONDS = 400 * 86400.0
"""An override is a change for a time: what lasts longer belongs into the files."""

MOST_OVERRIDES = 2000
"""Of one schedule, that are not over."""


def set_override(desk: Desk, command: facts.SetOverride, now: float) -> str:
    """Put somebody on call, or take somebody off, from now on at the earliest: what was is never changed."""
    schedule = schedule_of(desk, command.schedule)
    check_text(command.reason, "the reason", 500)
    _check_people(desk, command.adds, command.removes)
    if not command.adds and not command.removes:
        raise Refused("nobody is named", remedy="say who is on call, who is not, or both")
    if command.adds == command.removes:
        raise Refused(f"{command.adds} would take their own place", remedy="name somebody else")
    start, end = check_times(command.start, command.end, now)
    override = ShiftOverride(
        identity=command.identity,
        schedule=command.schedule,
        start=start,
        end=end,
        removes=command.removes,
        adds=command.adds,
        reason=command.reason.strip(),
        author=command.actor,
        made_at=now,
        place=last_place(desk) + 1,
    )
    _check_effect(schedule, override)
    _check_number(desk, command.schedule, 1, now)
    desk.put_record(override)
    return override.identity


def remove_override(desk: Desk, command: facts.RemoveOverride, now: float) -> str:
    """Take one back. What it has changed until now stays: it ends now."""
    found = desk.records(ShiftOverride).get(command.identity)
    if found is None or found.end <= now:
        raise NotFound(
            f"there is no override {command.identity} to remove", remedy="it is over, or was removed already"
        )
    if found.start < now:
        desk.put_record(replace(found, end=now))
    else:
        desk.forget_record(found)
    return found.identity


def take_times(desk: Desk, command: facts.TakeTimes, now: float) -> str:
    """Have people on call alone for times; whoever would be is replaced, exactly for so long. All, or nothing."""
    schedule = schedule_of(desk, command.schedule)
    check_text(command.reason, "the reason", 500)
    if not command.times:
        raise Refused("there are no times to take", remedy="see what the calendar says")
    _check_people(desk, *(person for person, _, _ in command.times))
    cut = [(person, *check_times(start, end, now)) for person, start, end in command.times if end > now]
    changes = alone(schedule, cut)
    if not changes:
        raise Refused("nothing would change: they are on call already", remedy="nothing to do")
    _check_number(desk, command.schedule, len(changes), now)
    last = last_place(desk)
    for number, change in enumerate(changes, 1):
        desk.put_record(
            ShiftOverride(
                identity=f"{command.identity}.{number:05}",
                schedule=command.schedule,
                start=change.start,
                end=change.end,
                removes=change.removes,
                adds=change.adds,
                reason=command.reason.strip(),
                author=command.actor,
                made_at=now,
                place=last + number,
            )
        )
    return command.schedule


def last_place(desk: Desk) -> int:
    """The place of the override that was made last."""
    return max((one.place for one in desk.records(ShiftOverride).values()), default=0)


def schedule_of(desk: Desk, name: str) -> LayeredSchedule:
    """The schedule as it is now, with what people decided. Raises NotFound."""
    schedule = desk.directory.schedules.get(name)
    if not isinstance(schedule, LayeredSchedule):
        raise NotFound(f"there is no schedule {name}", remedy="see the list of schedules")
    return schedule


def check_times(start: float, end: float, now: float) -> tuple[float, float]:
    """The time from now on. Raises Refused for one that is over, has no length, or is too long."""
    if start >= end:
        raise Refused("it ends before it begins", remedy="give a later end")
    if end <= now:
        raise Refused("that time is over: what was is not changed", remedy="give an end that is still to come")
    if end - max(start, now) > LONGEST_SECONDS:
        raise Refused("that is longer than 400 days", remedy="change the schedule in the files instead")
    return max(start, now), end


def _check_people(desk: Desk, *names: str) -> None:
    for name in names:
        if name and name not in desk.directory.people:
            known = ", ".join(sorted(desk.directory.people)[:20])
            raise Refused(f"nobody in any team is called {name}", remedy=f"name one of: {known}")


def _check_effect(schedule: LayeredSchedule, override: ShiftOverride) -> None:
    """Raises Refused for an override that would change nothing: its author is mistaken about who is on call."""
    shifts = schedule.shifts(override.start, override.end)
    if override.removes and not any(shift.person == override.removes for shift in shifts):
        holders = ", ".join(dict.fromkeys(shift.person for shift in shifts)) or "nobody"
        raise Refused(f"{override.removes} is not on call then: {holders} is", remedy="name whom it is about")
    if not override.removes and covers(schedule, override.adds, override.start, override.end):
        raise Refused(f"{override.adds} is on call then already", remedy="nothing to do")


def covers(schedule: LayeredSchedule, person: str, start: float, end: float) -> bool:
    """Whether somebody is on call from `start` to `end` without a break."""
    reached = start
    for shift in schedule.shifts(start, end):
        if shift.person == person and shift.start <= reached:
            reached = max(reached, shift.end)
    return reached >= end


def _check_number(desk: Desk, schedule: str, more: int, now: float) -> None:
    if _running(desk.records(ShiftOverride).values(), schedule, now) + more > MOST_OVERRIDES:
        raise Refused(
            f"{schedule} has more than {MOST_OVERRIDES} overrides then", remedy="change the schedule in the files"
        )


def _running(overrides: Iterable[ShiftOverride], schedule: str, now: float) -> int:
    return sum(one.schedule == schedule and one.end > now for one in overrides)
