"""The next business day: zones, weekends, holidays, and clocks that change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.oncall.calendar import BusinessHours

OFFICE = BusinessHours("office", "Europe/Rome", closes=time(17), holidays=frozenset({date(2026, 12, 25)}))


def at(text: str, zone: str = "Europe/Rome") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-26T10:00", "2026-11-27T17:00"),
        ("2026-11-26T23:59", "2026-11-27T17:00"),
        ("2026-11-27T08:00", "2026-11-30T17:00"),
        ("2026-11-28T08:00", "2026-11-30T17:00"),
        ("2026-11-29T23:59", "2026-11-30T17:00"),
        ("2026-11-30T00:00", "2026-12-01T17:00"),
        # The clock changed in between: on Saturday it is summer time, on Monday it is not.
        ("2026-10-23T12:00", "2026-10-26T17:00"),
        ("2026-03-27T12:00", "2026-03-30T17:00"),
        ("2026-12-24T12:00", "2026-12-28T17:00"),
    ],
)
def test_what_comes_in_today_is_due_when_the_next_business_day_closes(now: str, due: str) -> None:
    assert OFFICE.next_business_day(at(now)) == at(due)


def test_today_is_the_day_that_it_is_in_the_zone() -> None:
    """At 23:30 UTC on Thursday it is Friday in Tokyo, and still Thursday in Honolulu."""
    now = at("2026-11-26T23:30", "UTC")
    assert BusinessHours(zone="Asia/Tokyo").next_business_day(now) == at("2026-11-30T17:00", "Asia/Tokyo")
    assert BusinessHours(zone="Pacific/Honolulu").next_business_day(now) == at("2026-11-27T17:00", "Pacific/Honolulu")


def test_a_day_closes_at_the_first_instant_at_which_the_clock_shows_so() -> None:
    nights = BusinessHours(zone="Europe/Rome", weekdays=(6,), opens=time(0), closes=time(2, 30))
    assert nights.next_business_day(at("2026-03-28T12:00")) == at("2026-03-29T01:00", "UTC")


def test_without_a_business_day_in_sight_it_says_so() -> None:
    with pytest.raises(ValueError, match="no business day in sight"):
        BusinessHours(weekdays=()).next_business_day(at("2026-11-26T10:00"))


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2037, 1, 1)),
    st.sampled_from(["UTC", "Europe/Rome", "Pacific/Apia", "Australia/Lord_Howe", "America/St_Johns"]),
    st.sets(st.integers(0, 6), min_size=1),
    st.sets(st.dates(date(2000, 1, 1), date(2037, 1, 1)), max_size=5),
)
def test_it_is_the_first_later_day_on_which_people_work(
    now: datetime, zone: str, days: set[int], holidays: set[date]
) -> None:
    calendar = BusinessHours("any", zone, tuple(sorted(days)), holidays=frozenset(holidays))
    instant = now.replace(tzinfo=UTC).timestamp()
    due = datetime.fromtimestamp(calendar.next_business_day(instant), ZoneInfo(zone))
    today = datetime.fromtimestamp(instant, ZoneInfo(zone)).date()
    between = [date.fromordinal(number) for number in range(today.toordinal() + 1, due.date().toordinal())]
    assert due.date() > today
    assert due.weekday() in days
    assert due.date() not in holidays
    assert not [day for day in between if day.weekday() in days and day not in holidays]
    assert (due.hour, due.minute) == (17, 0)
