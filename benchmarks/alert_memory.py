"""Memory for each of 100,000 active alerts, beside Alertmanager; and how long a look at them takes."""

import http.client
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.alert_house import ENVIRONMENT, batches, write_house
from benchmarks.alert_posts import pour, waiting
from benchmarks.alertmanager_process import ALERTS as PATH
from benchmarks.alertmanager_process import Watched, alertmanager
from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.serving import serving

ALERTS = 100_000
TIMES = 3
"""Prometheus repeats what fires every minute or so: measured is a server that has heard each more than once."""
MOST_OF_PEER = 0.5
MOST_PAGE_MILLISECONDS = 100.0
LOOKS, LOOKS_AT_ALL = 30, 3
PAGE = 100
PEER = "Alertmanager 0.25"


def run() -> list[Result]:
    """Fill one of each, one after the other, and look at both."""
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name:
        folder = Path(name)
        requests = batches(ALERTS)
        with alertmanager(folder / "alertmanager") as peer:
            theirs = _bytes_an_alert(peer, requests)
            all_of_theirs = [_look_milliseconds(peer.url, PATH) for _ in range(LOOKS_AT_ALL)]
        with serving([write_house(folder / "house")], folder / "covet-sre.db", ENVIRONMENT) as server:
            server.seconds_until("/-/healthy", lambda _: True)
            ours = _bytes_an_alert(Watched(server.url, server.process.pid), requests)
            looks = [_look_milliseconds(server.url, f"{PATH}?limit={PAGE}") for _ in range(LOOKS)]
            all_of_ours = [_look_milliseconds(server.url, PATH) for _ in range(LOOKS_AT_ALL)]
    page = sample(looks)
    peers = {f"{PEER}, all": sample(all_of_theirs), "ours, all": sample(all_of_ours)}
    return [
        Result(
            name=f"memory for each of {ALERTS:,} active alerts",
            unit="KB",
            ours=sample([ours / 1000]),
            peers={PEER: sample([theirs / 1000])},
            target=f"<= {MOST_OF_PEER} of Alertmanager's",
            met=ours <= MOST_OF_PEER * theirs,
            note=f"what the resident memory grew by after the first request; all are sent {TIMES} times",
        ),
        Result(
            name=f"first page of {ALERTS:,} active alerts",
            unit="ms",
            ours=page,
            peers=peers,
            target=f"< {MOST_PAGE_MILLISECONDS:g}",
            met=page.median < MOST_PAGE_MILLISECONDS,
            note=f"GET {PATH}?limit={PAGE}; Alertmanager has no pages",
        ),
    ]


def _bytes_an_alert(server: Watched, requests: list[bytes]) -> float:
    pour(server.url, requests[:1])
    before = server.resident_bytes()
    for _ in range(TIMES):
        pour(server.url, requests)
        while waiting(server.url):
            time.sleep(0.1)
    time.sleep(2)
    return (server.resident_bytes() - before) / ALERTS


def _look_milliseconds(url: str, path: str) -> float:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=120)
    began = time.perf_counter()
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answers {answer.status}")
    finally:
        connection.close()
    return (time.perf_counter() - began) * 1000
