"""Whose turn it is: lengths of turns, hand-overs by the wall clock, months without a 31st."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from covet_sre.oncall.rotation import Rotation, TurnUnit
from covet_sre.oncall.wall_clock import first_instant

ROME = ZoneInfo("Europe/Rome")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
PEOPLE = ("ann", "ben", "chloe")


def at(text: str, zone: ZoneInfo = ROME) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def hand_overs(rotation: Rotation, zone: ZoneInfo, turns: range) -> list[str]:
    """With the offset that the clock has then, by which a repeated hour is told apart."""
    return [f"{datetime.fromtimestamp(rotation.hand_over(turn, zone), zone):%m-%d %H:%M %z}" for turn in turns]


def test_a_weekly_turn_begins_at_the_hour_and_weekday_of_the_first() -> None:
    rotation = Rotation(PEOPLE, datetime(2026, 1, 5, 9), TurnUnit.WEEK)
    assert hand_overs(rotation, ROME, range(11, 14)) == [
        "03-23 09:00 +0100",
        "03-30 09:00 +0200",
        "04-06 09:00 +0200",
    ]
    assert rotation.person(rotation.turn_at(at("2026-01-12T08:59:59"), ROME)) == "ann"
    assert rotation.person(rotation.turn_at(at("2026-01-12T09:00:00"), ROME)) == "ben"


def test_before_the_first_turn_turns_are_negative() -> None:
    rotation = Rotation(PEOPLE, datetime(2026, 1, 5, 9), TurnUnit.DAY)
    assert rotation.turn_at(at("2026-01-05T09:00"), ROME) == 0
    assert rotation.turn_at(at("2026-01-05T08:59"), ROME) == -1


@pytest.mark.parametrize(("unit", "every"), [(TurnUnit.DAY, 1), (TurnUnit.HOUR, 24)])
def test_in_spring_a_hand_over_in_the_hour_that_is_left_out_is_at_its_end(unit: TurnUnit, every: int) -> None:
    rotation = Rotation(PEOPLE, datetime(2026, 3, 27, 2, 30), unit, every)
    assert hand_overs(rotation, ROME, range(1, 4)) == ["03-28 02:30 +0100", "03-29 03:00 +0200", "03-30 02:30 +0200"]


@pytest.mark.parametrize(("unit", "every"), [(TurnUnit.DAY, 1), (TurnUnit.HOUR, 24)])
def test_in_autumn_the_hour_that_comes_twice_brings_one_hand_over(unit: TurnUnit, every: int) -> None:
    """The shift over that night is 25 hours long."""
    rotation = Rotation(PEOPLE, datetime(2026, 10, 24, 2, 30), unit, every)
    assert hand_overs(rotation, ROME, range(3)) == ["10-24 02:30 +0200", "10-25 02:30 +0200", "10-26 02:30 +0100"]
    first, second, third = (rotation.hand_over(turn, ROME) for turn in range(3))
    assert (second - first, third - second) == (24 * 3600, 25 * 3600)
    again = second + 3600
    assert rotation.turn_at(again, ROME) == rotation.turn_at(second, ROME) == 1


def test_a_clock_that_moves_by_half_an_hour() -> None:
    rotation = Rotation(PEOPLE, datetime(2026, 10, 3, 2, 15), TurnUnit.DAY)
    assert hand_overs(rotation, LORD_HOWE, range(3)) == ["10-03 02:15 +1030", "10-04 02:30 +1100", "10-05 02:15 +1100"]


def test_hourly_turns_where_the_clock_changes() -> None:
    """The hour that does not exist has no turn; the one that comes twice has one, two hours long."""
    spring = Rotation(PEOPLE, datetime(2026, 3, 29, 1), TurnUnit.HOUR)
    assert [spring.turn_at(at(f"2026-03-29T0{hour}:30"), ROME) for hour in (1, 3, 4)] == [0, 2, 3]
    autumn = Rotation(PEOPLE, datetime(2026, 10, 25, 1), TurnUnit.HOUR)
    assert autumn.hand_over(2, ROME) - autumn.hand_over(1, ROME) == 2 * 3600


def test_a_day_that_a_zone_leaves_out_has_no_turn() -> None:
    """Samoa had no 30 December in 2011."""
    apia = ZoneInfo("Pacific/Apia")
    rotation = Rotation(PEOPLE, datetime(2011, 12, 28, 9), TurnUnit.DAY)
    assert rotation.turn_at(at("2011-12-29T23:59", apia), apia) == 1
    assert rotation.turn_at(at("2011-12-31T00:00", apia), apia) == 2
    assert rotation.turn_at(at("2011-12-31T09:00", apia), apia) == 3


def test_a_monthly_turn_begins_on_the_last_day_of_a_shorter_month() -> None:
    rotation = Rotation(PEOPLE, datetime(2027, 12, 31, 9), TurnUnit.MONTH)
    assert hand_overs(rotation, ZoneInfo("UTC"), range(5)) == [
        "12-31 09:00 +0000",
        "01-31 09:00 +0000",
        "02-29 09:00 +0000",
        "03-31 09:00 +0000",
        "04-30 09:00 +0000",
    ]


@pytest.mark.parametrize("every", [1, 2, 5])
@pytest.mark.parametrize("unit", list(TurnUnit))
def test_whose_turn_it_is_agrees_with_the_hand_overs(unit: TurnUnit, every: int) -> None:
    rotation = Rotation(PEOPLE, datetime(2026, 1, 31, 2, 30), unit, every)
    for turn in range(-3, 60):
        begins = rotation.hand_over(turn, ROME)
        if rotation.hand_over(turn + 1, ROME) > begins:
            assert rotation.turn_at(begins, ROME) == turn
            assert rotation.turn_at(rotation.hand_over(turn + 1, ROME) - 1, ROME) == turn


class Counted(Rotation):
    """Counts how many hand-overs are looked at."""

    looked_at = 0

    def hand_over(self, turn: int, zone: ZoneInfo) -> float:
        Counted.looked_at += 1
        return super().hand_over(turn, zone)


@pytest.mark.parametrize("unit", list(TurnUnit))
def test_who_is_on_call_now_needs_no_walk_from_the_beginning(unit: TurnUnit) -> None:
    Counted.looked_at = 0
    Counted(PEOPLE, datetime(1971, 1, 31, 2, 30), unit).turn_at(at("2150-10-25T02:45"), ROME)
    assert 0 < Counted.looked_at <= 4


@pytest.mark.parametrize(("people", "every"), [((), 1), (PEOPLE, 0), (PEOPLE, -1)])
def test_a_rotation_needs_people_and_turns_of_some_length(people: tuple[str, ...], every: int) -> None:
    with pytest.raises(ValueError, match="needs people"):
        Rotation(people, datetime(2026, 1, 5), TurnUnit.DAY, every)


def test_a_time_of_the_usual_kind_is_its_instant() -> None:
    assert first_instant(datetime(2026, 7, 1, 12), ROME) == at("2026-07-01T12:00")
