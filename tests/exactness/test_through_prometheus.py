"""The real CovetPy service through a real Prometheus that scrapes it every second; and its history read later."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.scrape import WallPacer
from covet_sre.slo.minutes import MinuteEvents
from covet_sre.store.memory import MemoryStore
from servers.prometheus import PrometheusServer
from tests.exactness.driven import BY_BAD, BY_GOOD, DrivenService, declared, source

pytestmark = pytest.mark.prometheus


def scraped(server: PrometheusServer) -> None:
    """Wait until Prometheus has seen the service twice from now on."""
    source = PrometheusSource(server.url)
    now, seen, deadline = time.time(), set[str](), time.monotonic() + 30
    while len(seen) < 2:
        found = source.api.query(f"timestamp(process_start_time_seconds) > {now:.3f}", time.time())["result"]
        seen |= {one["value"][1] for one in found}
        assert time.monotonic() < deadline, "Prometheus does not scrape the service"
        time.sleep(0.1)
    source.close()


class Reading:
    """An engine over a real Prometheus. `ahead_seconds` lets the present minute be read before it is over."""

    def __init__(self, files: Declaration, url: str, ahead_seconds: float = 0.0) -> None:
        self.ahead_seconds = ahead_seconds
        self.source = PrometheusSource(url)
        self.store = MemoryStore()
        self.answers = Answers(self.store, self.clock)
        self.engine = Engine(
            self.store, lambda _: {"covet": self.source}, self.clock, WallPacer(), self.answers.publish
        )
        self.answers.attach(self.engine)
        self.engine.declare(files)
        self.engine.turn()
        opened.append(self)

    def clock(self) -> float:
        return time.time() + self.ahead_seconds

    def turn(self, ahead_seconds: float) -> None:
        self.ahead_seconds = ahead_seconds
        self.engine.turn()

    def counts(self, name: str) -> tuple[int, int]:
        budget = self.answers.status(name).budget
        return (0, 0) if budget is None else tuple(budget.counts)

    def minutes(self, name: str) -> dict[int, tuple[int, int]]:
        present = self.answers.status(name)
        number = self.store.stream_ids([present.objective.events.key])[present.objective.events.key]
        found: MinuteEvents = self.store.minutes(number, 0, 10**9)
        columns = (found.minutes.tolist(), found.bad.tolist(), found.total.tolist())
        return {m: (bad, total) for m, bad, total in zip(*columns, strict=True)}

    def gaps(self) -> set[tuple[int, int, int, int]]:
        return {(gap.start, gap.end, gap.bad, gap.total) for gap in self.store.gaps(0)}


opened: list[Reading] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while opened:
        opened.pop().source.close()


@pytest.fixture
def driven(tmp_path: Path) -> Iterator[DrivenService]:
    service = DrivenService(tmp_path)
    service.start()
    yield service
    service.close()


@pytest.mark.slow
def test_every_request_is_in_the_ledger_and_history_tells_the_same(
    driven: DrivenService, prometheus: Callable[..., PrometheusServer], tmp_path: Path
) -> None:
    server = prometheus(scrape=[("covet", driven.address)], interval="1s")
    files = declared(
        tmp_path / "files", source(f"url: '{server.url}', scrapeInterval: 1s", "prometheus"), BY_BAD, BY_GOOD
    )
    scraped(server)
    up = Reading(files, server.url)
    began = int(up.clock() // 60)
    driven.send(good=60, bad=20)
    scraped(server)
    # A restart at rest: everything was seen, nothing falls.
    driven.restart()
    driven.send(good=30, bad=10)
    scraped(server)
    up.turn(ahead_seconds=60)
    # Prometheus itself sees nothing for six seconds, in which the service goes on.
    server.process.send_signal(signal.SIGSTOP)
    driven.send(good=15, bad=5)
    time.sleep(6)
    server.process.send_signal(signal.SIGCONT)
    scraped(server)
    # Requests that nobody scraped before the crash: they fell, and it is known how many.
    server.process.send_signal(signal.SIGSTOP)
    before = driven.truth
    driven.send(good=4, bad=2)
    fell = (driven.truth[0] - before[0], driven.truth[1] - before[1])
    driven.restart()
    server.process.send_signal(signal.SIGCONT)
    driven.send(good=8, bad=3)
    scraped(server)
    up.turn(ahead_seconds=120)
    truth = (driven.truth[0] - fell[0], driven.truth[1] - fell[1])
    assert fell == (2, 6)
    assert up.counts("by-bad") == up.counts("by-good") == truth
    assert up.gaps()
    # Another server, that was down all the time, reads the same from the history.
    late = Reading(files, server.url, ahead_seconds=120)
    late.engine.fill_in_everything(lambda _done, _all: None)
    assert late.counts("by-bad") == late.counts("by-good") == truth
    for name in ("by-bad", "by-good"):
        assert {m: counts for m, counts in late.minutes(name).items() if m >= began} == up.minutes(name)
    assert late.gaps() == up.gaps()


def test_a_new_instance_counts_from_its_start_also_when_it_is_first_scraped_late(
    driven: DrivenService, prometheus: Callable[..., PrometheusServer], tmp_path: Path
) -> None:
    """The service answers requests before any Prometheus knows it; its start time says that they are all new."""
    server = prometheus(scrape=[("covet", driven.address)], interval="1s")
    files = declared(
        tmp_path / "files", source(f"url: '{server.url}', scrapeInterval: 1s", "prometheus"), BY_BAD, BY_GOOD
    )
    server.process.send_signal(signal.SIGSTOP)
    driven.crash()
    driven.start()
    driven.send(good=10, bad=4)
    server.process.send_signal(signal.SIGCONT)
    scraped(server)
    late = Reading(files, server.url, ahead_seconds=120)
    late.engine.fill_in_everything(lambda _done, _all: None)
    assert late.counts("by-bad") == late.counts("by-good") == (4, 14)
