"""An imported SLO against its original: the original's own expression, evaluated by a real Prometheus over an hour of
samples that the test has written, and what our engine counts in that hour.

Samples stand where a range begins and ends, so that `increase()` has nothing to extrapolate: the numbers are equal.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.scrape import WallPacer
from covet_sre.spec import read_documents
from covet_sre.spec.exporting.sloth_queries import sloth_sli
from covet_sre.spec.importing.collection import Collection, ImportSettings
from covet_sre.spec.importing.expressions import Pair
from covet_sre.spec.importing.paths import import_expressions, import_paths
from covet_sre.store.memory import MemoryStore
from servers.prometheus import PrometheusServer

pytestmark = pytest.mark.prometheus

FIRST = 28_000_080  # a minute
MINUTES = 120
END = FIRST + MINUTES
STEP_SECONDS = 15
HOUR = 60


class Past:
    """Two hours of counters that grow unevenly, and of gauges."""

    def __init__(self) -> None:
        self._dice = random.Random(11)
        self.lines: list[str] = []
        for code, handler, most in (("200", "/a", 30), ("200", "/b", 20), ("500", "/a", 4), ("503", "/b", 3)):
            self._counter(f'shop_requests_total{{job="shop",instance="a:1",code="{code}",handler="{handler}"}}', most)
        self._histogram()
        for series in ("shop_errors_total", "shop_successes_total"):
            self._counter(f'{series}{{job="shop",instance="a:1"}}', 9)
        # Between the minutes, so that each sample is in one of them.
        self._gauge('probe_up{job="shop",instance="a:1"}', lambda: self._dice.choice([0, 1, 1, 1]))
        self._gauge('shop_error_ratio{job="shop",instance="a:1"}', lambda: self._dice.choice([0, 0.25, 0.5]))

    def text(self) -> str:
        return "\n".join([*self.lines, "# EOF", ""])

    def _moments(self) -> range:
        return range(FIRST * 60 - 20 * STEP_SECONDS, END * 60 + 1, STEP_SECONDS)

    def _counter(self, series: str, most: int) -> None:
        value = 1000
        for at in self._moments():
            value += self._dice.randrange(most)
            self.lines.append(f"{series} {value} {at}")

    def _histogram(self) -> None:
        quick, slow = 500, 100
        buckets, counts = list[str](), list[str]()
        for at in self._moments():
            quick += self._dice.randrange(25)
            slow += self._dice.randrange(4)
            buckets.append(f'shop_seconds_bucket{{job="shop",instance="a:1",le="0.5"}} {quick} {at}')
            counts.append(f'shop_seconds_count{{job="shop",instance="a:1"}} {quick + slow} {at}')
        self.lines += [*buckets, *counts]

    def _gauge(self, series: str, value: Callable[[], float]) -> None:
        for at in self._moments():
            self.lines.append(f"{series} {value()} {at + 7}")


def sloth(sli: str) -> str:
    indented = sli.replace("\n", "\n      ")
    return (
        "version: prometheus/v1\nservice: NAME\nslos:\n  - name: slo\n    objective: 99\n    sli:\n      "
        f"{indented}\n    alerting: {{page_alert: {{}}, ticket_alert: {{}}}}\n"
    )


def sloth_events(error: str, total: str) -> str:
    return sloth(f"events:\n  error_query: '{error}'\n  total_query: '{total}'")


KUBERNETES = """
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: NAME, namespace: monitoring}
spec:
  service: NAME
  slos:
    - name: slo
      objective: 99.5
      sli:
        events:
          errorQuery: sum(rate(shop_requests_total{job="shop",code=~"5.."}[{{.window}}]))
          totalQuery: sum(rate(shop_requests_total{job="shop"}[{{.window}}]))
      alerting: {pageAlert: {}, ticketAlert: {}}
"""


def pyrra(indicator: str) -> str:
    return (
        "apiVersion: pyrra.dev/v1alpha1\nkind: ServiceLevelObjective\nmetadata: {name: NAME-slo, namespace: NAME}\n"
        f"spec:\n  target: '99'\n  window: 28d\n  indicator: {indicator}\n"
    )


def v1alpha(objective: str, indicator: str = "") -> str:
    return (
        "apiVersion: openslo/v1alpha\nkind: SLO\nmetadata: {name: NAME-slo}\nspec:\n  service: NAME\n"
        f"  budgetingMethod: Occurrences\n  timeWindows: [{{unit: Day, count: 30, isRolling: true}}]\n{indicator}"
        f"  objectives: [{{target: 0.9, {objective}}}]\n"
    )


def v2alpha(sli: str) -> str:
    return (
        "apiVersion: openslo.com/v2alpha\nkind: SLO\nmetadata: {name: NAME-slo}\nspec:\n  serviceRef: NAME\n"
        "  budgetingMethod: Occurrences\n  timeWindow: [{duration: 30d, isRolling: true}]\n"
        f"  objectives: [{{target: 0.9}}]\n  sli: {{metadata: {{name: x}}, spec: {{{sli}}}}}\n"
    )


def source(query: str) -> str:
    return f"{{source: prometheus, queryType: promql, query: '{query}'}}"


def metric(query: str) -> str:
    return f"{{dataSourceRef: prometheus, spec: {{query: '{query}'}}}}"


W = "[{{.window}}]"
ALL = 'shop_requests_total{job="shop"}'
BAD = 'shop_requests_total{job="shop",code=~"5.."}'
GOOD = 'shop_requests_total{job="shop",code!~"5.."}'
COUNT, QUICK = 'shop_seconds_count{job="shop"}', 'shop_seconds_bucket{job="shop",le="0.5"}'
ERRORS, SUCCESSES = "shop_errors_total", "shop_successes_total"
BAD_SHARE = f"sum(rate({BAD}[1h])) / sum(rate({ALL}[1h]))"
SLOW_SHARE = f"(sum(rate({COUNT}[1h])) - sum(rate({QUICK}[1h]))) / sum(rate({COUNT}[1h]))"


@dataclass(frozen=True)
class Case:
    """A file of a format, and the error ratio over an hour as that tool's own rules ask for it."""

    format: str
    text: str
    original: str
    is_exact: bool = True


CASES = {
    "sloth-events": Case("sloth", sloth_events(f"sum(rate({BAD}{W}))", f"sum(rate({ALL}{W}))"), BAD_SHARE),
    "sloth-kubernetes": Case("sloth", KUBERNETES, BAD_SHARE),
    "sloth-increase": Case("sloth", sloth_events(f"sum(increase({BAD}{W}))", f"sum(increase({ALL}{W}))"), BAD_SHARE),
    "sloth-latency": Case(
        "sloth",
        sloth_events(f"(sum(rate({COUNT}{W})) - sum(rate({QUICK}{W})))", f"sum(rate({COUNT}{W}))"),
        SLOW_SHARE,
    ),
    "sloth-or-zero": Case(
        "sloth",
        sloth_events(f"sum(rate({BAD}{W})) or vector(0)", f"sum(rate({ALL}{W}))"),
        f"(sum(rate({BAD}[1h])) or vector(0)) / sum(rate({ALL}[1h]))",
    ),
    "sloth-sum-of-two": Case(
        "sloth",
        sloth_events(f"sum(rate({ERRORS}{W}))", f"sum(rate({ERRORS}{W})) + 2 * sum(rate({SUCCESSES}{W}))"),
        f"sum(rate({ERRORS}[1h])) / (sum(rate({ERRORS}[1h])) + 2 * sum(rate({SUCCESSES}[1h])))",
        is_exact=False,
    ),
    "sloth-raw-quotient": Case(
        "sloth", sloth(f"raw:\n  error_ratio_query: 'sum(rate({BAD}{W})) / sum(rate({ALL}{W}))'"), BAD_SHARE
    ),
    "sloth-raw-success": Case(
        "sloth",
        sloth(f"raw:\n  error_ratio_query: '1 - (sum(rate({GOOD}{W})) / sum(rate({ALL}{W})))'"),
        f"1 - (sum(rate({GOOD}[1h])) / sum(rate({ALL}[1h])))",
    ),
    "sloth-raw-gauge": Case(
        "sloth",
        sloth(f"raw:\n  error_ratio_query: 'avg(avg_over_time(shop_error_ratio{W}))'"),
        "avg(avg_over_time(shop_error_ratio[1h]))",
        is_exact=False,
    ),
    "pyrra-ratio": Case(
        "pyrra", pyrra(f"{{ratio: {{errors: {{metric: '{BAD}'}}, total: {{metric: '{ALL}'}}}}}}"), BAD_SHARE
    ),
    "pyrra-success": Case(
        "pyrra",
        pyrra(f"{{ratio: {{success: {{metric: '{GOOD}'}}, total: {{metric: '{ALL}'}}}}}}"),
        f"(sum(rate({ALL}[1h])) - sum(rate({GOOD}[1h]))) / sum(rate({ALL}[1h]))",
    ),
    "pyrra-errors-and-success": Case(
        "pyrra",
        pyrra(f"{{ratio: {{errors: {{metric: '{ERRORS}'}}, success: {{metric: '{SUCCESSES}'}}}}}}"),
        f"sum(rate({ERRORS}[1h])) / (sum(rate({ERRORS}[1h])) + sum(rate({SUCCESSES}[1h])))",
        is_exact=False,
    ),
    "pyrra-latency": Case(
        "pyrra", pyrra(f"{{latency: {{success: {{metric: '{QUICK}'}}, total: {{metric: '{COUNT}'}}}}}}"), SLOW_SHARE
    ),
    "pyrra-bool-gauge": Case(
        "pyrra",
        pyrra("{bool_gauge: {metric: 'probe_up{job=\"shop\"}'}}"),
        "(sum(count_over_time(probe_up[1h])) - sum(sum_over_time(probe_up[1h]))) / sum(count_over_time(probe_up[1h]))",
        is_exact=False,
    ),
    "v1alpha-rates": Case(
        "openslo",
        v1alpha(f"ratioMetrics: {{good: {source(f'sum(rate({GOOD}{W}))')}, total: {source(f'sum(rate({ALL}{W}))')}}}"),
        f"1 - sum(rate({GOOD}[1h])) / sum(rate({ALL}[1h]))",
    ),
    "v1alpha-counters": Case(
        "openslo",
        v1alpha(f"ratioMetrics: {{incremental: true, good: {source(f'sum({GOOD})')}, total: {source(f'sum({ALL})')}}}"),
        f"1 - sum(increase({GOOD}[1h])) / sum(increase({ALL}[1h]))",
    ),
    "v1alpha-threshold": Case(
        "openslo",
        v1alpha(
            "op: lte, value: 0.25",
            f"  indicator: {{thresholdMetric: {source('avg_over_time(shop_error_ratio[1m])')}}}\n",
        ),
        # Sixty values: a subquery's range is closed at both ends.
        "avg_over_time((avg_over_time(shop_error_ratio[1m]) > bool 0.25)[59m:1m])",
        is_exact=False,
    ),
    "v2alpha-counters": Case(
        "openslo", v2alpha(f"ratioMetric: {{counter: true, bad: {metric(BAD)}, total: {metric(ALL)}}}"), BAD_SHARE
    ),
    "v2alpha-raw": Case(
        "openslo",
        v2alpha(
            f"ratioMetric: {{counter: false, rawType: failure, raw: {metric(f'avg_over_time(shop_error_ratio{W})')}}}"
        ),
        "avg_over_time(shop_error_ratio[1h])",
        is_exact=False,
    ),
    "expressions": Case("expressions", "", BAD_SHARE),
}


def imported(name: str, case: Case, url: str, folder: Path) -> dict[str, str]:
    into = Collection(ImportSettings(url))
    if case.format == "expressions":
        files = import_expressions(
            Pair(f"{name}-slo", name, f"sum(rate({BAD}{W}))", f"sum(rate({ALL}{W}))", 99.0), into
        )
    else:
        file = folder / f"{name}.yaml"
        file.write_text(case.text.replace("NAME", name))
        files = import_paths(case.format, [file], into)
    assert not into.findings.has_errors, [str(each) for each in into.findings.found]
    return files


@pytest.fixture(scope="module")
def server(prometheus: Callable[..., PrometheusServer]) -> PrometheusServer:
    return prometheus(history=Past().text())


@pytest.fixture(scope="module")
def measured(server: PrometheusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Answers]:
    """Every imported SLO, counted from the history."""
    folder, texts = tmp_path_factory.mktemp("originals"), dict[str, str]()
    for name, case in CASES.items():
        texts |= imported(name, case, server.url, folder)
    source_file = "prometheus.data-source.yaml"
    texts[source_file] = texts[source_file].replace("url:", "scrapeInterval: 15s\n    url:")
    store, at, reader = MemoryStore(), END * 60.0, PrometheusSource(server.url)
    answers = Answers(store, lambda: at)
    engine = Engine(store, lambda _: {"prometheus": reader}, lambda: at, WallPacer(), answers.publish)
    answers.attach(engine)
    engine.declare(read_documents(texts))
    engine.turn()
    engine.fill_in_everything(lambda _done, _all: None)
    yield answers
    reader.close()


def asked(server: PrometheusServer, expression: str, at: float) -> float:
    reader = PrometheusSource(server.url)
    try:
        [one] = reader.api.query(expression, at)["result"]
    finally:
        reader.close()
    return float(one["value"][1])


@pytest.mark.parametrize("name", CASES)
def test_an_imported_slo_has_the_error_ratio_of_its_original(
    name: str, measured: Answers, server: PrometheusServer
) -> None:
    case = CASES[name]
    status = measured.status(f"{name}-slo")
    hour = next(window for window in status.windows if window.minutes == HOUR)
    assert hour.known_minutes == HOUR
    # A counter's difference belongs to the minute of its later sample: the hour's last is one step before its end.
    at = END * 60 - STEP_SECONDS if case.is_exact else END * 60
    original = asked(server, case.original, at)
    assert 0.01 < original < 0.9
    assert hour.counts.error_ratio == pytest.approx(original, rel=1e-6)


@pytest.mark.parametrize("name", CASES)
def test_an_exported_slo_asks_for_the_error_ratio_that_we_count(
    name: str, measured: Answers, server: PrometheusServer
) -> None:
    """Sloth's ratio over an hour, as `generate sloth` writes it."""
    status = measured.status(f"{name}-slo")
    counted = next(window for window in status.windows if window.minutes == HOUR).counts.error_ratio
    queries = sloth_sli(status.objective.indicator).fields
    [written] = queries.values()
    assert isinstance(written, dict)
    quotient = " / ".join(f"({query})" for query in written.values()).replace("{{.window}}", "1h")
    at = END * 60 - STEP_SECONDS if CASES[name].is_exact else END * 60
    # A subquery over an hour has 61 values at both of its ends, where we have 60 minutes.
    tolerance = 0.05 if ":1m]" in quotient else 1e-6
    assert asked(server, quotient, at) == pytest.approx(counted, rel=tolerance)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_exact])
def test_what_can_be_counted_exactly_is_counted_in_whole_events(
    name: str, measured: Answers, server: PrometheusServer
) -> None:
    status = measured.status(f"{name}-slo")
    hour = next(window for window in status.windows if window.minutes == HOUR)
    assert status.objective.events.scale == 1
    total = COUNT if "latency" in name else ALL
    assert hour.counts.total == asked(server, f"sum(increase({total}[1h]))", END * 60 - STEP_SECONDS)


EVENTS = {
    "sloth-sum-of-two": f"sum(increase({ERRORS}[1h])) + 2 * sum(increase({SUCCESSES}[1h]))",
    "pyrra-errors-and-success": f"sum(increase({ERRORS}[1h])) + sum(increase({SUCCESSES}[1h]))",
    "pyrra-bool-gauge": "sum(count_over_time(probe_up[1h]))",
}


@pytest.mark.parametrize(("name", "events"), EVENTS.items())
def test_an_expression_of_rates_counts_events_and_not_events_per_second(
    name: str, events: str, measured: Answers, server: PrometheusServer
) -> None:
    status = measured.status(f"{name}-slo")
    hour = next(window for window in status.windows if window.minutes == HOUR)
    assert hour.counts.total / status.objective.events.scale == pytest.approx(asked(server, events, END * 60))
