"""A real server process, killed at any moment and started again: nothing is counted twice, nothing is lost."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from covet_sre.integrations.fakes import LyingServer
from servers.postgresql import PostgresqlCluster
from servers.prometheus import free_port
from tests.bad_input import fast_server
from tests.bad_input.installation import scrape, slo
from tests.exactness.driven import SERVICE


class Target:
    """Counts requests as fast as a thread can be bothered, while it is asked to."""

    def __init__(self) -> None:
        self.counted = {"200": 0, "500": 0}
        self._going = threading.Event()
        self._stop = threading.Event()
        self._guard = threading.Lock()
        self.server = LyingServer(self._exposition)
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def go(self) -> None:
        self._going.set()

    def rest(self) -> tuple[int, int]:
        """Count no more; bad and all requests so far."""
        self._going.clear()
        with self._guard:
            return self.counted["500"], sum(self.counted.values())

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.server.close()

    def _count(self) -> None:
        while not self._stop.wait(0.002):
            with self._guard:
                if self._going.is_set():
                    self.counted["200"] += 9
                    self.counted["500"] += 1

    def _exposition(self, _path: str) -> bytes:
        with self._guard:
            lines = [f'requests_total{{code="{code}"}} {value}' for code, value in self.counted.items()]
        return "\n".join([*lines, ""]).encode()


class Process:
    """The server as a process of its own."""

    def __init__(self, folder: Path, target: Target, database_url: str) -> None:
        files = folder / "reliability.yaml"
        files.write_text(SERVICE + scrape("shop", target.server.url) + slo("shop", "shop"))
        self._log = folder / "log"
        self._command = [sys.executable, fast_server.__file__, str(files), database_url]
        self._port, self._began = free_port(), time.time()
        self.start()

    def start(self) -> None:
        with self._log.open("a") as log:
            command = [*self._command, str(self._port), str(self._began)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def detail(self) -> dict[str, object] | None:
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/api/v1/slos/shop", timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None

    def counts(self) -> tuple[int, int] | None:
        told = self.detail()
        if told is None:
            return None
        month = next(window for window in told["windows"] if window["label"] == "30d")
        return month["bad"], month["total"]

    def until(self, wanted: tuple[int, int], within_seconds: float = 60.0) -> None:
        deadline = time.monotonic() + within_seconds
        while (found := self.counts()) != wanted:
            assert time.monotonic() < deadline, f"{found} instead of {wanted}: {self._log.read_text()[-3000:]}"
            assert self.process.poll() is None, self._log.read_text()[-3000:]
            time.sleep(0.1)

    @property
    def log(self) -> str:
        return self._log.read_text()


@pytest.fixture
def target() -> Iterator[Target]:
    made = Target()
    yield made
    made.close()


def live_through(process: Process, target: Target, kills: int, after_kill: object = None) -> None:
    dice = random.Random(11)
    try:
        process.until((0, 0))  # measured, and nothing happened yet
        while target.server.requests < 2:
            time.sleep(0.05)
        for _ in range(kills):
            target.go()
            time.sleep(dice.uniform(0.8, 2.5))
            process.kill()
            if callable(after_kill):
                after_kill()
            process.start()
        process.until(target.rest())
        # And so it stays: the next ticks add nothing.
        settled = process.counts()
        time.sleep(2.2)
        assert process.counts() == settled
        assert "Traceback" not in process.log
    finally:
        process.kill()


@pytest.mark.slow
def test_nothing_is_counted_twice_or_lost_over_kill_9_on_sqlite(tmp_path: Path, target: Target) -> None:
    live_through(Process(tmp_path, target, f"sqlite:///{tmp_path / 'ledger.db'}"), target, kills=6)


@pytest.mark.slow
@pytest.mark.postgresql
def test_nothing_is_counted_twice_or_lost_over_kill_9_on_postgresql(
    tmp_path: Path, target: Target, postgresql_cluster: PostgresqlCluster, postgresql_url: str
) -> None:
    name = postgresql_url.partition("@/")[2].partition("?")[0]

    def thirty_seconds_pass() -> None:
        """The killed server could not give up its right to measure; it runs out by itself."""
        postgresql_cluster.sql("UPDATE lease SET until_seconds = 0", name)

    live_through(Process(tmp_path, target, postgresql_url), target, 4, thirty_seconds_pass)
