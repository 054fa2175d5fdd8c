"""The history of ninety days: against the plainest arithmetic, over changes of the clock, and with what is unknown."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.status.states import ComponentState
from covet_sre.status.uptime import DayBounds, Measured, last_days, uptime_of

START = datetime(2026, 6, 1, tzinfo=UTC).timestamp()
DAY = 86400.0
STATES = st.sampled_from(
    [ComponentState.PARTIAL_OUTAGE, ComponentState.MAJOR_OUTAGE, ComponentState.DEGRADED_PERFORMANCE]
)

days_of = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 100_000), st.integers(0, 1440)).map(
        lambda one: Measured(min(one[0], one[1]), one[1], one[2], 0.001)
    ),
    min_size=5,
    max_size=5,
)
spans_of = st.lists(
    st.tuples(st.integers(-1440, 6 * 1440), st.integers(1, 3000), STATES).map(
        lambda one: (START + one[0] * 60.0, START + (one[0] + one[1]) * 60.0, one[2])
    ),
    max_size=6,
)


def bounds(number: int = 5) -> list[DayBounds]:
    first = date(2026, 6, 1)
    return [DayBounds(first + timedelta(days=n), START + n * DAY, START + (n + 1) * DAY) for n in range(number)]


@given(st.lists(days_of, min_size=1, max_size=3))
def test_uptime_is_the_share_of_good_events_of_the_objective_that_did_worst(objectives):
    measured = {str(number): one for number, one in enumerate(objectives)}
    found = uptime_of(bounds(), measured, [], START + 5 * DAY, None)

    def share(rows: list[Measured]) -> float | None:
        known = [row for row in rows if row.known_minutes and row.total]
        total = sum(row.total for row in known)
        return sum(row.total - row.bad for row in known) / total if total else None

    shares = [one for one in (share(rows) for rows in objectives) if one is not None]
    assert found.share == (pytest.approx(min(shares)) if shares else None)
    for number, day in enumerate(found.days):
        of_day = [one for one in (share([rows[number]]) for rows in objectives) if one is not None]
        assert day.uptime == (pytest.approx(min(of_day)) if of_day else None)
        assert (day.state is None) == (not of_day)


@given(spans_of)
def test_seconds_of_outages_are_those_of_a_minute_by_minute_count(spans):
    found = uptime_of(bounds(), {}, spans, START + 5 * DAY, date(2026, 6, 1))
    outages = 0
    for number, day in enumerate(found.days):
        counted: dict[ComponentState, int] = {}
        for minute in range(1440):
            at = START + number * DAY + minute * 60 + 30
            there = [state for begins, ends, state in spans if begins <= at < ends]
            if there:
                state = max(there, key=lambda one: one.rank)
                counted[state] = counted.get(state, 0) + 60
        assert {state: pytest.approx(seconds) for state, seconds in counted.items()} == dict(day.seconds)
        outages += sum(seconds for state, seconds in counted.items() if state.is_outage)
    assert found.share == pytest.approx(1 - outages / (5 * DAY))
    assert not found.by_events


def test_what_is_not_known_is_not_a_hundred_percent():
    nothing = [Measured(0, 0, 0, 0.001)] * 5
    quiet = [Measured(0, 0, 1440, 0.001)] * 5
    for rows in (nothing, quiet):
        found = uptime_of(bounds(), {"slo": rows}, [], START + 5 * DAY, None)
        assert found.share is None
        assert {(day.state, day.uptime) for day in found.days} == {(None, None)}
    told = uptime_of(bounds(), {}, [], START + 5 * DAY, None)
    assert told.share is None
    assert {day.state for day in told.days} == {None}


def test_a_day_before_the_component_began_is_not_shown():
    rows = [Measured(5000, 10_000, 1440, 0.001), *[Measured(0, 10_000, 1440, 0.001)] * 4]
    found = uptime_of(bounds(), {"slo": rows}, [], START + 5 * DAY, date(2026, 6, 2))
    assert found.share == 1
    assert found.days[0].state is None


@pytest.mark.parametrize(
    ("bad", "total", "state"),
    [
        (0, 100_000, "operational"),
        (100, 100_000, "operational"),  # just what it may spend
        (101, 100_000, "degraded_performance"),
        (600, 100_000, "degraded_performance"),
        (601, 100_000, "partial_outage"),
        (3000, 100_000, "partial_outage"),
        (3001, 100_000, "major_outage"),
        (9, 10, "degraded_performance"),  # too few to be called an outage
        (10, 10, "major_outage"),
    ],
)
def test_a_day_is_coloured_by_the_share_of_its_budget_that_it_spent(bad, total, state):
    found = uptime_of(bounds(1), {"slo": [Measured(bad, total, 1440, 0.001)]}, [], START + DAY, None)
    assert found.days[0].state == state


def test_today_counts_as_far_as_it_has_come():
    spans = [(START, START + 6 * 3600, ComponentState.MAJOR_OUTAGE)]
    found = uptime_of(bounds(1), {}, spans, START + 12 * 3600, date(2026, 6, 1))
    assert found.days[0].uptime == pytest.approx(0.5)


def test_an_outage_of_less_than_a_minute_colours_no_day():
    spans = [(START, START + 59, ComponentState.MAJOR_OUTAGE)]
    found = uptime_of(bounds(1), {"slo": [Measured(0, 10, 1440, 0.001)]}, spans, START + DAY, None)
    assert found.days[0].state is ComponentState.OPERATIONAL


@pytest.mark.parametrize(
    ("zone", "now"), [("Europe/London", "2026-10-27"), ("America/New_York", "2026-03-10"), ("UTC", "2026-01-01")]
)
def test_days_are_those_of_the_zones_calendar_through_every_change_of_the_clock(zone, now):
    at = datetime.fromisoformat(f"{now}T12:00").replace(tzinfo=ZoneInfo(zone)).timestamp()
    days = last_days(at, ZoneInfo(zone))
    assert len(days) == 90
    assert days[-1].day == date.fromisoformat(now)
    assert all(one.end == following.start for one, following in pairwise(days))
    hours = {round((one.end - one.start) / 3600) for one in days}
    assert hours == {24} if zone == "UTC" else hours in ({23, 24}, {24, 25}, {23, 24, 25})
    assert all(datetime.fromtimestamp(one.start, ZoneInfo(zone)).hour == 0 for one in days)
