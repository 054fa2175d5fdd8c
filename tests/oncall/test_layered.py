"""Layers, hours of the week and overrides: against the plainest possible schedule, and example by example."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.oncall.coverage import first_hole
from covet_sre.oncall.layer import Hours, Layer
from covet_sre.oncall.layered import LayeredSchedule, Override
from covet_sre.oncall.rotation import Rotation, TurnUnit
from covet_sre.oncall.schedule import Shift
from tests.oncall import plainest

ROME = ZoneInfo("Europe/Rome")
MONDAY = datetime(2026, 1, 5, 9)
STEP_SECONDS = 900
"""Clocks change by whole quarters of an hour, and everything in these tests begins and ends at one."""

#: Zones, each with a change of its clock nearby: by half an hour to three hours, by a day, over midnight, and none.
CHANGES = [
    ("Europe/Rome", "2026-03-29T01:00"),
    ("Europe/Rome", "2026-10-25T01:00"),
    ("America/New_York", "2026-11-01T06:00"),
    ("Australia/Lord_Howe", "2026-10-03T15:30"),
    ("Australia/Lord_Howe", "2026-04-04T15:00"),
    ("Antarctica/Troll", "2026-03-29T01:00"),
    ("Antarctica/Casey", "2010-03-04T15:00"),
    ("Pacific/Apia", "2011-12-30T10:00"),
    ("America/Havana", "2026-11-01T05:00"),
    ("America/Sao_Paulo", "2018-02-18T02:00"),
    ("Africa/Casablanca", "2026-02-15T02:00"),
    ("America/Caracas", "2007-12-09T07:00"),
    ("America/St_Johns", "2010-11-07T02:30"),
    ("UTC", "2026-06-30T12:00"),
]
PEOPLE = ("ann", "ben", "chloe", "dan")

quarters = st.integers(0, 95).map(lambda number: number * 15)
crews = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4).map(tuple)


@st.composite
def hours_of_a_week(draw: st.DrawFn) -> Hours:
    since, length = draw(quarters), draw(st.integers(1, 96)) * 15
    days = draw(st.sets(st.integers(0, 6), min_size=1).map(lambda found: tuple(sorted(found))))
    return Hours(since, since + length, days)


@st.composite
def layers(draw: st.DrawFn, near: datetime) -> Layer:
    unit = draw(st.sampled_from(list(TurnUnit)))
    starts = near - timedelta(days=draw(st.integers(-1, 40)), minutes=draw(quarters))
    ends = draw(st.none() | st.integers(1, 60 * 24 * 4).map(lambda n: starts + timedelta(minutes=15 * n)))
    only = draw(st.lists(hours_of_a_week(), max_size=2).map(tuple))
    return Layer(
        f"layer-{draw(st.integers(1, 99))}", Rotation(draw(crews), starts, unit, draw(st.integers(1, 5))), ends, only
    )


@st.composite
def overrides(draw: st.DrawFn, near: float) -> Override:
    start = near + STEP_SECONDS * draw(st.integers(-60, 200))
    removes, adds = draw(
        st.sampled_from([("ann", "ben"), ("ben", "dan"), ("dan", ""), ("ann", ""), ("", "ann"), ("", "dan")])
    )
    return Override(start, start + STEP_SECONDS * draw(st.integers(1, 100)), removes, adds)


@st.composite
def schedules(draw: st.DrawFn) -> tuple[LayeredSchedule, float]:
    """A schedule, and the instant of a change of its clock that it is to be looked at around."""
    zone, text = draw(st.sampled_from(CHANGES))
    change = datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()
    shown = plainest.shown(change, ZoneInfo(zone))
    made = draw(st.lists(layers(shown), min_size=1, max_size=3))
    changed = draw(st.lists(overrides(change), max_size=4))
    return LayeredSchedule("any", zone, tuple(made), tuple(changed)), change


@settings(max_examples=200, deadline=None)
@given(schedules())
def test_any_schedule_is_the_plainest_one(found: tuple[LayeredSchedule, float]) -> None:
    """Who is on call, and the shifts, quarter by quarter around a change of the clock."""
    schedule, change = found
    start, end = change - 12 * 3600, change + 42 * 3600
    shifts = schedule.shifts(start, end)
    for now, reached in plainest.furthest(start, end, ZoneInfo(schedule.zone), STEP_SECONDS):
        expected = plainest.on_call(schedule, now, reached)
        on_call = schedule.on_call(now)
        assert set(on_call) == expected, reached
        assert len(on_call) == len(expected)
        for instant in (now, now + STEP_SECONDS - 1):
            assert sorted(one.person for one in shifts if one.start <= instant < one.end) == sorted(expected)


@settings(max_examples=100, deadline=None)
@given(schedules())
def test_shifts_are_in_order_whole_and_cut_to_what_was_asked(found: tuple[LayeredSchedule, float]) -> None:
    schedule, change = found
    start, end = change - 3 * 86_400, change + 4 * 86_400
    shifts = schedule.shifts(start, end)
    assert list(shifts) == sorted(shifts, key=lambda shift: (shift.start, shift.end))
    assert all(start <= shift.start < shift.end <= end for shift in shifts)
    # Two that could be one would be told as two.
    ends = {(shift.person, shift.layer, shift.end) for shift in shifts}
    assert not [shift for shift in shifts if (shift.person, shift.layer, shift.start) in ends]
    parts = [*schedule.shifts(start, change), *schedule.shifts(change, end)]
    total = sum(shift.end - shift.start for shift in shifts)
    assert sum(part.end - part.start for part in parts) == pytest.approx(total)


@settings(max_examples=100, deadline=None)
@given(schedules())
def test_the_first_hole_is_one(found: tuple[LayeredSchedule, float]) -> None:
    schedule, _ = found
    hole = first_hole(schedule)
    if hole:
        start, end = hole
        assert start < end
        assert not schedule.shifts(start, end)


# ---------------------------------------------------------------- example by example


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ROME).timestamp()


def weekly(name: str, *people: str, **changes: object) -> Layer:
    return Layer(name, Rotation(people, MONDAY), **changes)  # type: ignore[arg-type]


def schedule(*made: Layer, overrides: tuple[Override, ...] = ()) -> LayeredSchedule:
    return LayeredSchedule("one", "Europe/Rome", made, overrides)


def told(found: LayeredSchedule, start: str, end: str) -> list[tuple[str, str, str]]:
    return [
        (shift.person, *(f"{datetime.fromtimestamp(edge, ROME):%a %H:%M}" for edge in (shift.start, shift.end)))
        for shift in found.shifts(at(start), at(end))
    ]


def test_the_highest_layer_that_has_somebody_counts() -> None:
    office = weekly("office", "ben", only=(Hours(9 * 60, 17 * 60, (0, 1)),))
    assert told(schedule(weekly("all", "ann"), office), "2026-01-05T09:00", "2026-01-08T09:00") == [
        ("ben", "Mon 09:00", "Mon 17:00"),
        ("ann", "Mon 17:00", "Tue 09:00"),
        ("ben", "Tue 09:00", "Tue 17:00"),
        ("ann", "Tue 17:00", "Thu 09:00"),
    ]


def test_the_sun_is_followed_without_a_gap_also_where_the_clock_changes() -> None:
    day, night = Hours(6 * 60, 18 * 60), Hours(18 * 60, 30 * 60)
    found = schedule(weekly("europe", "ann", only=(day,)), weekly("america", "eva", only=(night,)))
    assert told(found, "2026-03-28T06:00", "2026-03-30T06:00") == [
        ("ann", "Sat 06:00", "Sat 18:00"),
        ("eva", "Sat 18:00", "Sun 06:00"),
        ("ann", "Sun 06:00", "Sun 18:00"),
        ("eva", "Sun 18:00", "Mon 06:00"),
    ]
    assert first_hole(found) is None


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    found = schedule(weekly("fridays", "ann", only=(Hours(22 * 60, 30 * 60, (4,)),)))
    assert told(found, "2026-01-08T00:00", "2026-01-12T00:00") == [("ann", "Fri 22:00", "Sat 06:00")]


def test_hours_that_have_begun_go_on_where_the_clock_is_set_back_over_midnight() -> None:
    """In 2010 the clock of Newfoundland went from one minute past midnight on Sunday to 23:01 on Saturday."""
    crew = Rotation(("ann",), datetime(2010, 11, 1, 9))
    found = LayeredSchedule("one", "America/St_Johns", (Layer("sundays", crew, only=(Hours(0, 360, (6,)),)),))
    midnight = datetime(2010, 11, 7, 2, 30, tzinfo=UTC).timestamp()
    again = midnight + 900
    assert plainest.shown(again, ZoneInfo("America/St_Johns")) == datetime(2010, 11, 6, 23, 15)
    assert found.on_call(midnight - 1) == ()
    assert found.on_call(midnight) == found.on_call(again) == ("ann",)
    assert found.shifts(midnight - 900, again) == [Shift("ann", midnight, again, "sundays")]


def test_a_layer_has_nobody_before_it_starts_and_after_it_ends() -> None:
    new = weekly("new", "ben", ends=datetime(2026, 1, 8, 9))
    assert told(schedule(new), "2026-01-01T00:00", "2026-02-01T00:00") == [("ben", "Mon 09:00", "Thu 09:00")]
    assert schedule(new).on_call(at("2026-01-05T08:59")) == ()
    assert schedule(new).on_call(at("2026-01-08T09:00")) == ()


@pytest.mark.parametrize(
    ("removes", "adds", "expected"),
    [
        ("ann", "ben", ("ben",)),
        ("ann", "", ()),
        ("", "ben", ("ann", "ben")),
        ("", "ann", ("ann",)),
        ("chloe", "ben", ("ann",)),
        ("chloe", "", ("ann",)),
    ],
)
def test_an_override_replaces_adds_or_removes(removes: str, adds: str, expected: tuple[str, ...]) -> None:
    change = Override(at("2026-01-06T12:00"), at("2026-01-06T13:00"), removes, adds)
    found = schedule(weekly("all", "ann"), overrides=(change,))
    assert found.on_call(at("2026-01-06T12:00")) == expected
    assert found.on_call(at("2026-01-06T12:59")) == expected
    assert found.on_call(at("2026-01-06T11:59")) == found.on_call(at("2026-01-06T13:00")) == ("ann",)


def test_overrides_apply_one_after_another() -> None:
    span = at("2026-01-06T12:00"), at("2026-01-06T13:00")
    swap, back = Override(*span, "ann", "ben"), Override(*span, "ben", "chloe")
    assert schedule(weekly("all", "ann"), overrides=(swap, back)).on_call(span[0]) == ("chloe",)
    assert schedule(weekly("all", "ann"), overrides=(back, swap)).on_call(span[0]) == ("ben",)


def test_a_shift_says_from_which_layer_it_is() -> None:
    change = Override(at("2026-01-06T12:00"), at("2026-01-06T13:00"), "ann", "ben")
    shifts = schedule(weekly("all", "ann"), overrides=(change,)).shifts(at("2026-01-06T11:00"), at("2026-01-06T14:00"))
    assert [(shift.person, shift.layer) for shift in shifts] == [("ann", "all"), ("ben", "override"), ("ann", "all")]


def test_one_person_alone_has_one_shift() -> None:
    start, end = at("2026-02-01T00:00"), at("2026-05-01T00:00")
    assert schedule(weekly("all", "ann")).shifts(start, end) == [Shift("ann", start, end, "all")]


def test_of_no_time_there_are_no_shifts() -> None:
    now = at("2026-02-01T00:00")
    change = Override(now - 60, now + 60, "", "ben")
    assert schedule(weekly("all", "ann"), overrides=(change,)).shifts(now, now) == []


@pytest.mark.parametrize(
    ("made", "hole"),
    [
        ((weekly("all", "ann"),), None),
        ((weekly("all", "ann", ends=datetime(2026, 6, 1, 9)),), "2026-06-01T09:00"),
        ((weekly("office", "ann", only=(Hours(540, 1020, (0, 1, 2, 3, 4)),)),), "2026-01-05T17:00"),
        ((weekly("day", "ann", only=(Hours(0, 720),)), weekly("noon", "ben", only=(Hours(720, 1440),))), None),
        ((weekly("day", "ann", only=(Hours(0, 720),)), weekly("noon", "ben", only=(Hours(735, 1440),))),
         "2026-01-05T12:00"),
        ((), None),
    ],
)  # fmt: skip
def test_the_first_hole_is_found(made: tuple[Layer, ...], hole: str | None) -> None:
    found = first_hole(schedule(*made))
    assert (found[0] if found else None) == (at(hole) if hole else None)


def test_a_hole_that_an_override_makes_is_found_and_one_that_it_fills_is_none() -> None:
    gone = Override(at("2030-01-06T12:00"), at("2030-01-06T13:00"), "ann")
    assert first_hole(schedule(weekly("all", "ann"), overrides=(gone,))) == (gone.start, gone.end)
    helped = Override(gone.start, gone.end, "", "ben")
    assert first_hole(schedule(weekly("all", "ann"), overrides=(gone, helped))) is None
