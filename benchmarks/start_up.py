"""How long people wait: for `--help`, for `slo status` from a server, and for a server to be ready."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.commands import covet_sre, measured_command
from benchmarks.fleet import Fleet
from benchmarks.prometheus_process import binary, prometheus
from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.serving import serving

REPETITIONS = 15
STARTS = 5
SERVICES = 5
MOST_HELP_MILLISECONDS = 100.0
MOST_READY_SECONDS = 2.0


def run() -> list[Result]:
    """Measure over a server with five SLOs. Raises RuntimeError where a command fails."""
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name:
        folder = Path(name)
        with prometheus(folder / "prometheus", "global: {scrape_interval: 15s}\n") as source:
            files = Fleet(SERVICES, int(time.time() // 60), 1).write_files(folder / "files", source.url)
            database = folder / "ledger.db"
            ready = sample([_ready_seconds(files, database) for _ in range(STARTS + 1)][1:])
            with serving([files], database) as server:
                server.seconds_until("/readyz", lambda _: True)
                waits = _wall_milliseconds(
                    [covet_sre(), "--help"],
                    [binary("promtool"), "--help"],
                    [covet_sre(), "slo", "status", "--server", server.url],
                )
    ours, promtool, status = (sample(column) for column in waits)
    return [
        Result(
            name="covet-sre --help",
            unit="ms",
            ours=ours,
            peers={"promtool --help": promtool},
            target=f"< {MOST_HELP_MILLISECONDS:g}",
            met=ours.median < MOST_HELP_MILLISECONDS,
        ),
        Result("covet-sre slo status, from a server", "ms", status, {}, "none, for information", met=True),
        Result(
            name="covet-sre serve, from its start until it is ready",
            unit="s",
            ours=ready,
            peers={},
            target=f"<= {MOST_READY_SECONDS:g}",
            met=ready.median <= MOST_READY_SECONDS,
        ),
    ]


def _ready_seconds(files: Path, database: Path) -> float:
    with serving([files], database) as server:
        return server.seconds_until("/readyz", lambda _: True)


def _wall_milliseconds(*commands: Sequence[str]) -> list[list[float]]:
    """Each command in turn, again and again, the first time as a warm-up; one list for each command."""
    rounds = [[measured_command(one).wall_seconds * 1000 for one in commands] for _ in range(REPETITIONS + 1)][1:]
    return [list(column) for column in zip(*rounds, strict=True)]
