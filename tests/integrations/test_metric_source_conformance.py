"""What every metric source promises, on each: the fake, a file, a real Prometheus, and direct scraping."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from math import isnan
from pathlib import Path

import pytest

from covet_sre.integrations.fakes import ScriptedSource
from covet_sre.integrations.openmetrics_file import OpenMetricsFile
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.scrape import ScrapeSettings, ScrapeSource, WallPacer
from covet_sre.ports import CounterQuery, MetricSource
from covet_sre.slo.counting import SeriesSamples
from covet_sre.slo.indicator import Matcher, MatchOp
from servers import timeline
from servers.exposition import ExpositionServer
from servers.prometheus import PrometheusServer

BEGIN, END = timeline.moment(0) - 1, timeline.moment(timeline.TICKS)
WANTED = {"orders_total", "payments_total", "nothing_total"}


def scripted() -> MetricSource:
    source = ScriptedSource()
    for one in timeline.EXPOSED:
        source.add(one.full_labels(), *one.samples())
    return source


def from_a_file(folder: Path) -> MetricSource:
    path = folder / "history.txt"
    path.write_text(timeline.history())
    return OpenMetricsFile(path, {*WANTED, "process_start_time_seconds"})


def scraped() -> MetricSource:
    server = ExpositionServer()
    now = [0.0]
    labels = {"job": "covet", "instance": timeline.INSTANCE}
    settings = ScrapeSettings((server.url,), WANTED, timeline.INTERVAL_SECONDS, labels, kept_seconds=3600)
    source = ScrapeSource(settings, lambda: now[0], WallPacer())
    for tick in range(timeline.TICKS):
        server.text, now[0] = timeline.exposition(tick), timeline.moment(tick)
        source.scrape_once()
    server.close()
    return source


@pytest.fixture(
    scope="module", params=["scripted", "scraped", "file", pytest.param("prometheus", marks=pytest.mark.prometheus)]
)
def source(
    request: pytest.FixtureRequest,
    prometheus: Callable[..., PrometheusServer],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[MetricSource]:
    match request.param:
        case "scripted":
            made = scripted()
        case "scraped":
            made = scraped()
        case "file":
            made = from_a_file(tmp_path_factory.mktemp("file"))
        case _:
            made = PrometheusSource(prometheus(history=timeline.history()).url)
    yield made
    made.close()


def read(source: MetricSource, *matchers: Matcher, start: float = BEGIN, end: float = END) -> list[SeriesSamples]:
    answer = source.read(CounterQuery("orders_total", matchers), start, end)
    assert answer.query == CounterQuery("orders_total", matchers)
    assert answer.warnings == ()
    return list(answer.series)


def comparable(series: list[SeriesSamples]) -> dict[tuple[tuple[str, str], ...], list[tuple[float, float | str]]]:
    """Series by their labels; NaN, which equals nothing, becomes a word."""
    found = {}
    for one in series:
        values = [(at, float(value)) for at, value in one.samples]
        found[tuple(sorted(one.labels.items()))] = [(at, "NaN" if isnan(v) else v) for at, v in values]
    assert len(found) == len(series), "two series have the same labels"
    return found


def expected(accepts: Callable[[dict[str, str]], bool] = lambda _: True, start: float = BEGIN, end: float = END):
    series = []
    for one in timeline.EXPOSED:
        inside = [sample for sample in one.samples() if start < sample[0] <= end]
        if one.name == "orders_total" and inside and accepts(one.full_labels()):
            series.append(SeriesSamples(one.full_labels(), inside))
    return comparable(series)


def test_every_sample_of_every_series_is_read_exactly(source: MetricSource) -> None:
    found = comparable(read(source))
    assert found == expected()
    assert sum(map(len, found.values())) > 300


@pytest.mark.parametrize(("first", "last"), [(10, 11), (10, 20), (48, 56), (78, 79)])
def test_the_start_is_left_out_and_the_end_is_taken(source: MetricSource, first: int, last: int) -> None:
    start, end = timeline.moment(first), timeline.moment(last)
    found = comparable(read(source, start=start, end=end))
    assert found == expected(start=start, end=end)
    assert all(start < at <= end for samples in found.values() for at, _ in samples)


def test_consecutive_readings_are_the_whole_and_nothing_twice(source: MetricSource) -> None:
    whole = comparable(read(source))
    pieces: dict[tuple[tuple[str, str], ...], list[tuple[float, float | str]]] = {}
    edges = [
        BEGIN,
        *(timeline.moment(tick) + shift for tick, shift in ((5, 0.0), (17, 0.001), (33, -0.001), (52, 7.7))),
        END,
    ]
    for start, end in pairwise(edges):
        for labels, samples in comparable(read(source, start=start, end=end)).items():
            pieces.setdefault(labels, []).extend(samples)
    assert pieces == whole


@pytest.mark.parametrize(
    "matchers",
    [
        (Matcher("route", MatchOp.EQUAL, "/a"),),
        (Matcher("route", MatchOp.EQUAL, timeline.AWKWARD),),
        (Matcher("route", MatchOp.NOT_EQUAL, timeline.AWKWARD),),
        (Matcher("route", MatchOp.EQUAL, "/a"), Matcher("code", MatchOp.NOT_MATCHES, "5..")),
        (Matcher("code", MatchOp.MATCHES, "2..|5.."),),
        (Matcher("code", MatchOp.MATCHES, "5"),),
        (Matcher("code", MatchOp.EQUAL, ""),),
        (Matcher("code", MatchOp.MATCHES, ".*"),),
        (Matcher("code", MatchOp.MATCHES, ".+"),),
        (Matcher("route", MatchOp.MATCHES, "say.*next.*"),),
        (Matcher("job", MatchOp.EQUAL, "covet"), Matcher("instance", MatchOp.EQUAL, timeline.INSTANCE)),
        (Matcher("job", MatchOp.EQUAL, "other"),),
    ],
    ids=str,
)
def test_matchers_select_what_they_say(source: MetricSource, matchers: tuple[Matcher, ...]) -> None:
    def accepts(labels: dict[str, str]) -> bool:
        return all(matcher.accepts(labels.get(matcher.label, "")) for matcher in matchers)

    assert comparable(read(source, *matchers)) == expected(accepts)


def test_a_metric_that_nobody_exposes_has_no_series(source: MetricSource) -> None:
    assert list(source.read(CounterQuery("nothing_total", ()), BEGIN, END).series) == []


def test_a_time_in_which_nothing_was_scraped_has_no_series(source: MetricSource) -> None:
    assert read(source, start=timeline.moment(49), end=timeline.moment(54)) == []


def test_an_empty_stretch_of_time_has_no_series(source: MetricSource) -> None:
    assert read(source, start=END, end=END) == []
    assert read(source, start=END, end=BEGIN) == []


def test_large_counts_lose_nothing(source: MetricSource) -> None:
    (series,) = source.read(CounterQuery("payments_total", ()), BEGIN, END).series
    assert [int(float(value)) for _, value in series.samples] == [
        10**15 + tick for tick in range(timeline.TICKS) if tick not in timeline.SILENT
    ]


def test_process_starts_are_those_of_the_moment_that_is_asked_for(source: MetricSource) -> None:
    target = ("covet", timeline.INSTANCE)
    assert source.process_starts(timeline.moment(29)) == {target: 1.78e9}
    assert source.process_starts(timeline.moment(40)) == {target: timeline.moment(30)}
    assert source.process_starts(timeline.moment(0) - 1) == {}
    assert source.process_starts(END + 3600) == {}
