"""The error budget's arithmetic against exact fractions, and where others got it wrong."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.budget.account import account
from covet_sre.budget.policy import HANDBOOK_POLICY
from covet_sre.slo.stream import RatioTimeslices, Timeslices
from covet_sre.slo.window import RollingWindow
from covet_sre.units import Counts
from tests.engine.story import objective

END = 28_000_000


def budget_of(bad: int, total: int, target: str = "0.999", **changes: object):
    counts = Counts(bad, total)
    return account(objective(target=target, **changes), HANDBOOK_POLICY, counts, counts, END)


@pytest.mark.parametrize(
    ("bad", "total", "target", "remaining"),
    [
        (50, 100_000, "0.999", 0.5),  # 99.95 % against 99.9 %: half is left, not all of it
        (0, 100_000, "0.999", 1.0),
        (100, 100_000, "0.999", 0.0),
        (150, 100_000, "0.999", -0.5),
        (100_000, 100_000, "0.999", -999.0),
        (5, 100, "0.95", 0.0),
        (1, 2, "0", 0.5),
        (1, 1000, "0.999999", -999.0),
    ],
)
def test_what_is_left_of_a_budget(bad: int, total: int, target: str, remaining: float) -> None:
    budget = budget_of(bad, total, target)
    assert budget.remaining == remaining
    assert budget.spent == 1 - remaining


def test_no_events_are_no_budget_rather_than_a_full_one() -> None:
    assert budget_of(0, 0) is None
    assert budget_of(0, -5) is None


@given(bad=st.integers(0, 10**9), total=st.integers(1, 10**12), thousandths=st.integers(0, 9999))
def test_a_budget_equals_exact_fractions(bad: int, total: int, thousandths: int) -> None:
    target = Fraction(thousandths, 10_000)
    budget = budget_of(bad, total, str(target))
    allowed = (1 - target) * total
    assert budget.remaining == float(1 - bad / allowed)
    assert budget.allowed_events == float(allowed)
    assert budget.remaining_events == float(allowed - bad)
    assert budget.total_minutes == float((1 - target) * 43200)
    assert budget.remaining_minutes == pytest.approx(float((1 - target) * 43200) * budget.remaining)


@pytest.mark.parametrize(
    ("remaining", "tier"),
    [(0.51, "available"), (0.5, "depleted"), (0.11, "depleted"), (0.1, "exhausted"), (-3, "exhausted")],
)
def test_the_handbooks_tiers_end_where_it_says(remaining: float, tier: str) -> None:
    assert HANDBOOK_POLICY.tier(remaining).name == tier


@pytest.mark.parametrize(("budgeting", "scale"), [(Timeslices(5, 0.95), 1), (RatioTimeslices(5), 1_000_000)])
def test_a_budget_of_slices_is_told_in_slices(budgeting: object, scale: int) -> None:
    budget = budget_of(10 * scale, 1000 * scale, "0.9", budgeting=budgeting)
    assert (budget.allowed_events, budget.remaining_events, budget.remaining) == (100.0, 90.0, 0.9)


def test_a_window_shorter_than_a_day_has_a_budget_over_thirty_days() -> None:
    budget = budget_of(0, 10, window=RollingWindow(5))
    assert (budget.window_label, budget.window_minutes, budget.total_minutes) == ("30d", 43200, pytest.approx(43.2))
