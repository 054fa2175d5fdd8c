"""The real CovetPy service scraped by us, in virtual time: every event is in the ledger, and what fell is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.engine.plan import metrics_by_source
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.scrape import ScrapeSettings, ScrapeSource, WallPacer
from covet_sre.ports import Store
from covet_sre.store import open_store
from tests.exactness.driven import BY_BAD, BY_GOOD, WITHIN_TEN_SECONDS, DrivenService, declared, source

START_SECONDS = 28_000_080 * 60.0


class Measuring:
    """Scrapes every 15 seconds of a clock that the test turns, and ticks every minute."""

    def __init__(self, files: Declaration, store: Store, address: str) -> None:
        self.seconds = START_SECONDS
        wanted = metrics_by_source(files)["covet"]
        settings = ScrapeSettings((f"http://{address}/metrics",), wanted, labels={"job": "covet"})
        self.scraper = ScrapeSource(settings, lambda: self.seconds, WallPacer())
        self.files, self.store = files, store
        self.start_engine()

    def start_engine(self) -> None:
        self.answers = Answers(self.store, lambda: self.seconds)
        sources = {"covet": self.scraper}
        self.engine = Engine(self.store, lambda _: sources, lambda: self.seconds, WallPacer(), self.answers.publish)
        self.answers.attach(self.engine)
        self.engine.declare(self.files)
        self.engine.turn()

    def quarter(self, *, scraped: bool = True) -> None:
        self.seconds += 15
        if scraped:
            self.scraper.scrape_once()
        if self.seconds % 60 == 0:
            self.engine.turn()

    def until_a_tick(self) -> None:
        self.quarter()
        while self.seconds % 60 != 0:
            self.quarter()
        # A sample of the very minute's end belongs to the next minute.
        for _ in range(4):
            self.quarter()

    def counts(self, name: str) -> tuple[int, int]:
        budget = self.answers.status(name).budget
        return (0, 0) if budget is None else tuple(budget.counts)


@pytest.fixture
def driven(tmp_path: Path) -> Iterator[DrivenService]:
    service = DrivenService(tmp_path)
    service.start()
    yield service
    service.close()


@pytest.fixture
def measuring(tmp_path: Path, driven: DrivenService) -> Iterator[Measuring]:
    details = f"targets: ['http://{driven.address}/metrics'], interval: 15s, labels: {{job: covet}}"
    files = declared(tmp_path / "files", source(details, "scrape"), BY_BAD, BY_GOOD, WITHIN_TEN_SECONDS)
    store = open_store(f"sqlite:///{tmp_path / 'ledger.db'}")
    made = Measuring(files, store, driven.address)
    yield made
    made.scraper.close()
    store.close()


NAMES = ("by-bad", "by-good")


def test_every_request_is_in_the_ledger_through_restarts_and_a_scrape_gap(
    driven: DrivenService, measuring: Measuring
) -> None:
    measuring.quarter()
    for _ in range(3):
        driven.send(good=20, bad=3)
        measuring.until_a_tick()
    # A restart at rest loses nothing: the last life's events were all seen.
    driven.restart()
    driven.send(good=9, bad=1)
    measuring.until_a_tick()
    # A scrape gap of five minutes: its events count, its minutes stay unknown.
    for _ in range(20):
        driven.send(good=2)
        measuring.quarter(scraped=False)
    driven.send(good=5, bad=2)
    measuring.until_a_tick()
    # Our own restart, with the same database.
    measuring.start_engine()
    driven.send(good=7, bad=7)
    measuring.until_a_tick()
    for name in NAMES:
        assert measuring.counts(name) == driven.truth, name
    assert measuring.counts("in-time") == (0, driven.truth[1])
    known = next(w.known_minutes for w in measuring.answers.status("by-bad").windows if w.minutes == 60)
    passed = int(measuring.seconds - START_SECONDS) // 60
    assert passed - 7 <= known < passed - 3


def test_what_happened_between_the_last_scrape_and_a_crash_is_all_that_is_missing(
    driven: DrivenService, measuring: Measuring
) -> None:
    measuring.quarter()
    driven.send(good=40, bad=10)
    measuring.until_a_tick()
    before = driven.truth
    driven.send(good=6, bad=4)
    fell = (driven.truth[0] - before[0], driven.truth[1] - before[1])
    driven.restart()
    # Fewer than before, so that the new beginning shows.
    driven.send(good=11, bad=2)
    measuring.until_a_tick()
    assert fell == (4, 10)
    for name in NAMES:
        assert measuring.counts(name) == (driven.truth[0] - fell[0], driven.truth[1] - fell[1]), name
    assert measuring.engine.source_states()["covet"].resets > 0


def test_who_spent_the_budget_adds_up_to_the_bad_events(driven: DrivenService, tmp_path: Path) -> None:
    details = f"targets: ['http://{driven.address}/metrics'], interval: 15s, labels: {{job: covet}}"
    by_label = BY_BAD.replace(
        "{name: by-bad}\nspec:\n  service",
        "{name: by-bad, annotations: {covet-sre/breakdown: 'route,code'}}\nspec:\n  service",
        1,
    )
    files = declared(tmp_path / "files", source(details, "scrape"), by_label)
    store = open_store(f"sqlite:///{tmp_path / 'ledger.db'}")
    measuring = Measuring(files, store, driven.address)
    measuring.quarter()
    for _ in range(3):
        driven.send(good=9, bad=6)
        measuring.until_a_tick()
    spent = measuring.answers.spenders("by-bad")
    assert {label: sum(bad for _, bad in told) for label, told in spent.items()} == {"route": 18, "code": 18}
    assert dict(spent["route"]) == {"/orders": 12, "/orders/{order_id}": 6}
    measuring.scraper.close()
    store.close()
