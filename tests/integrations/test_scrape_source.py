"""Direct scraping: bad targets are told apart, disturb nobody, and are read again as soon as they answer."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from time import monotonic, sleep

import pytest

from covet_sre.errors import SourceError, SourceMisanswered, SourceUnreachable
from covet_sre.integrations.fakes import Lie, LyingServer
from covet_sre.integrations.scrape import ScrapeSettings, ScrapeSource, WallPacer
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import Matcher, MatchOp
from servers.exposition import OPEN_METRICS, ExpositionServer
from servers.virtual_time import VirtualTime

QUERY = CounterQuery("orders_total", ())
GOOD = b'orders_total{route="/a"} 1\n'


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
def lying() -> Iterator[LyingServer]:
    with LyingServer(GOOD) as server:
        yield server


def source_of(time: VirtualTime, *targets: str, **changes: object) -> ScrapeSource:
    settings = ScrapeSettings(targets, {"orders_total"}, 15.0, {"job": "shop"}, timeout_seconds=30.0)
    return ScrapeSource(replace(settings, **changes), time, time)


def values(source: ScrapeSource, time: VirtualTime, query: CounterQuery = QUERY) -> dict[str, list[float | str]]:
    series = source.read(query, time.now - 3600, time.now).series
    return {one.labels["instance"]: [value for _, value in one.samples] for one in series}


@pytest.mark.parametrize("lie", [lie for lie in Lie if lie is not Lie.NONE])
def test_a_target_that_fails_is_told_and_leaves_its_neighbour_alone(
    time: VirtualTime, lying: LyingServer, exposition: ExpositionServer, lie: Lie
) -> None:
    exposition.text = "orders_total 7\n"
    source = source_of(time, lying.url, exposition.url, timeout_seconds=1.5 if lie.withholds else 30.0)
    lying.lie = lie
    source.scrape_once()
    time.now += 15
    source.scrape_once()
    bad, good = source.health
    assert (bad.up, bad.failures, bad.last_success_seconds) == (False, 2, None)
    assert bad.last_error is not None
    assert bad.last_error.where == lying.url.removesuffix("/metrics")
    assert bad.last_error.remedy
    assert bad.last_error_seconds == time.now
    assert (good.up, good.failures, good.last_success_seconds, good.series) == (True, 0, time.now, 1)
    assert values(source, time) == {exposition.address: [7.0, 7.0]}
    lying.lie = Lie.NONE
    time.now += 15
    source.scrape_once()
    assert source.health[0].up
    assert values(source, time)[source.health[0].instance] == [1.0]
    source.close()


def test_when_every_target_fails_reading_says_why(time: VirtualTime, lying: LyingServer) -> None:
    source = source_of(time, lying.url)
    assert source.read(QUERY, 0, time.now).series == []
    assert source.health[0].up is None
    source.scrape_once()
    lying.lie = Lie.UNAVAILABLE
    time.now += 15
    source.scrape_once()
    assert values(source, time) != {}
    with pytest.raises(SourceUnreachable, match="answers 503"):
        source.read(QUERY, time.now - 14, time.now)
    source.close()


def test_ten_megabytes_of_labels_are_refused(time: VirtualTime, lying: LyingServer) -> None:
    lying.body = b'orders_total{route="' + b"x" * 10_000_000 + b'"} 1\n'
    source = source_of(time, lying.url, timeout_seconds=10.0)
    source.scrape_once()
    assert "larger than 10 MB" in str(source.health[0].last_error)
    lying.body = b"".join(b'orders_total{route="%d"} 1\n' % number for number in range(60_000))
    source.scrape_once()
    assert "more than 50000 series" in str(source.health[0].last_error)
    assert values_or_error(source, time) == {}
    source.close()


def values_or_error(source: ScrapeSource, time: VirtualTime) -> dict[str, list[float | str]]:
    try:
        return values(source, time)
    except SourceError:
        return {}


def test_labels_that_change_with_every_scrape_are_bounded_and_pass(
    time: VirtualTime, exposition: ExpositionServer
) -> None:
    source = source_of(time, exposition.url, series_limit=10, kept_seconds=100.0)
    refused = 0
    for scrape in range(12):
        exposition.text = "".join(f'orders_total{{id="{scrape}-{number}"}} 1\n' for number in range(10))
        source.scrape_once()
        refused += not source.health[0].up
        time.now += 15
    assert refused > 0
    assert "so often" in str(source.health[0].last_error)
    time.now += 200
    source.scrape_once()
    assert source.health[0].up
    source.close()


def test_a_value_that_no_counter_can_have_is_remarked_and_left_to_counting(
    time: VirtualTime, exposition: ExpositionServer
) -> None:
    exposition.text = 'orders_total{route="a"} -5\norders_total{route="b"} NaN\norders_total{route="c"} 3\n'
    source = source_of(time, exposition.url)
    source.scrape_once()
    (health,) = source.health
    assert health.up
    assert "is -5, which no counter can be" in health.remarks[0]
    assert len(health.remarks) == 2
    query = CounterQuery("orders_total", (Matcher("route", MatchOp.EQUAL, "c"),))
    assert values(source, time, query) == {exposition.address: [3.0]}
    source.close()


def test_a_series_exposed_twice_with_different_values_counts_as_unknown(
    time: VirtualTime, exposition: ExpositionServer
) -> None:
    exposition.text = 'orders_total{a="1",b="2"} 5\norders_total{b="2",a="1"} 6\n'
    source = source_of(time, exposition.url)
    source.scrape_once()
    ((value,),) = values(source, time).values()
    assert value != value
    assert "exposed twice" in source.health[0].remarks[0]
    source.close()


def test_one_broken_line_refuses_the_whole_scrape_and_keeps_nothing_of_it(
    time: VirtualTime, exposition: ExpositionServer
) -> None:
    exposition.text = 'orders_total{route="a"} 5\norders_total{route="b} 6\n'
    source = source_of(time, exposition.url)
    source.scrape_once()
    assert 'no sample: orders_total{route="b} 6' in str(source.health[0].last_error)
    with pytest.raises(SourceMisanswered):
        values(source, time)
    source.close()


def test_labels_are_joined_as_prometheus_joins_them(time: VirtualTime, exposition: ExpositionServer) -> None:
    exposition.text = 'orders_total{job="x",exported_job="y",instance="z",empty=""} 1\n'
    source = source_of(time, exposition.url)
    source.scrape_once()
    (series,) = source.read(QUERY, 0, time.now).series
    assert series.labels == {
        "__name__": "orders_total",
        "job": "shop",
        "instance": exposition.address,
        "exported_instance": "z",
        "exported_job": "y",
        "exported_exported_job": "x",
    }
    source.close()


def test_openmetrics_is_asked_for_first_and_its_exemplars_are_not_counted(
    time: VirtualTime, exposition: ExpositionServer
) -> None:
    exposition.content_type = OPEN_METRICS
    exposition.text = '# TYPE orders counter\norders_total{a="b"} 4.0 1.5 # {id="x"} 9.0\n# EOF\n'
    source = source_of(time, exposition.url)
    source.scrape_once()
    assert list(source.read(QUERY, 0, time.now).series[0].samples) == [(time.now, 4.0)]
    assert exposition.accepts[0].startswith("application/openmetrics-text;version=1.0.0")
    source.close()


def test_samples_older_than_what_is_kept_are_forgotten(time: VirtualTime, exposition: ExpositionServer) -> None:
    exposition.counting = "orders_total"
    source = source_of(time, exposition.url, kept_seconds=900.0)
    for _ in range(200):
        time.now += 15
        source.scrape_once()
    (series,) = source.read(QUERY, 0, time.now).series
    assert 60 <= len(series.samples) <= 66
    assert series.samples[-1] == (time.now, 200.0)
    source.close()


def test_a_clock_that_is_set_back_forgets_what_it_had_not_lived_yet(
    time: VirtualTime, exposition: ExpositionServer
) -> None:
    exposition.counting = "orders_total"
    source = source_of(time, exposition.url)
    begin = time.now
    for moment in (0, 15, 30, 45, 20, 35):
        time.now = begin + moment
        source.scrape_once()
    (series,) = source.read(QUERY, 0, begin + 1000).series
    assert list(series.samples) == [(begin, 1.0), (begin + 15, 2.0), (begin + 20, 5.0), (begin + 35, 6.0)]
    source.close()


def test_two_targets_behind_one_port_are_told_apart(time: VirtualTime, exposition: ExpositionServer) -> None:
    exposition.text = "orders_total 1\n"
    source = source_of(time, f"{exposition.url}", f"http://{exposition.address}/other", f"{exposition.url}")
    source.scrape_once()
    assert set(values(source, time)) == {f"{exposition.address}/metrics", f"{exposition.address}/other"}
    source.close()


def test_a_metric_that_is_not_kept_and_promql_are_refused(time: VirtualTime, exposition: ExpositionServer) -> None:
    source = source_of(time, exposition.url)
    with pytest.raises(SourceMisanswered, match="not among the metrics that are kept"):
        source.read(CounterQuery("payments_total", ()), 0, time.now)
    with pytest.raises(SourceMisanswered, match="no PromQL: sum"):
        source.evaluate("sum(up)", 0, 1)
    with pytest.raises(SourceMisanswered, match="cannot be read"):
        exposition.text = "orders_total 1\n"
        source.scrape_once()
        source.read(CounterQuery("orders_total", (Matcher("a", MatchOp.MATCHES, "("),)), 0, time.now)
    source.close()


def test_its_own_threads_scrape_at_the_interval_of_the_clock(time: VirtualTime, exposition: ExpositionServer) -> None:
    exposition.counting = "orders_total"
    source = source_of(time, exposition.url).start()
    time.settle(1)
    begin = time.now
    for _ in range(6):
        time.advance(7.5, threads=1)
    (series,) = source.read(QUERY, 0, time.now).series
    assert list(series.samples) == [(begin, 1.0), (begin + 15, 2.0), (begin + 30, 3.0), (begin + 45, 4.0)]
    time.advance(3600, threads=1)
    assert exposition.served[5:] == [], "turns that were slept through are not made up for"
    time.now -= 7200
    time.advance(7200, threads=1)
    assert max(time.waits) <= 15
    source.close()
    assert not any(thread.name.startswith("scrape ") for thread in threading.enumerate())


def test_a_target_that_hangs_does_not_delay_the_others(
    time: VirtualTime, lying: LyingServer, exposition: ExpositionServer
) -> None:
    exposition.counting = "orders_total"
    lying.lie = Lie.HANG
    source = source_of(time, lying.url, exposition.url, timeout_seconds=30.0).start()
    time.settle(1)
    for _ in range(4):
        time.advance(15, threads=1)
    assert values(source, time) == {exposition.address: [1.0, 2.0, 3.0, 4.0, 5.0]}
    waited_until = monotonic() + 60
    while not lying.requests and monotonic() < waited_until:
        sleep(0.01)  # its request is on its way: the hanging thread has the wall's time, not ours
    assert lying.requests == 1
    source.close()
    assert not any(thread.name.startswith("scrape ") for thread in threading.enumerate())


def test_a_fast_clock_waits_less_of_the_walls_time() -> None:
    stop = threading.Event()
    assert WallPacer(speed=3000).wait(30, stop) is False
    stop.set()
    assert WallPacer().wait(1000, stop) is True
    with pytest.raises(ValueError, match="cannot run 0 times"):
        WallPacer(0)
