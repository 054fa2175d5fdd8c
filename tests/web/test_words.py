"""How numbers and times are written."""

import re
from datetime import datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.budget.status import Forecast, State
from covet_sre.slo.window import CalendarWindow, RollingWindow
from covet_sre.units import parse_duration
from covet_sre.web import words


def ordinary(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@given(st.integers(1, 10**9), st.integers(2, 10**9))
def test_an_sli_with_one_bad_event_is_never_shown_as_whole(bad: int, total: int):
    if bad < total:
        assert words.good_share(1 - bad / total) != "100%"


@given(st.floats(0, 1))
def test_an_sli_is_rounded_down_by_less_than_its_last_digit(value: float):
    shown = float(words.good_share(value).rstrip("%"))
    assert shown <= value * 100 + 1e-6
    assert value * 100 - shown < 0.001 + 1e-6


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.5444, "54.4%"), (-0.1479, "−14.8%"), (-0.0001, "0.0%"), (None, "unknown"), (-57.3, "−5,730%"), (1.0, "100.0%")],
)
def test_a_share_of_a_budget_has_one_decimal_and_its_sign(value: float | None, shown: str):
    assert words.share(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "unknown"), (0.0, "0×"), (0.984, "0.98×"), (14.4, "14.4×"), (999.6, "1,000×"), (1440.0, "1,440×")],
)
def test_a_burn_rate_keeps_the_digits_that_matter(value: float | None, shown: str):
    assert words.burn(value) == shown


@pytest.mark.parametrize(
    ("minutes", "shown"),
    [
        (26.94, "26.9 min"),
        (-3.2, "−3.2 min"),
        (-0.01, "0 min"),
        (60, "1 h"),
        (192.4, "3 h 12 min"),
        (1440 * 12 + 250, "12 d 4 h"),
        (1439.9, "1 d"),
    ],
)
def test_a_span_is_told_in_at_most_two_units(minutes: float, shown: str):
    assert ordinary(words.span(minutes)) == shown


@given(st.floats(-1e6, 1e6))
def test_a_span_reads_back_as_what_it_was(minutes: float):
    sizes = {"min": 1, "h": 60, "d": 1440}
    text = ordinary(words.span(minutes)).replace("−", "-")
    back = sum(float(number) * sizes[unit] for number, unit in re.findall(r"([\d.]+) (min|h|d)", text))
    allowed = 60 if abs(minutes) >= 1440 else 1 if abs(minutes) >= 60 else 0.06
    assert abs(back - abs(minutes)) <= allowed
    assert text.startswith("-") == (minutes < 0 and back > 0)


def test_a_target_is_shown_as_it_was_declared():
    assert words.target(Fraction("0.9995")) == "99.95%"
    assert words.target(Fraction("0.95")) == "95%"


def test_windows_are_told_in_words():
    month = CalendarWindow(parse_duration("1M"), datetime(2026, 1, 1), "UTC")
    assert words.window(RollingWindow(43200)) == "30 days"
    assert words.window(RollingWindow(60)) == "1 hour"
    assert words.window(RollingWindow(5)) == "5 minutes"
    assert words.window(month) == "the calendar month"
    assert words.window_short(month) == "calendar month"


def test_a_forecast_says_what_it_knows_and_nothing_where_nothing_is_measured():
    def told(p10: int | None, p50: int | None, state: State = State.OK, present: int | None = None) -> str:
        return ordinary(words.exhaustion(Forecast(p10, p50, None, present, 43200), state))

    assert told(2000, 17280) == "in 12 d"
    assert told(2000, None) == "33 h at worst"
    assert told(None, None) == "not within 30 d"
    assert told(0, 0) == "already spent"
    assert told(2000, 17280, State.NO_DATA) == "unknown"
    assert told(160, 30000, State.CRITICAL, 160) == "2.7 h at this rate"
    assert told(160, None, State.CRITICAL, 160) == "2.7 h at this rate"
    assert told(160, 30000, State.OK, 160) == "in 21 d"
    assert told(160, 1440, State.CRITICAL, 2000) == "in 24 h"
    assert words.exhaustion(None, State.OK) == "unknown"
