"""The Prometheus source against a real Prometheus 2.42."""

import time
from collections.abc import Callable

import pytest

from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import Matcher, MatchOp
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
        answer = source.read(query, start, time.time())
        server_has = float(answer.series[0].samples[-1][1]) if answer.series else 0.0
    (series,) = answer.series
    values = [float(value) for _, value in series.samples]
    assert values == [float(count) for count in range(1, len(values) + 1)]
    assert series.labels == {"__name__": "orders_total", "job": "covet", "instance": exposition.address}
    source.close()
