"""`make chaos`: kills servers under load, checks what they leave, prints the figures and writes docs/RELIABILITY.md."""

import argparse
import sys
from pathlib import Path

from tests.chaos.figures import Figures, bound, spread
from tests.chaos.runs import on_postgresql, on_sqlite


def main() -> int:
    """Exit status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=500, help="kill -9 on SQLite")
    parser.add_argument("--postgresql-kills", type=int, default=50, help="kill -9 on PostgreSQL, with other faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for what is left: databases, logs, what was on the wire")
    asked = parser.parse_args()
    runs: list[Figures] = []
    if asked.kills:
        runs.append(_told(on_sqlite(asked.kills, asked.seed, asked.keep and asked.keep / "sqlite")))
    if asked.postgresql_kills:
        runs.append(_told(on_postgresql(asked.postgresql_kills, asked.seed, asked.keep and asked.keep / "postgresql")))
    return 1 if any(run.violations for run in runs) else 0


def _told(run: Figures) -> Figures:
    faults = ", ".join(f"{count} x {kind}" for kind, count in run.faults.items())
    print(f"{run.name}, seed {run.seed}, {run.seconds:.0f} s: {faults}")
    for what, count in run.counts.items():
        print(f"  {what}: {count}")
    for what, seconds in run.measured.items():
        if seconds:
            print(f"  {what}: {spread(seconds)} s (median / p99 / max of {len(seconds)})")
    print(f"  violations: {len(run.violations)}; with none, less than {bound(run.kills)} of kills break a promise (95 %)")
    for violation in run.violations[:50]:
        print(f"    {violation}")
    sys.stdout.flush()
    return run


if __name__ == "__main__":
    raise SystemExit(main())
