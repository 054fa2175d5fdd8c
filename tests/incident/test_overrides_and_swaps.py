"""Overrides and swaps on the desk: effective at once for whoever is paged, refused when they cannot hold."""

from dataclasses import replace

import pytest

from covet_sre.errors import NotFound, Refused
from covet_sre.incident.oncall_facts import AnswerSwap, AskSwap, CancelSwap, RemoveOverride, SetOverride, TakeTimes
from covet_sre.incident.outgoing import Purpose
from covet_sre.incident.step import take_up
from covet_sre.oncall.effective import stale
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.swap import Swap, SwapState
from tests.incident.duty_house import DAY, HOUR, START, WEEK, house, rules
from tests.incident.house import House, report


def override(start: float = START, end: float = START + DAY, removes: str = "ann", adds: str = "ben") -> SetOverride:
    return SetOverride("one", "chloe", "primary", start, end, removes, adds, "the dentist")


def swap(**changes: object) -> AskSwap:
    asked = AskSwap("s", "ann", "primary", "ann", "ben", START + DAY, START + 2 * DAY, None, None, "a wedding")
    return replace(asked, **changes)  # type: ignore[arg-type]


def on_call(found: House, at: float) -> tuple[str, ...]:
    return found.desk.directory.schedules["primary"].on_call(at)


def test_an_override_pages_the_other_person_at_once_and_ends_by_itself() -> None:
    found = house()
    found.do(override(end=START + HOUR))
    found.hear(report("A", at=found.now))
    assert found.told() == ["ben pager"]
    found.wait(HOUR, 60)
    assert on_call(found, found.now) == ("ann",)


def test_an_override_is_half_open() -> None:
    found = house()
    found.do(override(START + HOUR, START + 2 * HOUR))
    ends = [START + HOUR - 1, START + HOUR, START + 2 * HOUR - 1, START + 2 * HOUR]
    assert [on_call(found, at) for at in ends] == [("ann",), ("ben",), ("ben",), ("ann",)]


def test_a_later_override_sees_what_an_earlier_one_has_done() -> None:
    found = house()
    found.do(override())
    found.wait(1)
    found.do(replace(override(removes="ben", adds="chloe"), identity="two"))
    assert on_call(found, found.now) == ("chloe",)
    found.do(RemoveOverride("two", "ann"))
    assert on_call(found, found.now) == ("ben",)


def test_somebody_may_be_on_call_as_well_or_nobody_at_all() -> None:
    found = house()
    found.do(override(removes="", adds="ben"))
    assert on_call(found, START + HOUR) == ("ann", "ben")
    found.do(replace(override(removes="ann", adds=""), identity="two"))
    found.do(replace(override(removes="ben", adds=""), identity="three"))
    assert on_call(found, START + HOUR) == ()


def test_what_was_is_not_changed() -> None:
    found = house()
    found.wait(HOUR, 600)
    found.do(override(START, START + 2 * HOUR))
    assert on_call(found, START + HOUR - 60) == ("ann",)
    assert on_call(found, START + HOUR + 60) == ("ben",)
    found.wait(600)
    found.do(RemoveOverride("one", "ann"))
    assert on_call(found, START + HOUR + 300) == ("ben",), "it was so, and stays on record"
    assert on_call(found, found.now) == ("ann",)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (override(adds="zoe"), "nobody in any team is called zoe"),
        (override(removes="zoe"), "nobody in any team is called zoe"),
        (override(removes="ben", adds="chloe"), "ben is not on call then: ann is"),
        (override(removes="", adds="ann"), "ann is on call then already"),
        (override(removes="ann", adds="ann"), "take their own place"),
        (override(removes="", adds=""), "nobody is named"),
        (override(START + 60, START + 60), "ends before it begins"),
        (override(START + 120, START + 60), "ends before it begins"),
        (override(START - 120, START - 60), "is over"),
        (override(START, START + 401 * DAY), "longer than 400 days"),
        (replace(override(), reason=" "), "the reason is missing"),
        (replace(override(), reason="x" * 501), "501 characters"),
        (replace(override(), actor=""), "who does it is missing"),
        (replace(override(), schedule="tertiary"), "no schedule tertiary"),
    ],
)
def test_an_override_that_cannot_hold_is_refused_whole(wrong: SetOverride, why: str) -> None:
    found = house()
    with pytest.raises((Refused, NotFound), match=why):
        found.do(wrong)
    assert not found.desk.records(ShiftOverride)


def test_what_is_over_cannot_be_removed() -> None:
    found = house()
    found.do(override(end=START + 60))
    found.wait(120)
    with pytest.raises(NotFound):
        found.do(RemoveOverride("one", "ann"))


def test_whoever_leaves_the_files_is_paged_no_more_and_the_layer_counts() -> None:
    """Never nobody, silently: the shift falls back, and the override is shown as a problem."""
    found = house()
    found.do(override())
    take_up(found.desk, rules(("ann", "chloe")), found.now)
    assert on_call(found, found.now) == ("ann",)
    found.hear(report("A", at=found.now))
    assert found.told() == ["ann pager"]
    [problem] = stale(found.desk.rules.directory, found.desk.records(ShiftOverride).values(), (), (), found.now)
    assert "ben is in no team any more" in problem.why


# ---------------------------------------------------------------- swaps


def notices(found: House) -> list[str]:
    return [
        f"{one.person or 'team'} {one.current_target}: {one.notice.subject}"
        for one in found.sent
        if one.purpose is Purpose.NOTICE and one.notice
    ]


def test_a_swap_changes_nothing_until_it_is_accepted_and_then_splits_the_shift_exactly() -> None:
    found = house()
    found.do(swap())
    assert notices(found) == ["ben mail: ann asks you to swap"]
    assert on_call(found, START + 1.5 * DAY) == ("ann",)
    found.do(AnswerSwap("s", "Ben", accepts=True))
    edges = [START + DAY - 1, START + DAY, START + 2 * DAY - 1, START + 2 * DAY]
    assert [on_call(found, at) for at in edges] == [("ann",), ("ben",), ("ben",), ("ann",)]
    assert notices(found)[1:] == ["ann mail: ben accepts the swap"]


def test_two_shifts_are_traded() -> None:
    found = house()
    found.do(swap(start=START + DAY, end=START + WEEK, back_start=START + WEEK, back_end=START + 2 * WEEK))
    found.do(AnswerSwap("s", "ben@example.org", accepts=True))
    assert [on_call(found, START + days * DAY) for days in (0.5, 3, 7, 13.9, 14)] == [
        ("ann",),
        ("ben",),
        ("ann",),
        ("ann",),
        ("chloe",),
    ]


def test_one_that_is_declined_or_cancelled_changes_nothing() -> None:
    for answer, state in (
        (AnswerSwap("s", "ben", accepts=False, answer="I am away"), SwapState.DECLINED),
        (CancelSwap("s", "ann"), SwapState.CANCELLED),
    ):
        found = house()
        found.do(swap())
        found.do(answer)
        assert found.desk.records(Swap)["s"].state is state
        assert not found.desk.records(ShiftOverride)
        with pytest.raises(Refused, match=f"is {state.value} already"):
            found.do(AnswerSwap("s", "ben", accepts=True))


def test_one_that_nobody_answers_expires_when_its_time_begins() -> None:
    found = house()
    found.do(swap())
    found.wait(DAY - 2, 3600)
    assert found.desk.records(Swap)["s"].state is SwapState.PENDING
    found.wait(60)
    assert found.desk.records(Swap)["s"].state is SwapState.EXPIRED
    assert notices(found)[-1] == "ann mail: A swap was not answered in time"
    assert on_call(found, found.now) == ("ann",)


def test_only_the_person_who_is_asked_answers() -> None:
    found = house()
    found.do(swap())
    for actor in ("chloe", "ann", "mallory"):
        with pytest.raises(Refused, match="only ben can answer"):
            found.do(AnswerSwap("s", actor, accepts=True))
    with pytest.raises(Refused, match="only ann can cancel"):
        found.do(CancelSwap("s", "ben"))
    with pytest.raises(Refused, match="only chloe can ask"):
        found.do(swap(identity="t", asker="chloe", start=START + 15 * DAY, end=START + 16 * DAY))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (swap(start=START + 6 * DAY, end=START + 8 * DAY), "ann is not on call all the time"),
        (swap(start=START - 60), "has begun"),
        (swap(start=START + 2 * DAY, end=START + DAY), "ends before it begins"),
        (swap(asked="zoe"), "nobody in any team is called zoe"),
        (swap(asked="ann"), "nobody swaps with themselves"),
        (swap(back_start=START + WEEK), "only one end"),
        (swap(back_start=START + 1.5 * DAY, back_end=START + 3 * DAY), "overlap"),
        (swap(back_start=START + 3 * DAY, back_end=START + 4 * DAY), "ben is not on call all the time"),
        (swap(reason="x" * 501), "501 characters"),
    ],
)
def test_a_swap_that_cannot_be_is_refused(wrong: AskSwap, why: str) -> None:
    found = house()
    with pytest.raises(Refused, match=why):
        found.do(wrong)
    assert not found.desk.records(Swap)


def test_what_changed_since_it_was_asked_for_is_looked_at_when_it_is_accepted() -> None:
    found = house()
    found.do(swap())
    found.do(override(START + DAY, START + DAY + HOUR, "ann", "chloe"))
    with pytest.raises(Refused, match="ann is not on call all the time"):
        found.do(AnswerSwap("s", "ben", accepts=True))
    assert found.desk.records(Swap)["s"].state is SwapState.PENDING
    assert len(found.desk.records(ShiftOverride)) == 1


def test_people_who_left_cannot_agree_and_anybody_may_tidy_up() -> None:
    found = house()
    found.do(swap())
    take_up(found.desk, rules(("ann", "chloe")), found.now)
    with pytest.raises(Refused, match="only ben can answer"):
        found.do(AnswerSwap("s", "ben", accepts=True))
    found.do(CancelSwap("s", "chloe"))
    assert found.desk.records(Swap)["s"].state is SwapState.CANCELLED


# ---------------------------------------------------------------- calendars that are taken over


def test_times_of_a_calendar_have_one_person_on_call_alone() -> None:
    found = house()
    times = (("ben", START + DAY, START + 2 * DAY), ("chloe", START + 6 * DAY, START + 8 * DAY))
    found.do(TakeTimes("cal", "chloe", "primary", times, "from the old calendar"))
    expected = {1: "ben", 1.99: "ben", 2: "ann", 6: "chloe", 7.5: "chloe", 8: "ben"}
    assert {days: on_call(found, START + days * DAY) for days in expected} == {
        days: (person,) for days, person in expected.items()
    }
    with pytest.raises(Refused, match="nothing would change"):
        found.do(TakeTimes("cal2", "chloe", "primary", times, "again"))


def test_a_calendar_with_somebody_unknown_is_refused_whole() -> None:
    found = house()
    times = (("ben", START + DAY, START + 2 * DAY), ("zoe", START + 6 * DAY, START + 8 * DAY))
    with pytest.raises(Refused, match="zoe"):
        found.do(TakeTimes("cal", "chloe", "primary", times, "from the old calendar"))
    assert not found.desk.records(ShiftOverride)
