"""No event is lost when many threads count at once, begin and end."""

import asyncio
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgi_client import requests_counted, samples, value

from covet_sre_sdk import Metrics, ReliabilityMiddleware
from covet_sre_sdk.families import JOBS

THREADS = 24
EVENTS = 400


@pytest.fixture(autouse=True)
def threads_that_interrupt_each_other() -> Iterator[None]:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


def in_threads(work: Any) -> None:
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_no_job_is_lost_among_threads_that_count_the_same(metrics: Metrics) -> None:
    def work() -> None:
        for _ in range(EVENTS):
            metrics.observe(JOBS, ("email", "late"), 0.5)

    in_threads(work)
    assert value(samples(metrics), "background_jobs_total", job_type="email", outcome="late") == THREADS * EVENTS
    in_threads(work)
    found = samples(metrics)
    assert value(found, "background_jobs_total", job_type="email", outcome="late") == 2 * THREADS * EVENTS
    assert value(found, "background_job_duration_seconds_sum", job_type="email") == THREADS * EVENTS


def test_a_scrape_while_threads_come_and_go_never_goes_back(metrics: Metrics) -> None:
    stop = threading.Event()
    seen: list[float] = []

    def work() -> None:
        for _ in range(EVENTS):
            metrics.observe(JOBS, ("email", "failed"), 0.01)

    def scrape() -> None:
        while not stop.is_set():
            cells = metrics.totals().events.get(("background_jobs_total", "email", "failed"), [0, 0])
            seen.append(sum(cells[:-1]))

    scraper = threading.Thread(target=scrape)
    scraper.start()
    for _ in range(3):
        in_threads(work)
    stop.set()
    scraper.join()
    assert seen == sorted(seen)
    found = samples(metrics)
    assert value(found, "background_jobs_total", job_type="email", outcome="failed") == 3 * THREADS * EVENTS


def test_no_request_is_lost_among_event_loops_in_several_threads(metrics: Metrics) -> None:
    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def nothing(_message: Any = None) -> Any:
        return None

    measured: Any = ReliabilityMiddleware(app, metrics=metrics)

    async def requests() -> None:
        for _ in range(EVENTS):
            await measured({"type": "http", "method": "GET", "path": "/"}, nothing, nothing)

    in_threads(lambda: asyncio.run(requests()))
    assert requests_counted(metrics) == {"GET unmatched 200": THREADS * EVENTS}
    assert value(samples(metrics), "http_requests_in_flight") == 0


def test_ended_threads_do_not_accumulate(tmp_path: Any) -> None:
    metrics = Metrics(tmp_path)
    for _ in range(3):
        in_threads(lambda: metrics.observe(JOBS, ("email", "late"), 0.5))
        metrics.totals()
    assert list(tmp_path.glob("*.cells")) == []
    assert len(list(tmp_path.glob("departed-*.json"))) == 1
