"""What each command about who is on call needs to be allowed: more for other people's shifts than for one's own."""

from collections.abc import Callable
from typing import Any, assert_never

from covet_sre.access.permission import Permission
from covet_sre.access.principal import INSTALLATION, Owner
from covet_sre.flows.acting import acting
from covet_sre.incident import oncall_facts as facts
from covet_sre.oncall.calendar_address import CalendarAddress, CalendarSubject
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.swap import Swap

Needed = tuple[Permission, list[Owner]]
RecordOf = Callable[[type[Any], str], Any]

NOT_THERE: Needed = (Permission.ONCALL, [])
"""What is not there is nobody's, and is not found."""


def on_call_permission(command: facts.OnCallCommand, directory: Directory, record: RecordOf) -> Needed:
    """See `permission_of`. For what is one's own, being on call anywhere is enough: no owner is asked."""
    match command:
        case facts.SetOverride():
            return _own_or(command.adds, _of_schedule(directory, command.schedule))
        case facts.RemoveOverride():
            override: ShiftOverride | None = record(ShiftOverride, command.identity)
            if override is None:
                return NOT_THERE
            return _own_or(override.adds, _of_schedule(directory, override.schedule))
        case facts.TakeTimes():
            return Permission.SCHEDULE, _of_schedule(directory, command.schedule)
        case facts.AskSwap():
            return _own_or(command.asker, _of_schedule(directory, command.schedule))
        case facts.AnswerSwap() | facts.CancelSwap():
            swap: Swap | None = record(Swap, command.identity)
            if swap is None:
                return NOT_THERE
            name = swap.asked if isinstance(command, facts.AnswerSwap) else swap.asker
            return _own_or(name, _of_schedule(directory, swap.schedule))
        case facts.WriteHandOff():
            return Permission.ONCALL, _of_schedule(directory, command.schedule)
        case facts.MakeCalendar():
            return _of_calendar(directory, command.subject, command.name)
        case facts.RevokeCalendar():
            made: CalendarAddress | None = record(CalendarAddress, command.identity)
            if made is None:
                return NOT_THERE
            return _of_calendar(directory, made.subject, made.name)
        case facts.SetContactRules() | facts.SendCode() | facts.EnterCode():
            return _own_or(command.person, _of_person(directory, command.person))
        case facts.AnswerTestPage():
            test: ShiftTest | None = record(ShiftTest, command.identity)
            return _own_or(test.person, _of_schedule(directory, test.schedule)) if test else NOT_THERE
        case _:
            assert_never(command)


def _own_or(person: str, owners: list[Owner]) -> Needed:
    """One's own needs nobody else's leave; what is somebody else's needs the right to change their shifts.

    Whoever holds a link does what the link says, in the name that stands in it.
    """
    principal = acting()
    is_own = bool(person) and principal.person == person
    if is_own or not principal.is_known:
        # Somewhere is enough; somebody who has it nowhere is told so.
        return Permission.ONCALL, [] if principal.has(Permission.ONCALL) else [INSTALLATION]
    return Permission.SCHEDULE, owners


def _of_calendar(directory: Directory, subject: CalendarSubject, name: str) -> Needed:
    if subject is CalendarSubject.PERSON:
        return _own_or(name, _of_person(directory, name))
    return Permission.ONCALL, _of_schedule(directory, name)


def _of_schedule(directory: Directory, name: str) -> list[Owner]:
    """The team of the first person of a schedule who is in one; the installation's where nobody is."""
    schedule = directory.schedules.get(name)
    if schedule is None:
        return []
    people = schedule.people if isinstance(schedule, LayeredSchedule) else ()
    return next((found for person in people if (found := _of_person(directory, person))), [INSTALLATION])


def _of_person(directory: Directory, name: str) -> list[Owner]:
    team = directory.team_of(name)
    return [Owner("", team.name)] if team else []
