"""10,000 SLOs over one Prometheus: whether a tick is done long before the next minute is due."""

import tempfile
import time
from pathlib import Path

from benchmarks.engine_process import Turn, engine_process
from benchmarks.feed import Feed
from benchmarks.fleet import Fleet
from benchmarks.prometheus_process import prometheus
from benchmarks.result import Result
from benchmarks.samples import sample

SERVICES = 10_000
TICKS = 6
MOST_SECONDS = 60.0


def run() -> list[Result]:
    """Some ticks with an empty ledger: a tick's work does not depend on how much lies in it."""
    first_tick = int(time.time() // 60) - TICKS - 1
    fleet = Fleet(SERVICES, first_tick - 5, TICKS + 7)
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name:
        folder = Path(name)
        with prometheus(folder / "prometheus", "global: {scrape_interval: 15s}\n") as server:
            feed = Feed(fleet, server.url)
            files = fleet.write_files(folder / "files", server.url)
            feed.begin(first_tick)
            turns: list[Turn] = []
            spent: list[float] = []
            with engine_process([files], folder / "ledger.db") as engine:
                engine.turn(first_tick)
                for minute in range(first_tick, first_tick + TICKS):
                    feed.push(minute)
                    before = server.cpu_seconds()
                    turns.append(engine.turn(minute + 1))
                    spent.append(server.cpu_seconds() - before)
                memory_bytes = engine.resident_bytes
    wall = sample([turn.wall_seconds for turn in turns[1:]])
    both = sample([turn.cpu_seconds + other for turn, other in zip(turns, spent, strict=True)][1:])
    return [
        Result(
            name=f"a tick of {SERVICES:,} SLOs, from its start to the published numbers",
            unit="s",
            ours=wall,
            peers={},
            target=f"<= {MOST_SECONDS:g}: it keeps up with one minute",
            met=wall.p75 <= MOST_SECONDS,
            note=f"{both.median:.2f} CPU-s in both processes; {memory_bytes / 1e6:.0f} MB resident in all",
        )
    ]
