"""What people decide about who is on call survives every store, a restart, and the end of its day."""

from covet_sre.incident.changes import Changes
from covet_sre.incident.desk import Desk
from covet_sre.incident.oncall_facts import (
    AnswerSwap,
    AskSwap,
    MakeCalendar,
    SendCode,
    SetContactRules,
    SetOverride,
    WriteHandOff,
)
from covet_sre.incident.records import KINDS
from covet_sre.oncall.calendar_address import CalendarAddress, CalendarSubject
from covet_sre.oncall.contact_check import ContactCheck
from covet_sre.oncall.contact_rules import ContactRules, ContactStep
from covet_sre.oncall.hand_off import HandOffNote
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.schedule_watch import ScheduleWatch
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.swap import Swap
from covet_sre.ports import Store
from tests.incident.duty_house import DAY, HOUR, START, house, rules
from tests.store.desk_story import HOLDER

OURS = (CalendarAddress, ContactCheck, ContactRules, HandOffNote, ScheduleWatch, ShiftOverride, ShiftTest, Swap)


def decided() -> tuple[Desk, Changes]:
    found = house(tells_at_start=True, test_page_seconds=600.0)
    found.do(SetOverride("o", "ann", "primary", found.now, found.now + HOUR, "ann", "ben", 'a "walk" \N{DOG} \\ now'))
    found.do(AskSwap("s", "ann", "primary", "ann", "chloe", START + DAY, START + 2 * DAY, None, None, ""))
    found.do(AnswerSwap("s", "chloe", accepts=True))
    found.do(AskSwap("t", "ann", "primary", "ann", "ben", START + 3 * DAY, START + 4 * DAY, None, None, ""))
    found.do(WriteHandOff("primary", "ann", "two\nlines", 0))
    found.do(SetContactRules("ann", "ann", (ContactStep("chat"), ContactStep("pager", 60.0)), (), "a@b.cd", "", 0))
    found.do(SendCode("ann", "ann", "mail", "nonce", "digest"))
    found.do(MakeCalendar("d" * 64, "ann", CalendarSubject.PERSON, "ann"))
    found.wait(60)
    return found.desk, found.desk.changes


def test_a_desk_that_is_laid_out_again_has_the_same_people_on_call(store: Store) -> None:
    desk, changes = decided()
    assert set(OURS) <= set(KINDS)
    assert store.acquire_desk(HOLDER, START, 1e9)
    store.write(changes, (), START, HOLDER)
    again = Desk(rules(tells_at_start=True, test_page_seconds=600.0), store.kept(START + 120))
    for kind in OURS:
        assert desk.records(kind), kind
        assert dict(again.records(kind)) == dict(desk.records(kind)), kind
    for hours in range(24 * 20):
        at = START + hours * HOUR + 1
        assert again.directory.schedules["primary"].on_call(at) == desk.directory.schedules["primary"].on_call(at)
    assert again.directory.people == desk.directory.people
    assert again.next_due() <= START + 3 * DAY, "the swap that waits will expire there too"


def test_what_is_over_lies_on_no_desk_and_can_still_be_looked_at(store: Store) -> None:
    _, changes = decided()
    assert store.acquire_desk(HOLDER, START, 1e9)
    store.write(changes, (), START, HOLDER)
    later = Desk(rules(), store.kept(START + 40 * DAY))
    assert not later.records(ShiftOverride)
    assert later.records(HandOffNote)
    assert {one.identity for one in store.records(ShiftOverride)} == {"o", "s.1"}
    assert [one.identity for one in store.records(ShiftOverride, START + DAY)] == ["s.1"]
