"""Every bug of the zoo is caught, by the checker that is named for it, within a bounded number of seeds."""

import pytest

from tests.simulation.zoo import BUGS, Bug, hunt

MOST_SEEDS = 400


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Bug) -> None:
    seeds, others = hunt(bug, MOST_SEEDS)
    assert seeds, f"{bug.caught_by} did not see it in {MOST_SEEDS} seeds; others: {sorted(others) or 'none'}"
    print(f"caught by {bug.caught_by} after {seeds} seeds")
