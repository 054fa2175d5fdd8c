"""Direct scraping gives the labels and values that a real Prometheus has of the same target."""

import time
from collections.abc import Callable

import pytest

from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.scrape import ScrapeSettings, ScrapeSource, WallPacer
from covet_sre.ports import CounterQuery
from servers.exposition import OPEN_METRICS, TEXT, ExpositionServer
from servers.prometheus import PrometheusServer

pytestmark = pytest.mark.prometheus

LINES = r"""# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{route="/a",code="200"} 17
orders_total{route="/a",code=""} 18.0
orders_total { route = "/b" , } 1e3
orders_total{job="x",exported_job="y",instance="z"} 3
orders_total{route="\\n\n\" } # {"} 5
orders_total{route="€ 日本"} 6
orders_total 7
orders_total_more 8
process_start_time_seconds 1.7e+09
"""
OPEN_LINES = """# TYPE orders counter
orders_total{route="/a"} 17.0 # {trace_id="oHg5SJYRHA0"} 9.8
orders_created{route="/a"} 1520430000.123
orders_total{job="x"} 5.0
# EOF
"""


@pytest.mark.parametrize(("text", "content_type"), [(LINES, TEXT), (OPEN_LINES, OPEN_METRICS)])
def test_both_see_the_same_series(
    prometheus: Callable[..., PrometheusServer], exposition: ExpositionServer, text: str, content_type: str
) -> None:
    exposition.text, exposition.content_type = text, content_type
    server = prometheus(scrape=[("shop", exposition.address)], interval="200ms")
    theirs = PrometheusSource(server.url)
    settings = ScrapeSettings((exposition.url,), {"orders_total"}, labels={"job": "shop"})
    ours = ScrapeSource(settings, time.time, WallPacer())
    query = CounterQuery("orders_total", ())
    begin, deadline = time.time() - 5, time.monotonic() + 20
    while not (found := series_of(theirs, query, begin)) and time.monotonic() < deadline:
        time.sleep(0.1)
    ours.scrape_once()
    assert ours.health[0].up, ours.health[0].last_error
    assert series_of(ours, query, begin) == found != {}
    assert ours.process_starts(time.time()) == theirs.process_starts(time.time())
    ours.close()
    theirs.close()
    server.stop()


def series_of(source: PrometheusSource | ScrapeSource, query: CounterQuery, begin: float) -> dict[object, float]:
    answer = source.read(query, begin, time.time() + 1)
    return {tuple(sorted(one.labels.items())): float(one.samples[-1][1]) for one in answer.series}
