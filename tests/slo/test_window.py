"""Calendar periods against a plain walk over every minute, in every zone of the world."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covet_sre.slo.window import CalendarWindow, RollingWindow
from covet_sre.units import Duration, parse_duration

ZONES = sorted(zone for zone in available_timezones() if not zone.startswith(("posix/", "right/", "Etc/")))


def minute_of(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp()) // 60


durations = st.sampled_from(["15m", "30m", "1h", "6h", "1d", "2d", "1w", "2w", "1M", "2M", "1Q", "1Y"]).map(
    parse_duration
)
moments = st.integers(minute_of(1971, 1, 1), minute_of(2036, 12, 31))
starts = st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


@settings(max_examples=600, deadline=None)
@given(zone=st.sampled_from(ZONES), starts_at=starts, duration=durations, minute=moments)
@example("Africa/Cairo", datetime(2023, 1, 1), Duration(1, "d"), minute_of(2023, 4, 27, 22, 10))
@example("Europe/Vienna", datetime(2020, 1, 1, 2, 30), Duration(1, "d"), minute_of(2026, 3, 29, 1, 10))
@example("Europe/Vienna", datetime(2020, 1, 1, 2, 30), Duration(1, "d"), minute_of(2026, 10, 25, 1, 10))
@example("Europe/Vienna", datetime(2020, 1, 1), Duration(30, "m"), minute_of(2026, 3, 29, 1, 10))
@example("Australia/Lord_Howe", datetime(2020, 1, 1, 2, 15), Duration(1, "h"), minute_of(2025, 10, 4, 15, 40))
def test_a_period_contains_its_minute_and_the_next_one_begins_where_it_ends(zone, starts_at, duration, minute) -> None:
    window = CalendarWindow(duration, starts_at, zone)
    start, length = window.start(minute + 1), window.length(minute + 1)
    assert start <= minute < start + length
    # Every minute of a period names the same period.
    assert (window.start(start + 1), window.length(start + 1)) == (start, length)
    assert (window.start(start + length), window.length(start + length)) == (start, length)
    # And they follow each other without a hole.
    assert window.start(start + length + 1) == start + length
    assert window.start(start) + window.length(start) == start


@pytest.mark.parametrize("zone", ["Europe/Vienna", "America/Santiago", "Asia/Beirut", "Australia/Lord_Howe", "UTC"])
@pytest.mark.parametrize("duration", ["1d", "1w", "1M"])
def test_periods_begin_where_a_walk_over_the_wall_clock_sees_them_begin(zone: str, duration: str) -> None:
    window = CalendarWindow(parse_duration(duration), datetime(2024, 1, 1), zone)
    local = ZoneInfo(zone)

    def period(minute: int) -> object:
        moment = datetime.fromtimestamp(minute * 60, UTC).astimezone(local)
        if duration == "1M":
            return moment.year, moment.month
        return (moment.date() - datetime(2024, 1, 1).date()).days // {"1d": 1, "1w": 7}[duration]

    begin, end = minute_of(2024, 1, 15), minute_of(2024, 12, 20)
    walked = [minute for minute in range(begin + 15, end, 15) if period(minute) != period(minute - 15)]
    told, minute = [], window.start(begin + 1) + window.length(begin + 1)
    while minute < end:
        told.append(minute)
        minute += window.length(minute + 1)
    assert told == walked


def test_a_month_from_the_31st_begins_on_the_last_day_of_shorter_months() -> None:
    window = CalendarWindow(Duration(1, "M"), datetime(2024, 1, 31), "UTC")
    begins = []
    minute = minute_of(2024, 1, 31)
    for _ in range(5):
        begins.append(datetime.fromtimestamp(minute * 60, UTC).date().isoformat())
        minute += window.length(minute + 1)
    assert begins == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30", "2024-05-31"]


@given(end=moments, minutes=st.integers(1, 10**6))
def test_a_rolling_window_is_as_long_as_it_says(end: int, minutes: int) -> None:
    window = RollingWindow(minutes)
    assert end - window.start(end) == window.length(end) == minutes


def test_a_day_is_23_24_or_25_hours_long() -> None:
    window = CalendarWindow(Duration(1, "d"), datetime(2020, 1, 1), "Europe/Vienna")
    noon = timedelta(hours=12)
    lengths = {
        window.length(int((datetime(2026, month, day, tzinfo=UTC) + noon).timestamp()) // 60)
        for month, day in ((3, 29), (10, 25), (7, 1))
    }
    assert lengths == {23 * 60, 24 * 60, 25 * 60}
