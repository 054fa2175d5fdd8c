"""A shift begins: whoever comes is told what is open, answers a test page, or is shown as unreachable."""

import pytest

from covet_sre.errors import NotFound, Refused
from covet_sre.incident.desk import Desk
from covet_sre.incident.facts import SetSilence
from covet_sre.incident.oncall_facts import AnswerTestPage, AskSwap, RemoveOverride, SetOverride, WriteHandOff
from covet_sre.incident.outgoing import Outgoing, Purpose
from covet_sre.incident.step import take_up
from covet_sre.oncall.hand_off import HandOffNote
from covet_sre.oncall.schedule_watch import ScheduleWatch
from covet_sre.oncall.shift_test import ShiftTest
from tests.incident.duty_house import DAY, HOUR, START, WEEK, house, rules
from tests.incident.house import House, report, silence

TESTED = {"tells_at_start": True, "test_page_seconds": 600.0}


def told_of_shifts(found: House) -> list[Outgoing]:
    return [one for one in found.sent if one.notice and one.notice.subject.startswith("Your shift begins")]


def test_whoever_comes_is_told_at_the_minute_and_nobody_else_is() -> None:
    found = house(tells_at_start=True)
    found.wait(WEEK - 10, HOUR)
    assert not found.sent
    found.wait(60)
    [notice] = told_of_shifts(found)
    assert (notice.person, notice.current_target, notice.address) == ("ben", "mail", "ben@example.org")
    assert notice.notice is not None
    assert "until Mon 2026-12-07 09:00 (Europe/Rome)" in notice.notice.text
    assert "Nothing is open." in notice.notice.text


def test_a_schedule_that_is_seen_for_the_first_time_tells_nobody() -> None:
    found = house(**TESTED)
    found.wait(HOUR, 60)
    assert not found.sent


def test_a_restart_in_the_middle_of_a_shift_tells_nobody_and_one_over_a_hand_over_tells_once() -> None:
    found = house(tells_at_start=True)
    [watch] = found.desk.records(ScheduleWatch).values()
    again = House(Desk(rules(tells_at_start=True)), START + DAY)
    again.desk.put_record(watch)
    again.wait(60)
    assert not again.sent
    late = House(Desk(rules(tells_at_start=True)), START + WEEK + HOUR)
    late.desk.put_record(watch)
    late.wait(60)
    assert [one.person for one in told_of_shifts(late)] == ["ben"]


def test_an_override_begins_a_shift_too() -> None:
    found = house(tells_at_start=True)
    found.do(SetOverride("one", "ann", "primary", START + HOUR, START + 3 * HOUR, "ann", "chloe", "a walk"))
    found.wait(HOUR + 60, 60)
    assert [one.person for one in told_of_shifts(found)] == ["chloe"]
    found.wait(2 * HOUR, 60)
    assert [one.person for one in told_of_shifts(found)] == ["chloe", "ann"]


def test_the_hand_off_note_and_what_is_open_go_along() -> None:
    found = house(tells_at_start=True)
    found.do(WriteHandOff("primary", "ann", "The queue is drained by hand.\nWatch n7.", 0))
    found.hear(report("DiskFull", severity="warning", at=found.now))
    found.do(AskSwap("s", "ann", "primary", "ann", "chloe", START + 2 * DAY, START + 3 * DAY, None, None, ""))
    found.do(SetSilence(silence(found.now, 3 * DAY, service="shop")))
    found.do(SetOverride("one", "ann", "primary", START + HOUR, START + 3 * HOUR, "ann", "ben", "a walk"))
    found.wait(HOUR + 60, 60)
    [notice] = told_of_shifts(found)
    assert notice.notice is not None
    said = notice.notice.text
    assert "ann hands over:\nThe queue is drained by hand.\nWatch n7." in said
    assert "DiskFull" in said
    assert "nobody has acknowledged" in said
    assert "planned work (carol)" in said
    assert "ann asks chloe" in said


def test_a_note_that_is_old_is_told_no_more() -> None:
    found = house(tells_at_start=True)
    found.do(WriteHandOff("primary", "ann", "of three weeks ago", 0))
    found.wait(3 * WEEK + 60, 6 * HOUR)
    assert "of three weeks ago" in (told_of_shifts(found)[1].notice or pytest.fail()).text
    assert "of three weeks ago" not in (told_of_shifts(found)[2].notice or pytest.fail()).text


def test_two_people_who_write_one_note_lose_nothing() -> None:
    found = house()
    found.do(WriteHandOff("primary", "ann", "mine", 0))
    with pytest.raises(Refused, match="ann has written another note meanwhile"):
        found.do(WriteHandOff("primary", "ben", "theirs", 0))
    assert found.desk.records(HandOffNote)["primary"].text == "mine"
    found.do(WriteHandOff("primary", "ben", "mine and theirs", 1))
    assert found.desk.records(HandOffNote)["primary"].revision == 2
    with pytest.raises(NotFound):
        found.do(WriteHandOff("none", "ben", "nowhere", 0))
    with pytest.raises(Refused, match="10001 characters"):
        found.do(WriteHandOff("primary", "ben", "x" * 10_001, 2))


# ---------------------------------------------------------------- test pages


def kept_tests(found: House) -> list[ShiftTest]:
    return list(found.desk.records(ShiftTest).values())


def test_a_test_page_goes_the_way_of_a_page_and_an_answer_ends_it() -> None:
    found = house(**TESTED)
    found.wait(WEEK + 5, HOUR)
    [page] = [one for one in found.sent if one.purpose is Purpose.TEST]
    assert (page.person, page.current_target) == ("ben", "pager")
    [test] = kept_tests(found)
    found.do(AnswerTestPage(test.identity, "Ben", "link"))
    found.wait(HOUR, 60)
    assert not kept_tests(found)[0].is_unreachable
    assert not [one for one in found.sent if one.notice and "cannot be reached" in one.notice.subject]


def test_without_an_answer_the_person_is_unreachable_and_the_team_is_told_once() -> None:
    found = house(**TESTED)
    found.wait(WEEK + 5, HOUR)
    found.wait(590)
    assert not kept_tests(found)[0].is_unreachable
    found.wait(2 * HOUR, 60)
    assert kept_tests(found)[0].is_unreachable
    told = [one for one in found.sent if one.notice and "ben cannot be reached" in one.notice.subject]
    assert [(one.person, one.current_target) for one in told] == [("", "channel")]
    found.do(AnswerTestPage(kept_tests(found)[0].identity, "ben", "page"))
    assert not kept_tests(found)[0].is_unreachable, "late is better than never"


def test_nobody_answers_a_test_page_for_somebody_else() -> None:
    found = house(**TESTED)
    found.wait(WEEK + 5, HOUR)
    with pytest.raises(Refused, match="only ben can answer"):
        found.do(AnswerTestPage(kept_tests(found)[0].identity, "ann", "page"))
    with pytest.raises(NotFound):
        found.do(AnswerTestPage("primary/ann/1", "ann", "page"))


# ---------------------------------------------------------------- what calendars carry


def test_each_change_of_a_schedule_is_counted() -> None:
    found = house()
    sequences = [found.desk.records(ScheduleWatch)["primary"].sequence]
    found.do(SetOverride("one", "ann", "primary", START + HOUR, START + 3 * HOUR, "ann", "ben", "a walk"))
    found.wait(5)
    sequences.append(found.desk.records(ScheduleWatch)["primary"].sequence)
    found.do(RemoveOverride("one", "ann"))
    found.wait(5)
    sequences.append(found.desk.records(ScheduleWatch)["primary"].sequence)
    take_up(found.desk, rules(), found.now)
    found.wait(5)
    sequences.append(found.desk.records(ScheduleWatch)["primary"].sequence)
    found.wait(WEEK, HOUR)
    sequences.append(found.desk.records(ScheduleWatch)["primary"].sequence)
    assert sequences == [0, 1, 2, 2, 2], "the same files, and a hand-over, change nothing"
