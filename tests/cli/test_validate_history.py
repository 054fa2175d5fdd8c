"""`covet-sre validate --prometheus` over what a real Prometheus has seen, and over one that lies."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path

import pytest
from click.testing import CliRunner

from covet_sre.cli.validate import validate
from covet_sre.integrations.fakes import Lie, LyingServer
from covet_sre.integrations.reply import Limits
from servers.prometheus import free_port

SERVERS = Path(__file__).parents[1] / "servers"
FILES = """
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: prometheus}
spec: {type: prometheus, connectionDetails: {url: "http://127.0.0.1:9090"}}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: availability}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  indicator:
    metadata: {name: not-5xx}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {spec: {query: 'requests_total{job="shop",code=~"5.."}'}}}
        total: {metricSource: {spec: {query: 'requests_total{job="shop"}'}}}
  objectives: [{target: 0.999}]
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(FILES)
    return path


def codes(files: Path, url: str) -> dict[str, str]:
    """Problems by code; of several with the same code the last."""
    result = CliRunner().invoke(validate, [str(files), "--prometheus", url, "--output", "json"])
    assert result.exit_code in (0, 1), result.stderr
    return {each["code"]: each["problem"] for each in json.loads(result.stdout)["findings"]}


def eventually(ask: Callable[[], dict[str, str]], wanted: Callable[[dict[str, str]], bool]) -> dict[str, str]:
    deadline = time.monotonic() + 90
    found = ask()
    while not wanted(found) and time.monotonic() < deadline:
        time.sleep(0.5)
        found = ask()
    return found


@contextmanager
def workers(number: int, registry: str) -> Iterator[str]:
    """Real processes behind one address. Each answers in its turn: left to the system, which one does is chance."""
    ports = [free_port() for _ in range(number)]
    environment = {**os.environ, "PLAIN_WORKERS_OWN": registry}
    command = [sys.executable, "-m", "uvicorn", "plain_workers:app", "--app-dir", str(SERVERS), "--lifespan", "off"]
    with ExitStack() as stack:
        for port in ports:
            options = ["--port", str(port), "--log-level", "critical"]
            process = stack.enter_context(subprocess.Popen([*command, *options], env=environment))
            stack.callback(process.terminate)
        turns = cycle(ports)

        def answer(path: str) -> bytes:
            with urllib.request.urlopen(f"http://127.0.0.1:{next(turns)}{path}", timeout=30) as told:
                return bytes(told.read())

        for port in ports:
            _wait_for(port)
        front = stack.enter_context(LyingServer(answer, "text/plain; version=0.0.4"))
        yield front.url.removeprefix("http://")


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    with socket.socket() as probe:
        while probe.connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.mark.prometheus
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("registry", ["default", "own"])
def test_workers_that_share_nothing_are_found_behind_a_real_prometheus(prometheus, files, registry):
    with workers(3, registry) as address:
        server = prometheus(scrape=[("shop", address)], interval="1s")
        found = eventually(lambda: codes(files, server.url), lambda found: "process-alternates" in found)
        assert address in found["process-alternates"]
        server.stop()


@pytest.mark.prometheus
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_one_worker_and_its_restart_are_no_alarm(prometheus, files, exposition):
    """Three lives of one process, each longer than the last one's: nothing falls where something else went on."""
    server = prometheus(scrape=[("shop", exposition.address)], interval="1s")
    for life in (3, 6, 9):
        for second in range(life):
            exposition.text = (
                "# TYPE requests_total counter\n"
                f'requests_total{{code="200"}} {second * 40}\nrequests_total{{code="500"}} 0\n'
            )
            served = len(exposition.served)
            deadline = time.monotonic() + 60
            while len(exposition.served) == served and time.monotonic() < deadline:
                time.sleep(0.05)
    found = eventually(lambda: codes(files, server.url), lambda found: "metric-missing" not in found)
    assert "process-alternates" not in found
    assert "metric-missing" not in found
    server.stop()


DAY = 86_400


def history(end: int, days: int, step_seconds: int, samples: Callable[[int], dict[str, int]]) -> str:
    """OpenMetrics of `days` days up to `end`; `samples` gives the counters by code, by the number of the step."""
    rows: dict[str, list[str]] = {}
    for step in range(days * DAY // step_seconds + 1):
        at = end - days * DAY + step * step_seconds
        for code, value in samples(step).items():
            rows.setdefault(code, []).append(f'requests_total{{job="shop",instance="a",code="{code}"}} {value} {at}')
    return "\n".join(["# TYPE requests counter", *(row for each in rows.values() for row in each), "# EOF", ""])


@pytest.mark.prometheus
def test_an_objective_that_was_missed_all_the_time(prometheus, files):
    end = int(time.time())
    text = history(end, 4, 60, lambda step: {"200": step * 99, "500": step})
    found = codes(files, prometheus(history=text).url)
    assert "1 % of events were bad over 4 days" in found["always-burns"]
    assert "window-scrapes" not in found


@pytest.mark.prometheus
def test_an_indicator_that_nothing_ever_burns(prometheus, files):
    end = int(time.time())
    text = history(end, 4, 60, lambda step: {"200": step * 100})
    found = codes(files, prometheus(history=text).url)
    assert "not one event was bad over 4 days with about 57" in found["never-burns"]


@pytest.mark.prometheus
def test_scrapes_too_far_apart_for_the_shortest_window(prometheus, files):
    end = int(time.time())
    text = history(end, 1, 120, lambda step: {"200": step * 100, "500": 0})
    found = codes(files, prometheus(history=text).url)
    assert found["window-scrapes"] == (
        "its alert 'ErrorBudgetBurn1h' looks over 5m, and the samples of requests_total are 2 min apart"
    )


@pytest.mark.prometheus
def test_samples_that_lie_in_the_future(prometheus, files):
    end = int(time.time()) + 300
    text = history(end, 1, 60, lambda step: {"200": step * 100, "500": 0})
    found = codes(files, prometheus(history=text).url)
    assert "in the future" in found["clock-skew"]


@pytest.mark.prometheus
def test_a_process_that_begins_in_the_future(prometheus, files):
    end = int(time.time())
    text = history(end, 1, 60, lambda step: {"200": step * 100, "500": 0}).removesuffix("# EOF\n")
    text += f'process_start_time_seconds{{job="shop",instance="a"}} {end + 600} {end}\n# EOF\n'
    found = codes(files, prometheus(history=text).url)
    assert "its clock is ahead" in found["clock-skew"]


@pytest.mark.prometheus
def test_a_part_that_outgrows_its_total_over_the_days(prometheus, tmp_path):
    """Absolute values would not tell: the total was restarted, and counts on from far below."""
    path = tmp_path / "shop.yaml"
    path.write_text(
        FILES.replace('requests_total{job="shop"}', 'requests_total{job="shop",code="200"}').replace(
            'code=~"5.."', 'code=~"..."'
        )
    )
    end = int(time.time())
    text = history(end, 2, 60, lambda step: {"200": 10_000_000 + step * 100, "500": step * 50})
    found = codes(path, prometheus(history=text).url)
    assert "over 2 days, bad events outnumber all events" in found["part-above-total"]


# ---------------------------------------------------------------- a Prometheus that lies


@pytest.mark.parametrize("lie", [lie for lie in Lie if lie is not Lie.NONE and not lie.withholds])
def test_a_prometheus_that_lies_is_status_4_with_its_address(files, lie):
    with LyingServer(b'{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}') as server:
        server.lie = lie
        result = CliRunner().invoke(validate, [str(files), "--prometheus", server.url])
    assert result.exit_code == 4
    assert server.url in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("lie", [lie for lie in Lie if lie.withholds])
def test_a_prometheus_that_keeps_one_waiting_is_status_4(files, lie, monkeypatch):
    monkeypatch.setattr("covet_sre.integrations.prometheus.inspect.LIMITS", Limits(0.5, 1_000_000))
    with LyingServer(b"{}") as server:
        server.lie = lie
        result = CliRunner().invoke(validate, [str(files), "--prometheus", server.url])
    assert result.exit_code == 4
    assert "no complete answer within 0.5 s" in result.stderr


WRONG_ANSWERS = {
    "a query that is refused": (422, {"status": "error", "errorType": "execution", "error": "too many samples"}),
    "partial data": (200, {"status": "success", "data": {}, "warnings": ["store 3 is away"]}),
    "JSON of something else": (200, {"hello": "world"}),
    "a list": (200, []),
    "numbers for labels": (200, {"status": "success", "data": 7}),
}


@pytest.mark.parametrize("place", ["/label/__name__/values", "/series", "/query", "/query_range"])
@pytest.mark.parametrize("wrong", WRONG_ANSWERS)
def test_one_wrong_answer_among_right_ones_is_status_4(prometheus_double, files, place, wrong):
    """The first question answers; then one of those that follow goes wrong."""
    prometheus_double.spoil(place, *WRONG_ANSWERS[wrong])
    result = CliRunner().invoke(validate, [str(files), "--prometheus", prometheus_double.url])
    assert result.exit_code == 4, (result.stdout, result.stderr)
    assert prometheus_double.url in result.stderr


def test_a_prometheus_without_the_questions_about_itself_is_judged_by_the_rest(prometheus_double, files):
    """Mimir and VictoriaMetrics do not answer these."""
    for place in ("/metadata", "/status/flags"):
        prometheus_double.spoil(place, 404, {"status": "error", "error": "no such page"})
    result = CliRunner().invoke(validate, [str(files), "--prometheus", prometheus_double.url])
    assert result.exit_code == 0, (result.stdout, result.stderr)


def test_a_clock_that_differs_is_told(prometheus_double, files):
    prometheus_double.ahead_seconds = 300.0
    found = codes(files, prometheus_double.url)
    assert "ahead of the one here" in found["clock-skew"]


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ({"storage.tsdb.retention.time": "40d"}, None),
        ({"storage.tsdb.retention.time": "40d", "storage.tsdb.retention.size": "0B"}, None),
        ({"storage.tsdb.retention.time": "10d"}, "this Prometheus keeps 10d"),
        ({"storage.tsdb.retention.time": "0s"}, "this Prometheus keeps 15d"),
        ({"storage.tsdb.retention.time": "40d", "storage.tsdb.retention.size": "5GB"}, "reach back about 1 day"),
        ({"storage.tsdb.retention.time": "0s", "storage.tsdb.retention.size": "5GB"}, "reach back about 1 day"),
        ({}, "reach back about 1 day"),
    ],
)
def test_samples_that_are_gone_before_the_window_is_over(prometheus_double, files, flags, told):
    """What the server says of time counts; where it says nothing, or forgets by size, what it has."""
    prometheus_double.flags = flags
    found = codes(files, prometheus_double.url)
    assert ("window-retention" in found) == (told is not None)
    assert told is None or told in found["window-retention"]
