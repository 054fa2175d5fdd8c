"""Fails when a test was skipped or expected to fail: what `make test` reports as passed has been run.

Reads the JUnit report that pytest writes, because that is complete with several workers too.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def not_run(report: Path) -> list[str]:
    """The tests without a verdict in a JUnit report, each with its reason. Raises ParseError for a broken report."""
    return [
        f"{case.get('classname')}.{case.get('name')}: {reason.get('message')}"
        for case in ElementTree.parse(report).iter("testcase")
        for reason in case.iter("skipped")
    ]


def main() -> int:
    """Print what was not run; exit status 1 if anything was not."""
    silent = not_run(Path(sys.argv[1]))
    for line in silent:
        print(f"not run: {line}", file=sys.stderr)
    return 1 if silent else 0


if __name__ == "__main__":
    raise SystemExit(main())
