"""Long runs, replays, and the zoo: `python -m tests.simulation --seeds 0:100000`, `--seed 4711`, `--zoo`."""

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
    parser.add_argument("--zoo", action="store_true", help="how many seeds it takes to catch each planted bug")
    arguments = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    if arguments.seed is not None:
        return _replay(arguments.seed)
    if arguments.zoo:
        return _hunt()
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


def _hunt() -> int:
    from tests.simulation.zoo import BUGS, hunt

    caught = [(bug, hunt(bug, 1000)[0]) for bug in BUGS]
    for bug, seeds in caught:
        print(f"{seeds or 'never':>6}  {bug.caught_by:6} {bug.name}")
    return 0 if all(seeds for _, seeds in caught) else 1


if __name__ == "__main__":
    sys.exit(main())
