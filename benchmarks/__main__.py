"""Runs the benchmarks: `python -m benchmarks --date 2026-01-31`, or some of them by name.

A benchmark is a module of this folder with `run() -> list[Result]`. RESULTS.md gets a section of each that was run.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.report import (
    Outcome,
    machine_lines,
    results_page,
    section,
    sections_of,
    terminal_lines,
)
from benchmarks.runner import benchmark_names, measure

FOLDER = Path(__file__).parent
RESULTS = FOLDER / "RESULTS.md"


def main() -> int:
    """Print each figure beside its target; exit status 1 when a target was missed or a benchmark failed."""
    names = benchmark_names(FOLDER)
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"only these, of: {', '.join(names)}")
    parser.add_argument("--date", required=True, help="the day that RESULTS.md states, such as 2026-01-31")
    options = parser.parse_args()
    if unknown := set(options.names) - set(names):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")

    outcomes: list[Outcome] = []
    for name in options.names or names:
        outcome = measure(FOLDER, name)
        outcomes.append(outcome)
        print("\n".join(terminal_lines(outcome)), flush=True)
    machine = machine_lines()
    measured = {outcome.module: section(outcome, options.date, machine) for outcome in outcomes}
    page = RESULTS.read_text() if RESULTS.exists() else ""
    kept = {name: text for name, text in sections_of(page).items() if name in names}
    RESULTS.write_text(results_page({**kept, **measured}))
    print(f"written: {RESULTS}")
    return 0 if outcomes and all(outcome.met for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
