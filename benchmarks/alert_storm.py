"""A storm: 100,000 alerts of one outage, from several senders at once, while another team has a problem too."""

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from pathlib import Path

from benchmarks.alert_house import (
    ENVIRONMENT,
    QUIET_SERVICE,
    STORM_SERVICE,
    alert,
    batches,
    body,
    responders,
    write_house,
)
from benchmarks.alert_posts import CLIENTS, get, post, pour, waiting
from benchmarks.pages_received import Receiver, receiver
from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.serving import Serving, serving

ALERTS = 100_000
STORMS = 3
MOST_SECONDS, MOST_PAGE_SECONDS, MOST_MEMORY_MIB = 30.0, 10.0, 512.0
_OTHER_AFTER_SECONDS = 1.0


@dataclass(frozen=True)
class _Storm:
    accepted_seconds: float
    disposed_seconds: float
    incidents: int
    pages_each: tuple[int, ...]
    own_page_seconds: float
    other_page_seconds: float
    peak_mib: float


def run() -> list[Result]:
    """Each storm on an empty server of its own."""
    requests = batches(ALERTS)
    storms = [_storm(requests) for _ in range(STORMS)]
    accepted = sample([one.accepted_seconds for one in storms]).median
    return [
        _at_most(
            f"{ALERTS:,} alerts of one outage accepted and disposed of",
            "s",
            [one.disposed_seconds for one in storms],
            MOST_SECONDS,
            f"{CLIENTS} senders, 100 alerts a request, SQLite; accepted after {accepted:.1f} s",
        ),
        _exactly("incidents", [one.incidents for one in storms]),
        _exactly("pages to each responder", [pages for one in storms for pages in one.pages_each]),
        _at_most("first page to each responder", "s", [one.own_page_seconds for one in storms], MOST_PAGE_SECONDS),
        _at_most(
            "another team's page during the storm", "s", [one.other_page_seconds for one in storms], MOST_PAGE_SECONDS
        ),
        _at_most("largest resident memory", "MiB", [one.peak_mib for one in storms], MOST_MEMORY_MIB),
    ]


def _storm(requests: list[bytes]) -> _Storm:
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name, receiver() as pages:
        house = write_house(Path(name) / "house", pages.url)
        with serving([house], Path(name) / "covet-sre.db", ENVIRONMENT) as server:
            server.seconds_until("/-/healthy", lambda _: True)
            return _storm_over(server, pages, requests)


def _storm_over(server: Serving, pages: Receiver, requests: list[bytes]) -> _Storm:
    other: list[float] = []
    began = time.perf_counter()
    another = threading.Timer(_OTHER_AFTER_SECONDS, lambda: other.append(_other_page_seconds(server.url, pages)))
    another.start()
    pour(server.url, requests)
    accepted_seconds = time.perf_counter() - began
    _wait_until(lambda: not waiting(server.url))
    disposed_seconds = time.perf_counter() - began
    another.join()
    incidents = get(f"{server.url}/api/v1/incidents?service={STORM_SERVICE}&limit=100")["items"]
    paged = [pages.pages(person) for person in responders(STORM_SERVICE)]
    return _Storm(
        accepted_seconds,
        disposed_seconds,
        len(incidents),
        tuple(map(len, paged)),
        max((one[0].at - began for one in paged if one), default=inf),
        other[0] if other else inf,
        server.peak_resident_bytes() / 2**20,
    )


def _other_page_seconds(url: str, pages: Receiver) -> float:
    sent = time.perf_counter()
    post(url, body([alert(0, QUIET_SERVICE)]))
    return pages.first(responders(QUIET_SERVICE)[0], 60).at - sent


def _wait_until(holds: Callable[[], bool], within_seconds: float = 120.0) -> None:
    deadline = time.monotonic() + within_seconds
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"the storm is not over after {within_seconds:g} s")
        time.sleep(0.1)


def _at_most(name: str, unit: str, values: list[float], most: float, note: str = "") -> Result:
    return Result(name, unit, sample(values), {}, f"<= {most:g}", max(values) <= most, note)


def _exactly(name: str, counts: list[int]) -> Result:
    return Result(name, "of them", sample([float(count) for count in counts]), {}, "1", set(counts) == {1})
