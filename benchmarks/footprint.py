"""What 1,000 SLOs with 30 days of ledger take: memory, disk, and time until the first numbers after a start."""

import tempfile
import time
from pathlib import Path

from benchmarks.engine_process import engine_process
from benchmarks.feed import Feed
from benchmarks.fleet import Fleet
from benchmarks.past import write_past
from benchmarks.prometheus_process import prometheus
from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.serving import has_budget, serving

SERVICES = 1000
WINDOW_MINUTES = 30 * 1440
TICKS = 15
STARTS = 5
MOST_MEMORY_MB, MOST_DISK_MB, MOST_START_SECONDS = 60, 100, 3.0
_MARGIN_MINUTES = 5


def run() -> list[Result]:
    """Ticks in the past until now, then starts in the present, over one ledger."""
    first_tick = int(time.time() // 60) - TICKS
    fleet = Fleet(SERVICES, first_tick - WINDOW_MINUTES, WINDOW_MINUTES + TICKS + _MARGIN_MINUTES)
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name:
        folder = Path(name)
        with prometheus(folder / "prometheus", "global: {scrape_interval: 15s}\n") as server:
            files = fleet.write_files(folder / "files", server.url)
            database = folder / "ledger.db"
            write_past(database, files, fleet, first_tick)
            memory = _memory_bytes(files, database, Feed(fleet, server.url), first_tick) - _empty_bytes(folder, files)
            disk = sum(file.stat().st_size for file in folder.glob("ledger.db*"))
            starts = [_start_seconds(files, database) for _ in range(STARTS + 1)][1:]
    return [
        _result("memory above an empty start", "MB", [memory / 1e6], MOST_MEMORY_MB, f"resident, after {TICKS} ticks"),
        _result("disk", "MB", [disk / 1e6], MOST_DISK_MB, "SQLite, its log included"),
        _result("from the start to the first budgets", "s", starts, MOST_START_SECONDS, "the wall time of serve"),
    ]


def _result(name: str, unit: str, values: list[float], most: float, note: str) -> Result:
    measured = sample(values)
    return Result(
        name=f"{name}, {SERVICES:,} SLOs and 30 days",
        unit=unit,
        ours=measured,
        peers={},
        target=f"<= {most:g}",
        met=measured.median <= most,
        note=note,
    )


def _memory_bytes(files: Path, database: Path, feed: Feed, first_tick: int) -> int:
    """Resident memory after some ticks, with the statuses of all SLOs made."""
    feed.begin(first_tick)
    with engine_process([files], database) as engine:
        engine.turn(first_tick)
        for minute in range(first_tick, first_tick + TICKS):
            feed.push(minute)
            engine.turn(minute + 1)
        return engine.resident_bytes


def _empty_bytes(folder: Path, files: Path) -> int:
    """The same process with the same source and service, and no SLO."""
    with engine_process([files / "shared.yaml"], folder / "empty.db") as engine:
        minute = int(time.time() // 60)
        for _ in range(TICKS):
            engine.turn(minute := minute + 1)
        return engine.resident_bytes


def _start_seconds(files: Path, database: Path) -> float:
    with serving([files], database) as server:
        return server.seconds_until("/api/v1/slos?limit=1", has_budget)
