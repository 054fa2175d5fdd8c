"""Answers of the Prometheus API that are wrong, partial or of another shape: refused whole, with the reason."""

import json
from collections.abc import Callable, Iterator

import pytest

from covet_sre.errors import SourceError, SourceMisanswered, SourceUnreachable
from covet_sre.integrations.fakes import Lie, LyingServer
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.ports import CounterQuery

QUERY = CounterQuery("orders_total", ())
SERIES = {"metric": {"__name__": "orders_total"}, "values": [[60, "1"], [120.5, "2"]]}


@pytest.fixture
def server() -> Iterator[LyingServer]:
    with LyingServer(answer([SERIES]), "application/json") as lying:
        yield lying


@pytest.fixture
def source(server: LyingServer) -> Iterator[PrometheusSource]:
    made = PrometheusSource(server.url, size_limit_bytes=1_000_000)
    yield made
    made.close()


@pytest.fixture
def hurried(server: LyingServer) -> Iterator[PrometheusSource]:
    made = PrometheusSource(server.url, timeout_seconds=0.5, size_limit_bytes=1_000_000)
    yield made
    made.close()


def answer(result: object, kind: str = "matrix", **more: object) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": kind, "result": result}, **more}).encode()


def read(source: PrometheusSource) -> object:
    return source.read(QUERY, 0, 300)


CALLS: list[Callable[[PrometheusSource], object]] = [
    read,
    lambda source: source.evaluate("up", 0, 5),
    lambda source: source.process_starts(300),
]


@pytest.mark.parametrize("call", CALLS, ids=["read", "evaluate", "process_starts"])
@pytest.mark.parametrize("lie", [lie for lie in Lie if lie is not Lie.NONE])
def test_every_lie_is_a_source_error_with_place_and_remedy(
    server: LyingServer,
    source: PrometheusSource,
    hurried: PrometheusSource,
    call: Callable[[PrometheusSource], object],
    lie: Lie,
) -> None:
    server.lie = lie
    with pytest.raises(SourceError) as caught:
        call(hurried if lie.withholds else source)
    assert caught.value.where == server.url
    assert caught.value.remedy


def test_measuring_resumes_by_itself_after_every_lie(server: LyingServer, source: PrometheusSource) -> None:
    for lie in (Lie.HALF, Lie.NO_HTTP, Lie.GZIP_BOMB, Lie.CLOSE):
        server.lie = lie
        with pytest.raises(SourceError):
            read(source)
        server.lie = Lie.NONE
        (series,) = source.read(QUERY, 0, 300).series
        assert list(series.samples) == [[60, "1"], [120.5, "2"]]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (
            answer([SERIES], warnings=["store 10.0.0.3: context deadline exceeded"]),
            "partial.*10.0.0.3: context deadline",
        ),
        (answer([SERIES], warnings=["PromQL info: x", "no store matched"]), "partial.*: no store matched;"),
        (answer([SERIES], isPartial=True), "partial.*isPartial"),
        (answer([SERIES], warnings="odd"), "partial.*odd"),
        (
            b'{"status":"error","errorType":"bad_data","error":"parse error: unexpected \\"}\\""}',
            "refuses the query: parse error",
        ),
        (b"", "empty"),
        (b"[]", "not of the Prometheus API"),
        (b'"yes"', "not of the Prometheus API"),
        (b"{}", "not of the Prometheus API"),
        (b'{"status":"success"}', "not of the Prometheus API"),
        (b"<html>", "a page of HTML"),
        (b"\xff\xfe", "no JSON"),
        (b'{"status":"success","data":', "no JSON"),
        (b"[" * 200_000, "no JSON"),
        (b'{"status":"success","data":7}', "shape"),
        (answer([SERIES], "scalar"), "shape"),
        (answer({"a": 1}), "shape"),
        (answer([7]), "shape"),
        (answer([{}]), "shape"),
        (answer([{"metric": {}}]), "shape"),
        (answer([{"metric": [], "values": []}]), "shape"),
        (answer([{"metric": {"a": 1}, "values": []}]), "shape"),
        (answer([{"metric": {}, "values": 7}]), "shape"),
        (answer([{"metric": {}, "values": [7]}]), "shape"),
        (answer([{"metric": {}, "values": [[1, "2", 3]]}]), "shape"),
        (answer([{"metric": {}, "values": [["1", "2"]]}]), "shape"),
        (answer([{"metric": {}, "values": [[1, None]]}]), "shape"),
        (answer([{"metric": {}, "histograms": [[1, {"count": "1"}]]}]), "native histograms.*classic bucket"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_refused_with_the_reason(
    server: LyingServer, source: PrometheusSource, body: bytes, says: str
) -> None:
    server.body = body
    with pytest.raises(SourceMisanswered, match=says):
        read(source)


def test_remarks_on_the_expression_are_no_sign_of_missing_data(server: LyingServer, source: PrometheusSource) -> None:
    server.body = answer(
        [SERIES], warnings=["PromQL warning: quantile out of range"], infos=["PromQL info: no counter"]
    )
    assert len(source.read(QUERY, 0, 300).series) == 1


def test_values_that_no_counter_can_have_are_handed_on_for_counting_to_quarantine(
    server: LyingServer, source: PrometheusSource
) -> None:
    server.body = answer([{"metric": {}, "values": [[60, "NaN"], [120, "+Inf"], [180, "-1"]]}])
    (series,) = source.read(QUERY, 0, 300).series
    assert [value for _, value in series.samples] == ["NaN", "+Inf", "-1"]


def test_a_value_that_is_no_number_is_refused_where_it_is_used(server: LyingServer, source: PrometheusSource) -> None:
    server.body = answer([{"metric": {}, "values": [[60, "1"], [120, "lots"], [180, "3"]]}])
    with pytest.raises(SourceMisanswered, match="'lots' where a number belongs"):
        source.evaluate("up", 0, 5)


def test_a_status_of_the_api_brings_its_own_words(server: LyingServer, source: PrometheusSource) -> None:
    server.lie = Lie.UNAVAILABLE
    with pytest.raises(SourceUnreachable, match="answers 503: upstream is away; it is asked again at the next reading"):
        read(source)


def test_the_start_is_left_out_though_prometheus_2_answers_with_it(
    server: LyingServer, source: PrometheusSource
) -> None:
    (series,) = source.read(QUERY, 60, 120.5).series
    assert list(series.samples) == [[120.5, "2"]]
    (series,) = source.read(QUERY, 0, 120).series
    assert list(series.samples) == [[60, "1"]]
    assert source.read(QUERY, 120.5, 200).series == []


def test_an_address_with_a_path_and_a_query_keeps_both(server: LyingServer) -> None:
    asked: list[str] = []
    server.body = lambda path: (asked.append(path), answer([]))[1]
    source = PrometheusSource(f"{server.url}/prometheus/?dedup=false")
    source.read(QUERY, 0, 60)
    source.api.get("/api/v1/series", [("match[]", "up")])
    source.close()
    assert asked == ["/prometheus/api/v1/query?dedup=false", "/prometheus/api/v1/series?dedup=false&match%5B%5D=up"]
