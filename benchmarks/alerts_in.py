"""Alerts a second over HTTP, beside Alertmanager, which has them in memory only: ours are on the disk when answered."""

import statistics
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.alert_house import ENVIRONMENT, write_house
from benchmarks.alert_load import CONNECTIONS, Load, Measured, sent
from benchmarks.alert_posts import waiting
from benchmarks.alertmanager_process import Watched, alertmanager
from benchmarks.postgresql_process import Postgresql, postgresql
from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.serving import serving

ROUNDS = 5
WARM_UP_SECONDS = 1
MOST_P99_MILLISECONDS = 50.0
DISPOSED_WITHIN_SECONDS = 30.0
PEER = "Alertmanager 0.25"


@dataclass(frozen=True)
class _Case:
    name: str
    load: Load
    least_ratio: float
    seconds: int


SINGLE = Load(1, distinct=True)
# A second of batches is more than the storm that is to be disposed of within 30.
CASES = (
    _Case("single posts", SINGLE, 0.5, 3),
    _Case("batches of 100, distinct", Load(100, distinct=True), 1.0, 1),
    _Case("batches of 100, repeated", Load(100, distinct=False), 1.5, 1),
)


@dataclass(frozen=True)
class _Round:
    """What one server did with one load; `lag_seconds` from the end of the load until all of it was disposed of."""

    measured: Measured
    cpu_microseconds: float
    lag_seconds: float = 0.0


def run() -> list[Result]:
    """All servers in turn with each load, round by round, each from an empty start."""
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name, postgresql() as cluster:
        folder = Path(name)
        return [result for case in CASES for result in _results(case, _rounds(folder, cluster, case))]


def _rounds(folder: Path, cluster: Postgresql, case: _Case) -> dict[str, list[_Round]]:
    rounds: dict[str, list[_Round]] = {PEER: [], "SQLite": [], "PostgreSQL": []}
    house = write_house(folder / "house")
    for number in range(ROUNDS):
        here = folder / f"{case.name}-{number}"
        with alertmanager(here) as peer:
            rounds[PEER].append(_round(peer, case))
        with _ours(house, here / "covet-sre.db") as server:
            rounds["SQLite"].append(_round(server, case))
        with _ours(house, cluster.new_database()) as server:
            rounds["PostgreSQL"].append(_round(server, case))
    return rounds


@contextmanager
def _ours(house: Path, database: Path | str) -> Generator[Watched]:
    with serving([house], database, ENVIRONMENT) as server:
        server.seconds_until("/-/healthy", lambda _: True)
        yield Watched(server.url, server.process.pid)


def _round(server: Watched, case: _Case) -> _Round:
    sent(server.url, SINGLE, WARM_UP_SECONDS)
    before = server.cpu_seconds()
    measured = sent(server.url, case.load, case.seconds)
    ended = time.perf_counter()
    cpu_seconds = server.cpu_seconds() - before
    while waiting(server.url):
        time.sleep(0.1)
    return _Round(measured, cpu_seconds / (measured.alerts_a_second * case.seconds) * 1e6, time.perf_counter() - ended)


def _results(case: _Case, rounds: dict[str, list[_Round]]) -> list[Result]:
    peer = rounds.pop(PEER)
    return [one for database, own in rounds.items() for one in _compared(case, database, own, peer)]


def _compared(case: _Case, database: str, own: list[_Round], peer: list[_Round]) -> list[Result]:
    name = f"{case.name}, {database}"
    pairs = zip(own, peer, strict=True)
    ratio = sample([ours.measured.alerts_a_second / theirs.measured.alerts_a_second for ours, theirs in pairs])
    lag = max(one.lag_seconds for one in own)
    results = [
        Result(
            name=f"{name}: alerts a second",
            unit="of Alertmanager's",
            ours=ratio,
            peers={},
            target=f">= {case.least_ratio}",
            met=ratio.median >= case.least_ratio and lag <= DISPOSED_WITHIN_SECONDS,
            note=f"{_rate(own):,.0f} a second beside {_rate(peer):,.0f}, {CONNECTIONS} connections, {case.seconds} s a "
            f"round; {_cpu(own):.0f} us of CPU an alert beside {_cpu(peer):.0f}; all disposed of {lag:.1f} s after the "
            f"last at the latest; {max(one.measured.refused for one in own):.0%} told to come again, not counted",
        )
    ]
    if case.load.alerts == 1:
        p99 = sample([one.measured.p99_milliseconds for one in own])
        theirs = sample([one.measured.p99_milliseconds for one in peer])
        met = p99.median < MOST_P99_MILLISECONDS
        results.append(Result(f"{name}: p99", "ms", p99, {PEER: theirs}, f"< {MOST_P99_MILLISECONDS:g}", met))
    return results


def _rate(rounds: list[_Round]) -> float:
    return statistics.median(one.measured.alerts_a_second for one in rounds)


def _cpu(rounds: list[_Round]) -> float:
    return statistics.median(one.cpu_microseconds for one in rounds)
