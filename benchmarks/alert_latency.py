"""From an alert to the first attempt to tell somebody; and from a restart to the page that is due next."""

import tempfile
import time
from pathlib import Path

from benchmarks.alert_house import (
    ENVIRONMENT,
    STORM_SERVICE,
    alert,
    body,
    next_responder,
    responders,
    write_house,
)
from benchmarks.alert_posts import post
from benchmarks.many_incidents import write_incidents
from benchmarks.pages_received import Receiver, receiver
from benchmarks.result import Result
from benchmarks.samples import sample
from benchmarks.serving import serving

PAGES = 200
_EVERY_SECONDS = 0.05
MOST_PAGE_SECONDS = 1.0
INCIDENTS = 10_000
RESTARTS = 3
MOST_RESTART_SECONDS = 5.0


def run() -> list[Result]:
    """Each team is paged once, so that nothing is bundled."""
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as name:
        folder = Path(name)
        pages = _page_seconds(folder)
        restarts = [_restart_seconds(folder / str(number)) for number in range(RESTARTS)]
    p99 = sorted(pages)[int(0.99 * len(pages))]
    return [
        Result(
            name="from an alert to the first attempt to tell of it, p99",
            unit="s",
            ours=sample([p99]),
            peers={"ours, all": sample(pages)},
            target=f"< {MOST_PAGE_SECONDS:g}",
            met=p99 < MOST_PAGE_SECONDS,
            note=f"{PAGES} alerts, each of another team, one every {_EVERY_SECONDS * 1000:.0f} ms; by webhook, SQLite",
        ),
        Result(
            name=f"from a restart to the next due page, {INCIDENTS:,} open incidents",
            unit="s",
            ours=sample(restarts),
            peers={},
            target=f"< {MOST_RESTART_SECONDS:g}",
            met=max(restarts) < MOST_RESTART_SECONDS,
            note="from the start of the process to the page in its receiver; one firing alert an incident, SQLite",
        ),
    ]


def _page_seconds(folder: Path) -> list[float]:
    services = [f"service-{number}" for number in range(PAGES)]
    with receiver() as pages:
        house = write_house(folder / "many-teams", pages.url, services)
        with serving([house], folder / "pages.db", ENVIRONMENT) as server:
            server.seconds_until("/readyz", lambda _: True)
            sent = [_sent(server.url, service) for service in services]
            return [_first(pages, service) - at for service, at in zip(services, sent, strict=True)]


def _sent(url: str, service: str) -> float:
    time.sleep(_EVERY_SECONDS)
    began = time.perf_counter()
    post(url, body([alert(0, service)]))
    return began


def _first(pages: Receiver, service: str) -> float:
    return min(pages.first(person, 30).at for person in responders(service))


def _restart_seconds(folder: Path) -> float:
    with receiver() as pages:
        house = write_house(folder / "house", pages.url)
        write_incidents(folder / "covet-sre.db", house, INCIDENTS)
        with serving([house], folder / "covet-sre.db", ENVIRONMENT) as server:
            return pages.first(next_responder(STORM_SERVICE), 120).at - server.began
