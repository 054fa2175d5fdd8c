"""When the budget will be gone: against published tables, and against futures that are thrown with dice."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.budget.forecast import at_present_burn, forecast

STEP = 180


@pytest.mark.parametrize(
    ("freedom", "p90", "p50", "p10"),
    [
        # Quantiles of chi-square (Abramowitz and Stegun, Handbook of Mathematical Functions, table 26.8): a gamma
        # variable of shape freedom / 2 and scale 2.
        (4, 7.77944, 3.35670, 1.063623),
        (10, 15.9871, 9.34182, 4.86518),
        (20, 28.4120, 19.3374, 12.4426),
        (30, 40.2560, 29.3360, 20.5992),
        (100, 118.498, 99.3341, 82.3581),
    ],
)
def test_the_spend_has_the_quantiles_of_a_gamma_variable(freedom: int, p90: float, p50: float, p10: float) -> None:
    """One step of the past spends `freedom` on average with variance 2 * freedom: over one step that is chi-square.

    The quantiles are found from outside: the largest budget that is gone within one step.
    """
    spread = np.sqrt(2.0 * freedom)
    # Two values with exactly that mean and (population) variance, alternating: neighbours never run together.
    recent = np.array([freedom + spread, freedom - spread] * 20)

    def largest(position: int) -> float:
        low, high = 0.0, 1000.0
        for _ in range(60):
            middle = (low + high) / 2
            gone = forecast(recent, np.zeros(1), middle, STEP)[position] is not None
            low, high = (middle, high) if gone else (low, middle)
        return low

    assert [largest(0), largest(1), largest(2)] == pytest.approx([p90, p50, p10], rel=0.005, abs=0.06)


def test_outages_that_come_in_runs_widen_the_forecast() -> None:
    apart = np.array([0.0, 100.0] * 28)
    in_runs = np.array([0.0] * 28 + [100.0] * 28)
    near, far = (forecast(recent, np.zeros(2400), 20_000.0, STEP) for recent in (apart, in_runs))
    assert [near[1], far[1]] == pytest.approx([400 * STEP] * 2, rel=0.02)
    assert far[0] < near[0] < near[2] < far[2]


@pytest.mark.parametrize("seed", range(4))
def test_thrown_futures_exhaust_the_budget_when_the_forecast_says(seed: int) -> None:
    """The past and a thousand futures from the same dice: the forecast's quantiles are theirs."""
    dice = np.random.default_rng(seed)
    shape, scale, budget, horizon = 2.0, 50.0, 6000.0, 240
    recent = dice.gamma(shape, scale, 56)
    p10, p50, p90 = forecast(recent, np.zeros(horizon), budget, STEP)
    # Futures that spend as this past did: what the past itself was dealt is no error of the forecast.
    mean, variance = recent.mean(), recent.var()
    futures = dice.gamma(mean**2 / variance, variance / mean, (1000, horizon)).cumsum(axis=1)
    exhausted = ((futures < budget).sum(axis=1) + 1) * STEP
    for told, share in ((p10, 10), (p50, 50), (p90, 90)):
        assert told == pytest.approx(np.percentile(exhausted, share), rel=0.08)


@given(spend=st.integers(1, 1000), steps=st.integers(1, 200))
def test_an_even_spend_is_exact(spend: int, steps: int) -> None:
    told = forecast(np.full(56, float(spend)), np.zeros(240), float(spend * steps), STEP)
    assert told == (steps * STEP,) * 3


def test_what_leaves_a_rolling_window_gives_budget_back() -> None:
    recent = np.full(56, 10.0)
    assert forecast(recent, np.full(240, 10.0), 50.0, STEP) == (None, None, None)
    assert forecast(recent, np.full(240, 5.0), 50.0, STEP) == (10 * STEP,) * 3


spends = st.lists(st.integers(0, 500), max_size=60).map(lambda values: np.array(values, float))
leavings = st.lists(st.integers(0, 500), min_size=1, max_size=60).map(lambda values: np.array(values, float))


@settings(max_examples=300, deadline=None)
@given(recent=spends, leaving=leavings, budgets=st.lists(st.floats(-10, 1e6), min_size=2, max_size=5))
def test_more_budget_never_ends_sooner_and_the_pessimist_never_says_later(recent, leaving, budgets) -> None:
    told = [forecast(recent, leaving, budget, STEP) for budget in sorted(budgets)]
    never = float("inf")
    for quantiles in told:
        as_numbers = [never if one is None else one for one in quantiles]
        assert as_numbers == sorted(as_numbers)
        assert all(one is None or 0 <= one <= len(leaving) * STEP for one in quantiles)
    for less, more in pairwise(told):
        assert all((never if a is None else a) <= (never if b is None else b) for a, b in zip(less, more, strict=True))


@pytest.mark.parametrize(
    ("remaining", "burn", "minutes"),
    [(1.0, 1.0, 43200), (0.5, 14.4, 1500), (0.5, 0.0, None), (0.5, None, None), (0.0, 1.0, 0), (-1.0, None, 0)],
)
def test_a_constant_burn_rate_spends_the_rest_in_proportion(remaining, burn, minutes) -> None:
    assert at_present_burn(remaining, burn, 43200) == minutes
