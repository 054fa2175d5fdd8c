"""What people decide about who is on call, carried out. What breaks a rule is refused, with the rule."""

from dataclasses import replace
from typing import assert_never

from covet_sre.errors import NotFound, Refused
from covet_sre.incident import oncall_facts as facts
from covet_sre.incident.checking import check_length, check_text
from covet_sre.incident.contact_commands import answer_test_page, enter_code, send_code, set_contact_rules
from covet_sre.incident.desk import Desk
from covet_sre.incident.override_commands import remove_override, set_override, take_times
from covet_sre.incident.swap_commands import answer_swap, ask_swap, cancel_swap
from covet_sre.oncall.calendar_address import CalendarAddress, CalendarSubject
from covet_sre.oncall.hand_off import HandOffNote

_LONGEST_NOTE = 10_000
_MOST_CALENDARS = 1000


def carry_out_on_call(desk: Desk, command: facts.OnCallCommand, now: float) -> str:
    """Do it; the identity of what was made or changed. Raises NotFound and Refused, and then nothing has changed."""
    check_text(command.actor, "who does it", 100)
    match command:
        case facts.SetOverride():
            return set_override(desk, command, now)
        case facts.RemoveOverride():
            return remove_override(desk, command, now)
        case facts.TakeTimes():
            return take_times(desk, command, now)
        case facts.AskSwap():
            return ask_swap(desk, command, now)
        case facts.AnswerSwap():
            return answer_swap(desk, command, now)
        case facts.CancelSwap():
            return cancel_swap(desk, command, now)
        case facts.WriteHandOff():
            return _write_hand_off(desk, command, now)
        case facts.MakeCalendar():
            return _make_calendar(desk, command, now)
        case facts.RevokeCalendar():
            return _revoke_calendar(desk, command, now)
        case facts.SetContactRules():
            return set_contact_rules(desk, command, now)
        case facts.SendCode():
            return send_code(desk, command, now)
        case facts.EnterCode():
            return enter_code(desk, command, now)
        case facts.AnswerTestPage():
            return answer_test_page(desk, command, now)
        case _:
            assert_never(command)


def _write_hand_off(desk: Desk, command: facts.WriteHandOff, now: float) -> str:
    if command.schedule not in desk.directory.schedules:
        raise NotFound(f"there is no schedule {command.schedule}", remedy="see the list of schedules")
    check_length(command.text, "the note", _LONGEST_NOTE)
    before = desk.records(HandOffNote).get(command.schedule)
    revision = before.revision if before else 0
    if before and revision != command.seen and before.text != command.text:
        raise Refused(
            f"{before.author} has written another note meanwhile; yours was not kept",
            remedy="read theirs, put the two together, and send it again",
        )
    desk.put_record(HandOffNote(command.schedule, command.actor, command.text.strip(), now, revision + 1))
    return command.schedule


def _make_calendar(desk: Desk, command: facts.MakeCalendar, now: float) -> str:
    known = desk.directory.people if command.subject is CalendarSubject.PERSON else desk.directory.schedules
    if command.name not in known:
        raise NotFound(f"there is no {command.subject.value} {command.name}", remedy="see the list of schedules")
    made = desk.records(CalendarAddress)
    if command.identity not in made and sum(one.revoked_at is None for one in made.values()) >= _MOST_CALENDARS:
        raise Refused(f"there are {_MOST_CALENDARS} calendar addresses", remedy="revoke those that nobody reads")
    desk.put_record(CalendarAddress(command.identity, command.subject, command.name, command.actor, now))
    return command.identity


def _revoke_calendar(desk: Desk, command: facts.RevokeCalendar, now: float) -> str:
    found = desk.records(CalendarAddress).get(command.identity)
    if found is None:
        raise NotFound("there is no such calendar address", remedy="it may have been revoked already")
    if found.revoked_at is None:
        desk.put_record(replace(found, revoked_at=now))
    return found.identity
