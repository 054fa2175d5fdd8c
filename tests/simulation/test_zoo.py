"""Every bug of the zoo is caught, by the checker that is named for it, within a bounded number of seeds."""

import pytest

from tests.simulation.checkers import violations
from tests.simulation.world import World
from tests.simulation.zoo import BUGS, Bug

MOST_SEEDS = 400


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_caught(bug: Bug, monkeypatch: pytest.MonkeyPatch, record_property) -> None:
    bug.plant(monkeypatch)
    others: set[str] = set()
    for seed in range(MOST_SEEDS):
        found = {one.invariant for one in violations(World(seed, bug.faults).run())}
        if bug.caught_by in found:
            record_property("seeds", seed + 1)
            print(f"{bug.name}: caught by {bug.caught_by} after {seed + 1} seeds")
            return
        others |= found
    pytest.fail(f"{bug.caught_by} did not see it in {MOST_SEEDS} seeds; others: {sorted(others) or 'none'}")
