"""Expressions, gauges and a pair of replicas against a real Prometheus whose history the test has written itself."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.scrape import WallPacer
from covet_sre.store.memory import MemoryStore
from servers.prometheus import PrometheusServer
from tests.exactness.driven import SLO, declared, source

pytestmark = pytest.mark.prometheus

FIRST = 28_000_080  # a minute
MINUTES = 120
END = FIRST + MINUTES
INTERVAL = 15

EXPRESSIONS = SLO.format(
    name="expressions",
    total='sum(increase(http_requests_total{job="covet"}[{{window}}]))',
    part="bad",
    selector='sum(increase(http_requests_total{job="covet",code=~"5.."}[{{window}}]))',
)
THRESHOLD = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: quick}
spec:
  service: api
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.5, op: lte, value: 0.5}]
  indicator:
    metadata: {name: quick}
    spec: {thresholdMetric: {metricSource: {metricSourceRef: covet, spec: {query: 'p95_seconds'}}}}
---
"""
RAW = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: raw}
spec:
  service: api
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.5}]
  indicator:
    metadata: {name: raw}
    spec:
      ratioMetric:
        counter: false
        rawType: success
        raw: {metricSource: {metricSourceRef: covet, spec: {query: 'success_ratio'}}}
---
"""
COUNTED = SLO.format(
    name="pair",
    total='orders_total{job="covet"}',
    part="bad",
    selector='orders_total{job="covet",code="500"}',
)


class Past:
    """Two hours as OpenMetrics text, and what is true of them."""

    def __init__(self) -> None:
        dice = random.Random(5)
        self.lines: list[str] = []
        self.slow = self.orders = self.bad_orders = 0
        self._rates()
        self._gauges(dice)
        self._pair(dice)

    def text(self) -> str:
        return "\n".join([*self.lines, "# EOF", ""])

    def _sample(self, series: str, value: float, at: float) -> None:
        self.lines.append(f"{series} {value} {at:.3f}")

    def _rates(self) -> None:
        """An even rate: an increase over a minute is exact for it."""
        for code, a_step in (("200", 9), ("500", 1)):
            for step in range(-20, MINUTES * 4 + 1):
                series = f'http_requests_total{{job="covet",instance="a:1",code="{code}"}}'
                self._sample(series, 10_000 + step * a_step, FIRST * 60 + step * INTERVAL)

    def _gauges(self, dice: random.Random) -> None:
        """Each minute's value is there just before the minute's end; in twenty minutes there is none."""
        for minute in range(MINUTES):
            if minute in range(50, 70):
                continue
            value = dice.choice([0.2, 0.5, 0.7])
            self.slow += value > 0.5
            at = (FIRST + minute) * 60 + 58
            self._sample('p95_seconds{job="covet",instance="a:1"}', value, at)
        for minute in range(MINUTES):
            self._sample('success_ratio{job="covet",instance="a:1"}', 0.75, (FIRST + minute) * 60 + 58)

    def _pair(self, dice: random.Random) -> None:
        """Two replicas scrape the same counters seven seconds apart; the first is away for half an hour."""
        moments = [FIRST * 60 + step * INTERVAL for step in range(MINUTES * 4)]
        counted = {"200": 500, "500": 20}
        shown: dict[tuple[str, str], list[tuple[float, int]]] = {}
        for number, at in enumerate(moments):
            for replica, shift in (("r1", 2), ("r2", 9)):
                for code in counted:
                    if number:
                        counted[code] += dice.randrange(4)
                    if not (replica == "r1" and 160 <= number < 280):
                        shown.setdefault((code, replica), []).append((at + shift, counted[code]))
        self.orders = counted["200"] + counted["500"] - 520
        self.bad_orders = counted["500"] - 20
        for (code, replica), samples in shown.items():
            for at, value in samples:
                labels = f'job="covet",instance="a:1",code="{code}",replica="{replica}"'
                self._sample(f"orders_total{{{labels}}}", value, at)


@pytest.fixture(scope="module")
def past() -> Past:
    return Past()


@pytest.fixture(scope="module")
def server(prometheus: Callable[..., PrometheusServer], past: Past) -> PrometheusServer:
    return prometheus(history=past.text())


class Engines:
    """Engines over one Prometheus: one that is up all the time, and one that reads the history in the end."""

    def __init__(self, files: Declaration, url: str) -> None:
        self.seconds = FIRST * 60.0
        self.source = PrometheusSource(url)
        self.files = files
        self.answers, self.engine = self._made()

    def _made(self) -> tuple[Answers, Engine]:
        store = MemoryStore()
        answers = Answers(store, lambda: self.seconds)
        engine = Engine(store, lambda _: {"covet": self.source}, lambda: self.seconds, WallPacer(), answers.publish)
        answers.attach(engine)
        engine.declare(self.files)
        engine.turn()
        return answers, engine

    def live(self) -> Answers:
        while self.seconds < END * 60:
            self.seconds += 60
            self.engine.turn()
        return self.answers

    def afterwards(self) -> Answers:
        self.seconds = END * 60.0
        answers, engine = self._made()
        engine.fill_in_everything(lambda _done, _all: None)
        return answers


@pytest.fixture(params=["live", "afterwards"])
def told(request: pytest.FixtureRequest, server: PrometheusServer, tmp_path: Path) -> Iterator[Answers]:
    details = f"url: '{server.url}', scrapeInterval: 15s, replicaLabels: [replica]"
    files = declared(tmp_path, source(details, "prometheus"), EXPRESSIONS, THRESHOLD, RAW, COUNTED)
    engines = Engines(files, server.url)
    yield getattr(engines, request.param)()
    engines.source.close()


def counts(told: Answers, name: str) -> tuple[float, float]:
    status = told.status(name)
    assert status.budget is not None, status.cause
    scale = status.objective.budgeted.scale
    return status.budget.counts.bad / scale, status.budget.counts.total / scale


def test_two_expressions_over_the_window_are_counted_minute_by_minute(told: Answers) -> None:
    status = told.status("expressions")
    two_hours = next(window for window in status.windows if window.minutes == MINUTES)
    scale = status.objective.budgeted.scale
    assert (two_hours.counts.bad / scale, two_hours.counts.total / scale) == (4.0 * MINUTES, 40.0 * MINUTES)
    assert two_hours.known_minutes == MINUTES


def test_each_minute_of_a_gauge_is_one_event_and_a_minute_without_is_unknown(told: Answers, past: Past) -> None:
    bad, total = counts(told, "quick")
    # Prometheus itself shows the last value for five minutes: so long a gap begins later.
    assert total == MINUTES - 20 + 5 - 1
    assert past.slow <= bad <= past.slow + 5


def test_a_ratio_counts_each_minute_with_its_share(told: Answers) -> None:
    assert counts(told, "raw") == (0.25 * MINUTES, 1.0 * MINUTES)
    assert told.status("raw").sli == pytest.approx(0.75)


def test_a_pair_of_replicas_counts_once_while_either_is_there(told: Answers, past: Past) -> None:
    bad, total = counts(told, "pair")
    # The first reading of all is the beginning; the other replica may have shown it some events later.
    assert past.bad_orders - 3 <= bad <= past.bad_orders
    assert past.orders - 6 <= total <= past.orders
    day = next(window for window in told.status("pair").windows if window.minutes == 1440)
    assert day.known_minutes == MINUTES
