"""Whatever fails, and in whatever order: every invariant holds in every world.

`SEED=4711` has one replayed with its trace, which pytest shows when it fails, or with `-s`.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.checkers import violations
from tests.simulation.faults import Fault
from tests.simulation.figures import Figures, run_seeds
from tests.simulation.world import World

SEEDS, TOGETHER = 5_000, 500

ROOT = Path(__file__).resolve().parents[2]


def _count_the_faults(figures: Figures) -> None:
    missing = [fault.name for fault in Fault if not figures.faults[fault.name]]
    assert not missing, f"in {figures.seeds} worlds these never happened: {missing}"


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, SEEDS, TOGETHER))
def test_every_invariant_holds_in_every_world(first: int) -> None:
    figures = run_seeds(range(first, first + TOGETHER))
    assert not figures.violations, f"{figures.text()}\nreplay one: SEED={figures.violations[0][0]}"
    _count_the_faults(figures)


def test_one_seed_is_replayed_with_its_trace() -> None:
    history = World(int(os.environ.get("SEED", "0"))).run()
    print("\n".join(history.told))
    assert [str(one) for one in violations(history)] == []


def test_the_same_seed_gives_the_same_history() -> None:
    for seed in range(50):
        first, second = World(seed).run(), World(seed).run()
        assert first.told == second.told
        assert first.digest() == second.digest()


def test_the_same_seed_gives_the_same_history_in_another_process() -> None:
    """Sets and dictionaries have another order there: nothing may follow from it."""
    code = (
        "import logging, structlog; "
        "structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)); "
        "from tests.simulation.world import World; "
        "print(' '.join(World(seed).run().digest() for seed in range(100)))"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(digests) == 1
