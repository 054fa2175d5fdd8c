"""docs/RELIABILITY.md: written by the programme, and by nobody else."""

import os
import platform
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.figures import Figures, bound, spread
from tests.chaos.power_cuts import Cuts
from tests.chaos.track_record import TRACK_RECORD

ROOT = Path(__file__).resolve().parent.parent.parent
PATH = ROOT / "docs" / "RELIABILITY.md"

_HEAD = """\
# Reliability, measured

Written by `make chaos`, and by nobody: every number on this page was counted by the run that it tells of.

**The promise**: every alert that is answered 2xx has exactly one durable disposition; every step of an escalation
that falls due is attempted, or something on the record stands against it; nobody is told twice of one step unless the
outcome of the first attempt is unknown.

"""

_HOW = """\
## How it is tried

Real servers (`covet-sre serve`) as processes of their own, on a real disk. Clients post new alerts, repetitions, ends
and batches at six doors and write down what was answered 2xx; people acknowledge, resolve and write notes by API and
by Slack's commands; a receiver writes down every notification that comes over the wire, refuses some (500, 429), and
takes some without ever answering. At random moments a server is killed (`kill -9`), in one of ten cases while it is
still starting, and is started again at once. Triggers in the database write down what each row went through, in the
same transaction. When all has come to rest, SQL over the database is held against what clients and receiver have
written down:

- every request that was answered 2xx is in the inbox once, was disposed of once, and each of its alerts has its
  disposition;
- each alert fires or is over as its sender said last; what people were told is done is on the timeline;
- no service has two open incidents that belong together; every timeline's chain of digests is whole, and folds to the
  incident that is kept;
- every step that fell due was taken within 30 s, or called off before (of two servers: and 10 s more, a lease, for each
  further fault meanwhile); every notification was delivered (and the receiver had it), or given up or cancelled with an
  entry on the timeline;
- what the receiver took twice, it had left unanswered, or the server was killed in between; and never after the
  delivery was on record.

The checks themselves are tried on histories that break each promise (`tests/chaos/test_checks.py`).

"""

_POWER = """\
## Power cuts

Every write, truncation, sync and deletion that SQLite asks the system for is recorded while a store is opened, accepts,
decides, records notifications, is closed and opened again (with a checkpoint after 30 pages of the log instead of
1,000). Then the power is cut after each of these calls, in up to six variants: what was not synced is all lost, all
there, there in part and in another order, only the last of it, the last of it torn, or a part of it with one write
torn, at sectors of 512 bytes. Each time the file must be sound, and everything must be there that was promised before
the cut. The same enumeration with `synchronous = NORMAL` loses much (a test holds it to that).

"""

_NOT_COVERED = """\
## What is not covered

- Power cuts are enumerated in a model of the disk (below), and not with a plug. PostgreSQL's own durability is taken
  for granted: its cluster here runs without fsync, and is restarted, not unplugged.
- One machine: no network partitions between servers and database beyond closed connections, and no clocks that
  differ. The simulation has them.
- Targets are webhooks of this repository. Whether PagerDuty, Slack or a mail server wake somebody twice for one key
  is theirs to say.
- Most starts after a kill are forked from a process that has the modules imported, so that kills come quickly; one in
  ten is the command itself, and its times are given apart.
- `Idempotency-Key`s of people's requests are remembered by the process: sent again after a kill, a note can stand
  there twice.
- On PostgreSQL, a notification that was on its way when its server was killed is attempted again only when its claim
  has run out, 26 s after it began: another server may be at it. On SQLite nobody else can, and it is attempted at once.

"""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that one run of the programme found. `commit` is what was run."""

    commit: str

    figures: Sequence[Figures]
    cuts: Cuts | None
    simulation: str


def write_report(run: Run, command: str) -> None:
    PATH.write_text("".join(_parts(run, command)))


def _parts(run: Run, command: str) -> Iterator[str]:
    yield _HEAD
    yield _summary(run, command)
    yield _HOW
    for figures in run.figures:
        yield _section(figures)
    if run.cuts is not None:
        yield _power(run.cuts)
    if run.simulation:
        yield "## Simulation\n\nThe production code of the desk in a simulated world, every seed replayable:\n\n"
        yield f"```text\n{run.simulation}\n```\n\n"
    yield _NOT_COVERED
    yield _record()


def _summary(run: Run, command: str) -> str:
    kills = sum(figures.kills for figures in run.figures)
    broken = sum(len(figures.violations) for figures in run.figures)
    accepted = sum(figures.counts["alerts accepted"] for figures in run.figures)
    sent = sum(figures.counts["attempts on the wire"] for figures in run.figures)
    lines = [
        ("Commit", run.commit),
        ("Date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("Machine", f"{os.cpu_count()} processors, {_memory()}, {platform.system()} {platform.release()}, {_python()}"),
        ("Command", f"`{command}`"),
        ("Kills (`kill -9`)", f"{kills:,}"),
        ("Alerts accepted", f"{accepted:,}"),
        ("Attempts to notify", f"{sent:,}"),
        (
            "Promises broken",
            f"**{broken}**"
            + ("" if broken else f": with 95 % confidence, fewer than {bound(kills)} of kills break one (3/n)"),
        ),
    ]
    return "| | |\n|---|---|\n" + "".join(f"| {name} | {value} |\n" for name, value in lines) + "\n"


def _section(figures: Figures) -> str:
    faults = ", ".join(f"{count} × {kind}" for kind, count in figures.faults.items())
    lines = [f"## {figures.name}\n\nSeed {figures.seed}, {figures.seconds:.0f} s: {faults}.\n\n| | |\n|---|---|\n"]
    lines += [f"| {what} | {count:,} |\n" for what, count in figures.counts.items()]
    lines.append(f"| promises broken | **{len(figures.violations)}** |\n\n")
    lines.append("| Seconds | measured | median / p99 / max |\n|---|---|---|\n")
    lines += [f"| {what} | {len(all_):,} | {spread(all_)} |\n" for what, all_ in figures.measured.items() if all_]
    lines.append("\n")
    lines += [f"- broken: {violation}\n" for violation in figures.violations[:20]]
    return "".join(lines) + ("\n" if figures.violations else "")


def _power(cuts: Cuts) -> str:
    rows = (
        ("points at which the power was cut", f"{cuts.points:,}"),
        ("cuts, in all variants", f"{cuts.variants:,}"),
        ("of them opened by our own store as well", f"{cuts.opened:,}"),
        ("promises lost", f"**{len(cuts.lost)}**"),
        ("files damaged", f"**{len(cuts.damaged)}**"),
    )
    table = "".join(f"| {what} | {count} |\n" for what, count in rows)
    return f"{_POWER}| | |\n|---|---|\n{table}\nWith none: fewer than {bound(cuts.variants)} of such cuts (95 %).\n\n"


def _record() -> str:
    rows = "".join(
        f"| {one.day} | {one.what} | {one.found_by} | {one.mended_by} | `{one.reproduced_by}` |\n"
        for one in TRACK_RECORD
    )
    return (
        "## Track record\n\nEvery broken promise that these tests ever found, before anybody else did.\n\n"
        f"| Day | What was broken | Found by | Mended by | Seen again with |\n|---|---|---|---|---|\n{rows}"
    )


def present_commit() -> str:
    """What is run now, and whether it was changed since."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/RELIABILITY.md")
    return f"`{git('rev-parse', '--short=12', 'HEAD')}`" + (" with changes" if changed else "")


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _python() -> str:
    return f"Python {platform.python_version()}"
