"""Long runs and replays: `python -m tests.simulation --seeds 0:100000`, `python -m tests.simulation --seed 4711`."""

import argparse
import logging
import sys

import structlog

from tests.simulation.checkers import violations
from tests.simulation.figures import run_seeds
from tests.simulation.world import World


def main() -> int:
    """1 where an invariant is violated."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", default="0:5000", help="from:to, without the last")
    parser.add_argument("--seed", type=int, help="replay this one, with its trace")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if arguments.seed is not None:
        return _replay(arguments.seed)
    first, _, last = arguments.seeds.partition(":")
    figures = run_seeds(range(int(first), int(last)))
    print(figures.text())
    return 1 if figures.violations else 0


def _replay(seed: int) -> int:
    world = World(seed)
    print(f"seed {seed}: {', '.join(sorted(world.faults)) or 'no faults'}")
    history = world.run()
    print("\n".join(history.told))
    found = violations(history)
    print("\n".join(str(one) for one in found) or f"nothing is wrong; {history.digest()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
