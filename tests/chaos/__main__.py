"""`make chaos`: kills servers under load, checks what they leave, prints the figures and writes docs/RELIABILITY.md."""

import argparse
import logging
import sys
import tempfile
import time
from pathlib import Path

import structlog

from tests.chaos.figures import Figures, bound, spread
from tests.chaos.power_cuts import Cuts, Scenario, checkpoints_often, cut_everywhere
from tests.chaos.report import PATH, Run, present_commit, write_report
from tests.chaos.runs import on_postgresql, on_sqlite


def main() -> int:
    """Exit status 1 when a promise was broken."""
    asked = _arguments()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    commit, runs = present_commit(), list[Figures]()
    if asked.kills:
        kept = asked.keep and asked.keep / "sqlite"
        runs.append(_told(on_sqlite(asked.kills, asked.seed, kept, cold_every=asked.cold_every)))
    if asked.postgresql_kills:
        kept = asked.keep and asked.keep / "postgresql"
        runs.append(_told(on_postgresql(asked.postgresql_kills, asked.seed, kept)))
    cuts = _power_cuts(asked.cuts_steps, asked.seed) if asked.cuts_steps else None
    simulation, is_simulated = _simulated(asked.simulated) if asked.simulated else ("", True)
    if not asked.no_report:
        write_report(
            Run(commit, runs, cuts, simulation), f'make chaos KILLS={asked.kills} CHAOS_ARGUMENTS="{_rest(asked)}"'
        )
        print(f"written: {PATH}")
    broken = any(run.violations for run in runs) or (cuts is not None and bool(cuts.lost or cuts.damaged))
    return 1 if broken or not is_simulated else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="kill -9 of one server on SQLite; 0 leaves it out")
    parser.add_argument("--cold-every", type=int, default=10, help="each so-manieth start is the command itself")
    parser.add_argument(
        "--postgresql-kills", type=int, default=50, help="kill -9 of two on PostgreSQL; 0 leaves it out"
    )
    parser.add_argument("--cuts-steps", type=int, default=30, help="how long the scenario of the power cuts is")
    parser.add_argument("--simulated", type=int, default=1000, help="seeds of the simulation; 0 leaves it out")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--keep", type=Path, help="a new folder for what is left: databases, logs, what was on the wire"
    )
    parser.add_argument("--no-report", action="store_true", help="leave docs/RELIABILITY.md as it is")
    return parser.parse_args()


def _rest(asked: argparse.Namespace) -> str:
    names = ("postgresql_kills", "cuts_steps", "simulated", "seed")
    return " ".join(f"--{name.replace('_', '-')} {getattr(asked, name)}" for name in names)


def _told(run: Figures) -> Figures:
    faults = ", ".join(f"{count} x {kind}" for kind, count in run.faults.items())
    print(f"{run.name}, seed {run.seed}, {run.seconds:.0f} s: {faults}")
    for what, count in run.counts.items():
        print(f"  {what}: {count}")
    for what, seconds in run.measured.items():
        if seconds:
            print(f"  {what}: {spread(seconds)} s (median / p99 / max of {len(seconds)})")
    print(f"  promises broken: {len(run.violations)}; with none, in less than {bound(run.kills)} of kills (95 %)")
    for violation in run.violations[:50]:
        print(f"    {violation}")
    sys.stdout.flush()
    return run


def _power_cuts(steps: int, seed: int) -> Cuts:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="covet-sre-cuts-") as folder, checkpoints_often():
        recorded, cuts_in = Path(folder) / "recorded", Path(folder) / "cuts"
        recorded.mkdir()
        cuts_in.mkdir()
        cuts = cut_everywhere(Scenario(recorded, steps, seed).record(), cuts_in, seed=seed)
    print(f"power cuts, {time.monotonic() - began:.0f} s: {cuts.points} points, {cuts.variants} variants")
    print(f"  promises lost: {len(cuts.lost)}, files damaged: {len(cuts.damaged)}; {bound(cuts.variants)} (95 %)")
    for problem in [*cuts.lost[:10], *cuts.damaged[:10]]:
        print(f"    {problem[:300]}")
    sys.stdout.flush()
    return cuts


def _simulated(seeds: int) -> tuple[str, bool]:
    """Its figures, and whether every world kept its promises."""
    from tests.simulation.figures import run_seeds

    figures = run_seeds(range(seeds))
    text = figures.text()
    print(f"simulation: {text}")
    return text, not figures.violations


if __name__ == "__main__":
    raise SystemExit(main())
