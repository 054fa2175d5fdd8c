"""The simulated month: plausible, whole, repeatable, and it ends where the live traffic begins."""

import math
import subprocess
import sys
from collections import Counter

import history
import normal_day
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.examples.conftest import EXAMPLE

TARGETS = {
    "api-availability": 0.999,
    "api-latency": 0.95,
    "api-latency-alert": 0.95,
    "database-latency": 0.99,
    "database-latency-alert": 0.99,
    "database-availability": 0.9995,
    "jobs-within-sla": 0.95,
}
END_MINUTES = st.integers(29_000_000, 30_000_000)
SEEDS = st.integers(0, 2**32)


def remaining(name: str, counts: tuple[history.Counts, history.Counts]) -> float:
    bad, total = counts
    return 1 - float(bad.sum()) / ((1 - TARGETS[name]) * float(total.sum()))


@settings(max_examples=40, deadline=None)
@given(end_minute=END_MINUTES, seed=SEEDS, rate=st.floats(10, 500))
def test_about_sixty_percent_of_the_availability_budget_remains(end_minute: int, seed: int, rate: float) -> None:
    month = history.simulate(["api-availability"], end_minute, 30, seed, rate)
    assert 0.55 <= remaining("api-availability", month["api-availability"]) <= 0.65


@settings(max_examples=25, deadline=None)
@given(end_minute=END_MINUTES, seed=SEEDS, rate=st.floats(0, 500), days=st.integers(1, 35))
def test_bad_events_are_some_of_all_events(end_minute: int, seed: int, rate: float, days: int) -> None:
    month = history.simulate(list(TARGETS), end_minute, days, seed, rate)
    for bad, total in month.values():
        assert bad.dtype == total.dtype == np.int64
        assert bad.shape == total.shape == (days * 1440,)
        assert (bad >= 0).all()
        assert (bad <= total).all()
    for name in ("api-latency", "database-latency"):
        assert (month[f"{name}-alert"][0] <= month[name][0]).all()
        assert (month[f"{name}-alert"][1] == month[name][1]).all()
    assert (month["api-latency"][1] == month["api-availability"][1]).all(), "they count the same requests"
    assert (month["database-latency"][1] == month["database-availability"][1]).all()


@settings(max_examples=25, deadline=None)
@given(end_minute=END_MINUTES, seed=SEEDS, rate=st.floats(1, 300))
def test_who_spent_it_adds_up_to_what_was_spent_in_each_hour(end_minute: int, seed: int, rate: float) -> None:
    bad, _ = history.simulate(["api-availability"], end_minute, 30, seed, rate)["api-availability"]
    by_hour = Counter[int]()
    for minute, count in zip(range(end_minute - 30 * 1440, end_minute), bad.tolist(), strict=True):
        by_hour[minute // 60] += count
    spent = Counter[int]()
    for hour, route, code, count in history.spenders(end_minute, 30, seed, rate):
        assert route in {visit.route for visit in normal_day.VISITS}
        assert code.startswith("5")
        assert count > 0
        spent[hour] += count
    assert spent == +by_hour


def test_every_objective_has_spent_some_of_its_budget_and_none_all() -> None:
    month = history.simulate(list(TARGETS), 29_400_123, 30, 7, 80)
    for name, counts in month.items():
        assert 0.5 < remaining(name, counts) < 0.95, name


@settings(max_examples=20, deadline=None)
@given(end_minute=END_MINUTES, seed=SEEDS)
def test_the_last_three_days_burn_slower_than_the_budget_allows(end_minute: int, seed: int) -> None:
    for name, (bad, total) in history.simulate(list(TARGETS), end_minute, 30, seed, 80).items():
        for days in (1, 3):
            minutes = days * 1440
            burn = float(bad[-minutes:].sum()) / float(total[-minutes:].sum()) / (1 - TARGETS[name])
            assert burn < 1, (name, days)


def test_it_has_incidents_that_a_fast_burn_alert_would_page_for() -> None:
    bad, total = history.simulate(["api-availability"], 29_400_123, 30, 7, 80)["api-availability"]
    hour_bad, hour_total = (counts.reshape(-1, 60).sum(axis=1) for counts in (bad, total))
    assert (hour_bad / hour_total / 0.001).max() > 14.4


def test_it_ends_at_the_live_rate_and_rhythm() -> None:
    end_minute = 29_400_123
    _, total = history.simulate(["api-availability"], end_minute, 30, 3, 80)["api-availability"]
    for hours in (1, 6, 24):
        minutes = range(end_minute - 60 * hours, end_minute)
        expected = sum(80 * normal_day.rhythm(60.0 * minute) for minute in minutes)
        assert abs(int(total[-60 * hours :].sum()) - expected) < 5 * math.sqrt(expected)


def test_the_same_arguments_give_the_same_counts_whichever_are_asked_for() -> None:
    alone = history.simulate(["jobs-within-sla"], 29_400_123, 30, 5, 80)
    among = history.simulate(list(TARGETS), 29_400_123, 30, 5, 80)
    other = history.simulate(["jobs-within-sla"], 29_400_123, 30, 6, 80)
    for mine, same, different in zip(*(m["jobs-within-sla"] for m in (alone, among, other)), strict=True):
        assert (mine == same).all()
        assert (mine != different).any()
    assert list(alone) == ["jobs-within-sla"]


def test_an_unknown_indicator_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"'uptime' is not simulated; there are: api-availability"):
        history.simulate(["uptime"], 29_400_123, 30, 1, 80)


@pytest.mark.parametrize(("days", "seed", "rate"), [(0, 1, 80.0), (30, -1, 80.0), (30, 1, -1.0)])
def test_impossible_arguments_are_refused(days: int, seed: int, rate: float) -> None:
    with pytest.raises(ValueError, match="must"):
        history.simulate(["api-latency"], 29_400_123, days, seed, rate)


def test_it_can_be_loaded_by_its_path_from_anywhere_and_needs_no_neighbour_on_the_path() -> None:
    code = (
        "import importlib.util, sys; spec = importlib.util.spec_from_file_location('h', sys.argv[1]);"
        "m = importlib.util.module_from_spec(spec); spec.loader.exec_module(m);"
        "print(len(m.simulate(['api-latency'], 29400123, 2, 1, 80)['api-latency'][0]), 'covet' in sys.modules)"
    )
    command = [sys.executable, "-I", "-c", code, str(EXAMPLE / "history.py")]
    assert subprocess.run(command, cwd="/", capture_output=True, text=True, check=True).stdout == "2880 False\n"


def test_the_rhythm_has_a_mean_of_one() -> None:
    assert math.isclose(sum(normal_day.rhythm(60.0 * minute) for minute in range(1440)) / 1440, 1, abs_tol=1e-12)


def test_the_shares_of_the_visits_are_a_whole() -> None:
    assert math.isclose(sum(visit.share for visit in normal_day.VISITS), 1)
