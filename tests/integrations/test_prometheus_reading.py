"""The Prometheus source against a real Prometheus 2.42."""

import time
from collections.abc import Callable, Iterator

import pytest

from covet_sre.errors import SourceMisanswered
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import Matcher, MatchOp
from servers import timeline
from servers.exposition import ExpositionServer
from servers.prometheus import PrometheusServer

pytestmark = pytest.mark.prometheus


def test_the_samples_that_are_read_are_those_that_were_exposed(
    prometheus: Callable[..., PrometheusServer], exposition: ExpositionServer
) -> None:
    exposition.counting = "orders_total"
    server = prometheus(scrape=[("covet", exposition.address)], interval="200ms")
    source = PrometheusSource(server.url)
    query = CounterQuery("orders_total", (Matcher("job", MatchOp.EQUAL, "covet"),))
    start = time.time() - 60
    while len(exposition.served) < 10:
        time.sleep(0.05)
    server_has = 0.0
    while server_has < 10:
        time.sleep(0.02)
        answer = source.read(query, start, time.time())
        server_has = float(answer.series[0].samples[-1][1]) if answer.series else 0.0
    (series,) = answer.series
    values = [float(value) for _, value in series.samples]
    assert values == [float(count) for count in range(1, len(values) + 1)]
    assert series.labels == {"__name__": "orders_total", "job": "covet", "instance": exposition.address}
    source.close()


@pytest.fixture(scope="module")
def history(prometheus: Callable[..., PrometheusServer]) -> Iterator[PrometheusSource]:
    source = PrometheusSource(prometheus(history=timeline.history()).url)
    yield source
    source.close()


def test_an_expression_is_evaluated_at_the_end_of_each_minute(history: PrometheusSource) -> None:
    begin, end = int(timeline.START_SECONDS // 60) + 2, int(timeline.moment(45) // 60)
    ((labels, values),) = history.evaluate('orders_total{route="/a",code="200"} + 0', begin, end)
    assert labels == {"route": "/a", "code": "200", "job": "covet", "instance": timeline.INSTANCE}
    samples = timeline.EXPOSED[0].samples()
    assert values == {
        minute: max((at, value) for at, value in samples if at <= (minute + 1) * 60)[1] for minute in range(begin, end)
    }


def test_a_minute_without_a_value_is_left_out(history: PrometheusSource) -> None:
    begin = int(timeline.START_SECONDS // 60) - 3
    ((_, values),) = history.evaluate("sum(orders_total)", begin, begin + 6)
    assert sorted(values) == [
        minute for minute in range(begin, begin + 6) if (minute + 1) * 60 >= timeline.START_SECONDS
    ]
    assert history.evaluate("sum(orders_total)", begin, begin) == []


def test_a_stretch_longer_than_prometheus_answers_at_once_is_asked_for_in_parts(history: PrometheusSource) -> None:
    end = int(timeline.START_SECONDS // 60)
    ((_, values),) = history.evaluate("vector(1)", end - 12_000, end)
    assert sorted(values) == list(range(end - 12_000, end))


def test_a_query_that_prometheus_refuses_is_told_in_its_words(history: PrometheusSource) -> None:
    with pytest.raises(SourceMisanswered, match=r"answers 400: bad_data: .*parse error: unclosed left parenthesis"):
        history.evaluate("sum(", 0, 1)
