"""Four real uvicorn workers under load, one of them killed: what a client was answered is what is counted."""

import contextlib
import http.client
import logging
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from asgi_client import Samples, parse

from covet_sre_sdk import Metrics
from covet_sre_sdk.families import JOBS
from covet_sre_sdk.workers import count_workers

CLIENTS = 8
REQUESTS_EACH = 150


@contextlib.contextmanager
def uvicorn_workers(workers: int, variables: dict[str, str], log: Path) -> Generator[int]:
    """A server of so many workers on a free port, once all of them have started."""
    command = [sys.executable, "-m", "uvicorn", "worker_app:app", "--workers", str(workers), "--port", "0"]
    environment = {**os.environ, **variables}
    with (
        log.open("w") as errors,
        subprocess.Popen(command, cwd=Path(__file__).parent, env=environment, stderr=errors) as server,
    ):
        try:
            deadline = time.monotonic() + 60
            while log.read_text().count("Application startup complete") < workers:
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            address = re.search(r"running on http://127\.0\.0\.1:(\d+)", log.read_text())
            assert address is not None
            yield int(address.group(1))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(30)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A server of four workers that share their counts."""
    with uvicorn_workers(4, {"COVET_SRE_MULTIPROCESS_DIR": str(tmp_path / "shared")}, tmp_path / "log") as port:
        yield port


class Load:
    """Clients that count what they were answered: (kind, status) -> how many. A broken request is not sent again."""

    def __init__(self, port: int, requests_each: int) -> None:
        self.answered: Counter[tuple[str, int]] = Counter()
        self.broken = 0
        self.workers: set[int] = set()
        self._port = port
        self._requests_each = requests_each
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _client(self, number: int) -> None:
        for turn in range(self._requests_each):
            kind = ("fine", "bad", "slow")[(turn + number) % 3]
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
            try:
                connection.request("GET", f"/work/{kind}")
                response = connection.getresponse()
                worker = int(response.read())
            except (OSError, http.client.HTTPException):
                with self._lock:
                    self.broken += 1
            else:
                with self._lock:
                    self.answered[kind, response.status] += 1
                    self.workers.add(worker)
            finally:
                connection.close()

    def finish(self) -> None:
        for thread in self._threads:
            thread.join()


def scrape(port: int) -> Samples:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return parse(text)


def counted(found: Samples) -> dict[str, float]:
    return {
        dict(labels)["code"]: count
        for (name, labels), count in found.items()
        if name == "http_requests_total" and count
    }


def by_code(load: Load) -> Counter[str]:
    codes: Counter[str] = Counter()
    for (_kind, status), count in load.answered.items():
        codes[str(status)] += count
    return codes


def test_four_workers_count_as_one_through_the_death_of_one(port: int) -> None:
    calm = Load(port, REQUESTS_EACH)
    calm.finish()
    assert calm.broken == 0
    assert len(calm.workers) > 1
    before = counted(scrape(port))
    assert before == by_code(calm)  # exactly, whichever worker is asked

    storm = Load(port, 2 * REQUESTS_EACH)
    totals: list[float] = []
    for turn in range(20):
        if turn == 5:
            os.kill(min(calm.workers), signal.SIGKILL)
        with_a_broken_scrape_allowed(port, totals)
        time.sleep(0.02)
    storm.finish()
    assert totals == sorted(totals)  # never back

    after = counted(scrape(port))
    unanswered = sum(after.values()) - sum(before.values()) - sum(storm.answered.values())
    # Counted before it is sent: no answer is missing. What the killed worker was about to send may be counted.
    assert 0 <= unanswered <= storm.broken
    for code, answered in (by_code(calm) + by_code(storm)).items():
        assert after[code] >= answered
    assert storm.broken <= CLIENTS

    wait_for_the_new_worker = Load(port, REQUESTS_EACH)
    wait_for_the_new_worker.finish()
    final = counted(scrape(port))
    assert {code: final[code] - after[code] for code in final} == by_code(wait_for_the_new_worker)
    found = scrape(port)
    assert found["http_requests_in_flight", frozenset()] == 0


def with_a_broken_scrape_allowed(port: int, totals: list[float]) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):  # it was with the worker that was killed
        totals.append(sum(counted(scrape(port)).values()))


@pytest.mark.parametrize(
    ("arguments", "environment", "workers"),
    [
        (["uvicorn", "app:app", "--workers", "4"], {}, 4),
        (["uvicorn", "app:app", "--workers=3"], {}, 3),
        (["gunicorn", "-w", "2", "app:app"], {}, 2),
        (["gunicorn", "-w2", "app:app"], {}, 2),
        (["uvicorn", "app:app"], {"WEB_CONCURRENCY": "5"}, 5),
        (["uvicorn", "app:app", "--workers"], {}, 1),
        (["uvicorn", "app:app"], {"WEB_CONCURRENCY": "auto"}, 1),
    ],
)
def test_workers_are_seen_where_they_are_asked_for(
    arguments: list[str], environment: dict[str, str], workers: int
) -> None:
    assert count_workers(arguments, environment) == workers


def test_workers_that_share_nothing_are_warned_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("COVET_SRE_MULTIPROCESS_DIR", raising=False)
    monkeypatch.setenv("WEB_CONCURRENCY", "4")
    with caplog.at_level(logging.WARNING):
        metrics = Metrics()
        for _ in range(3):
            metrics.observe(JOBS, ("email", "late"), 0.1)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "COVET_SRE_MULTIPROCESS_DIR" in caplog.text


def test_real_workers_that_share_nothing_say_so(tmp_path: Path) -> None:
    with uvicorn_workers(2, {"COVET_SRE_MULTIPROCESS_DIR": ""}, tmp_path / "log") as port:
        scrape(port)
    assert "each counts for itself" in (tmp_path / "log").read_text()


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("COVET_SRE_MULTIPROCESS_DIR", str(tmp_path / "counts"))
    metrics = Metrics()
    assert not (tmp_path / "counts").exists()  # an import touches no folder
    metrics.observe(JOBS, ("email", "late"), 0.1)
    assert len(list((tmp_path / "counts").glob("*.cells"))) == 1
