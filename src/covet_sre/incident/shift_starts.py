"""Shifts that begin: whoever comes is told what is open, and may be asked to show that pages reach them."""

from dataclasses import replace

from covet_sre.chain import digest_of
from covet_sre.incident.desk import Desk
from covet_sre.incident.notices import write_to_person, write_to_team
from covet_sre.incident.outgoing import Notice, Purpose
from covet_sre.incident.swap_commands import shown
from covet_sre.incident.telling import send_notice
from covet_sre.incident.whats_open import whats_open
from covet_sre.oncall.escalation import Recipient, RecipientKind
from covet_sre.oncall.hand_off import HandOffNote, holds
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.schedule_watch import ScheduleWatch
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.target import Channel

LOOK_AHEAD_SECONDS = 7 * 86400.0
"""A schedule that stays as it is for so long is looked at again all the same."""

LONGEST_SHOWN_SECONDS = 92 * 86400.0


def watch_schedules(desk: Desk, now: float) -> None:
    """Look at every schedule once after something changed; see `look_at_schedule`."""
    if desk.watched is desk.directory:
        return
    desk.watched = desk.directory
    for name in sorted(desk.directory.schedules):
        look_at_schedule(desk, name, now)


def look_at_schedule(desk: Desk, name: str, now: float) -> None:
    """Notice who has come on call since it was looked at last, and note when to look again.

    One that is seen for the first time tells nobody: their shift began before.
    """
    schedule, before = desk.directory.schedules.get(name), desk.records(ScheduleWatch).get(name)
    if not isinstance(schedule, LayeredSchedule):
        if before is not None:
            desk.forget_record(before)
        return
    holders, digest = schedule.on_call(now), _digest(schedule)
    watch = before or ScheduleWatch(name, holders, now, changed_at=now)
    if digest != watch.digest:
        watch = replace(watch, digest=digest, changed_at=now, sequence=watch.sequence + (before is not None))
    watch = replace(watch, holders=holders, next_at=_next_change(schedule, now))
    if watch != before:
        desk.put_record(watch)
    for person in holders:
        if before is not None and person not in before.holders:
            _begin_shift(desk, schedule, person, now)


def miss_test_page(desk: Desk, test: ShiftTest, now: float) -> None:
    """Nobody answered in time: the person is shown as unreachable, and their team is told."""
    desk.put_record(replace(test, missed_at=now))
    team = desk.directory.team_of(test.person)
    text = (
        f"{test.person} is on call for {test.schedule} and did not answer the test page in time. "
        "Until they do, nobody knows whether a page would reach them: call them, or make an override."
    )
    notice = Notice(f"{test.person} cannot be reached", text, f"/oncall/{test.schedule}")
    if team is not None:
        write_to_team(desk, team.name, notice, f"unreachable/{test.identity}", now)


def _begin_shift(desk: Desk, schedule: LayeredSchedule, person: str, now: float) -> None:
    shifts = [shift for shift in schedule.shifts(now, now + LONGEST_SHOWN_SECONDS) if shift.person == person]
    end = shifts[0].end if shifts and shifts[0].start <= now else now
    if end <= now:
        return
    if schedule.tells_at_start:
        parts = [f"You are on call for {schedule.name} until {shown(schedule, end)} ({schedule.zone})."]
        note = desk.records(HandOffNote).get(schedule.name)
        if note is not None and holds(note, now):
            parts.append(f"{note.author} hands over:\n{note.text}")
        parts.append(whats_open(desk, schedule.name, now))
        notice = Notice(f"Your shift begins: {schedule.name}", "\n\n".join(parts), f"/oncall/{schedule.name}")
        write_to_person(desk, person, notice, f"shift/{schedule.name}/{now:.0f}", now)
    if schedule.test_page_seconds is not None:
        _send_test(desk, schedule, person, end, now)


def _send_test(desk: Desk, schedule: LayeredSchedule, person: str, end: float, now: float) -> None:
    answer_by = now + (schedule.test_page_seconds or 0.0)
    test = ShiftTest(schedule.name, person, now, end, now, answer_by)
    desk.put_record(test)
    notice = Notice(
        f"Test page: your shift on {schedule.name} begins",
        "Nothing is wrong. Please answer, so that it is known that pages reach you.",
        f"/oncall/{schedule.name}#test",
    )
    reached = desk.directory.reach(Recipient(RecipientKind.PERSON, person), Channel.PAGE, now)
    for reach in reached:
        send_notice(desk, "", reach, notice, f"{TEST_PAGE}{test.identity}/{reach.targets[0]}", now, Purpose.TEST)


TEST_PAGE = "test-page/"
"""What the key of a test page begins with; the identity of its ShiftTest and its target follow."""


def _next_change(schedule: LayeredSchedule, now: float) -> float:
    until = now + LOOK_AHEAD_SECONDS
    edges = [edge for shift in schedule.shifts(now, until) for edge in (shift.start, shift.end) if edge > now]
    return min(edges, default=until)


def _digest(schedule: LayeredSchedule) -> str:
    """What is said of it, whatever file it stands in."""
    said = [schedule.zone, [repr(layer) for layer in schedule.layers], [repr(one) for one in schedule.overrides]]
    return digest_of(said, "")
