"""`covet-sre slo backtest` as people type it: over a real Prometheus, a file and a server's ledger, which all agree."""

import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from covet_sre.spec import read_documents
from servers.prometheus import PrometheusServer
from tests.cli import test_commands
from tests.cli.test_commands import covet_sre

FILES = """apiVersion: openslo/v1
kind: DataSource
metadata: {name: metrics}
spec: {type: prometheus, connectionDetails: {url: "http://127.0.0.1:9", scrapeInterval: 60s}}
---
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: shop-availability}
spec:
  service: shop
  indicator:
    metadata: {name: shop-not-5xx}
    spec:
      ratioMetric:
        counter: true
        bad: {metricSource: {metricSourceRef: metrics, spec: {query: 'http_requests_total{job="shop",code="500"}'}}}
        total: {metricSource: {metricSourceRef: metrics, spec: {query: 'http_requests_total{job="shop"}'}}}
  budgetingMethod: Occurrences
  timeWindow: [{duration: 30d, isRolling: true}]
  objectives: [{target: 0.999}]
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: nobody-refers-to-it}
spec:
  conditions:
    - kind: AlertCondition
      metadata: {name: ten-minutes}
      spec:
        severity: page
        condition: {kind: burnrate, op: gte, threshold: 100, lookbackWindow: 10m}
  notificationTargets:
    - {kind: AlertNotificationTarget, metadata: {name: x}, spec: {target: x}}
"""
DAY = 1440
DAYS = 3
BEGIN = (int(time.time() // 60) // 60 - 4 * 24) * 60
"""Four days ago, a whole hour: the first minute of the history."""
OUTAGE = BEGIN + 2000, BEGIN + 2030
SLOW_BURN = BEGIN + 3000, BEGIN + 3120
REQUESTS = 600


def bad_in(minute: int) -> int:
    if OUTAGE[0] <= minute < OUTAGE[1]:
        return REQUESTS
    return 12 if SLOW_BURN[0] <= minute < SLOW_BURN[1] else 0


def history() -> str:
    """One target, scraped in the middle of each minute."""
    lines, good, bad = [], 0, 0
    for minute in range(BEGIN, BEGIN + DAYS * DAY):
        bad += bad_in(minute)
        good += REQUESTS - bad_in(minute)
        lines.append((minute * 60 + 30, good, bad))
    samples = [f'http_requests_total{{job="shop",instance="a:80",code="200"}} {good} {at}' for at, good, _ in lines]
    samples += [f'http_requests_total{{job="shop",instance="a:80",code="500"}} {bad} {at}' for at, _, bad in lines]
    return "\n".join(["# TYPE http_requests counter", *samples, "# EOF", ""])


def moment(minute: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(minute * 60))


SPAN = ("--from", moment(BEGIN + DAY), "--to", moment(BEGIN + DAYS * DAY))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reliability")
    (folder / "shop.yaml").write_text(FILES)
    return folder


@pytest.fixture(scope="module")
def openmetrics(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("history") / "history.txt"
    path.write_text(history())
    return path


@pytest.fixture(scope="module")
def shop(prometheus: Callable[..., PrometheusServer]) -> PrometheusServer:
    return prometheus(history=history())


def tried(*arguments: str | Path) -> dict:
    done = covet_sre("slo", "backtest", *map(str, arguments), "--output", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def notices(result: dict, policy: str) -> list[dict]:
    [found] = [each for each in result["policies"] if each["name"] == policy]
    return [notice for outcome in found["outcomes"] for notice in outcome["notices"]]


def episodes(result: dict, policy: str) -> list[tuple[str, str, str | None]]:
    [found] = [each for each in result["policies"] if each["name"] == policy]
    return [(e["alert"], e["start"], e["end"]) for outcome in found["outcomes"] for e in outcome["episodes"]]


# ---------------------------------------------------------------- a real Prometheus


@pytest.mark.prometheus
def test_over_a_prometheus_the_episodes_are_those_that_its_own_ratios_give(files: Path, shop: PrometheusServer) -> None:
    result = tried(files, "--prometheus", shop.url, *SPAN, "--policy", "multi-window")
    told = set(episodes(result, "multi-window"))
    pairs = {"Burn1h": (14.4, "1h", "5m"), "Burn6h": (6, "6h", "30m"), "Burn3d": (1, "3d", "6h")}
    # The three days before the first sample hold nothing to subtract from, so the ticket is not asked here.
    for alert in ("Burn1h", "Burn6h"):
        threshold, long, short = pairs[alert]
        assert {each for each in told if each[0] == alert} == by_prometheus(shop.url, alert, threshold, long, short)
    assert len([each for each in told if each[0] == "Burn1h"]) == 2


def by_prometheus(url: str, alert: str, threshold: float, long: str, short: str) -> set[tuple[str, str, str | None]]:
    """Stretches in which PromQL finds both ratios at or above the threshold, by plain differences of the counters."""

    def ratio(window: str) -> str:
        bad, total = 'sum(http_requests_total{code="500"})', "sum(http_requests_total)"
        shifted = [each.replace(")", f" offset {window})") for each in (bad, total)]
        return f"({bad} - {shifted[0]}) / ({total} - {shifted[1]})"

    expression = (
        f"{ratio(long)} >= {threshold * 0.001 * (1 - 1e-9)} and {ratio(short)} >= {threshold * 0.001 * (1 - 1e-9)}"
    )
    start, end = BEGIN + DAY + 1, BEGIN + DAYS * DAY
    asked = urlencode({"query": expression, "start": start * 60, "end": end * 60, "step": 60})
    with urlopen(f"{url}/api/v1/query_range?{asked}", timeout=60) as answer:
        series = json.load(answer)["data"]["result"]
    moments = [int(at) // 60 for one in series for at, _ in one["values"]]
    found = set()
    for minute in moments:
        if minute - 1 not in moments:
            last = minute
            while last + 1 in moments:
                last += 1
            found.add((alert, moment(minute), None if last == end else moment(last + 1)))
    return found


@pytest.mark.prometheus
def test_the_outage_is_paged_for_when_the_arithmetic_says(files: Path, shop: PrometheusServer) -> None:
    result = tried(
        files, "--prometheus", shop.url, *SPAN, "--policy", "multi-window", "--policy", "nobody-refers-to-it"
    )
    outage, burn = [notice for notice in notices(result, "multi-window") if notice["severity"] == "page"]
    # A total outage is seen after its first minute. It was 1 minute of 1 day and 2000 - 1440 minutes and 1 more.
    assert outage["start"] == moment(OUTAGE[0] + 1)
    assert outage["detection_minutes"] == 1
    assert outage["budget_gone"] == pytest.approx(REQUESTS / (2000 * REQUESTS * 0.001), rel=2e-3)
    # 6 h at 6: the thirty minutes' window is clean enough (0.6 %) when all of it but nothing is left of 100 %.
    assert outage["end"] == moment(OUTAGE[1] + 30)
    # 2 % for two hours: 14.4 over the hour is reached after 43.2 minutes.
    assert burn["start"] == moment(SLOW_BURN[0] + 44)
    assert burn["detection_minutes"] == 44
    own = notices(result, "nobody-refers-to-it")
    # 100 times 0.1 % over ten minutes: the first minute is 10 %, and the last is gone 10 minutes after.
    assert [(one["start"], one["end"]) for one in own] == [(moment(OUTAGE[0] + 1), moment(OUTAGE[1] + 10))]


@pytest.mark.prometheus
def test_a_file_gives_what_the_prometheus_gives(files: Path, shop: PrometheusServer, openmetrics: Path) -> None:
    policies = ("--policy", "declared", "--policy", "multi-burn-rate", "--policy", "duration")
    over_http = tried(files, "--prometheus", shop.url, *SPAN, *policies)
    over_file = tried(files, "--openmetrics", openmetrics, *SPAN, *policies)
    assert over_http["policies"] == over_file["policies"]
    assert over_file["source"] == str(openmetrics)


# ---------------------------------------------------------------- a running server


@pytest.fixture(scope="module")
def server(files: Path, shop: PrometheusServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`covet-sre serve` over the Prometheus, its ledger filled from history."""
    folder = tmp_path_factory.mktemp("server")
    (folder / "shop.yaml").write_text(FILES.replace("http://127.0.0.1:9", shop.url))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--port", str(port), "--database-url", f"sqlite:///{folder / 'ledger.db'}"]
    command = [sys.executable, "-m", "covet_sre", "serve", str(folder / "shop.yaml"), *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log)
    address = f"http://127.0.0.1:{port}"
    asked = urlencode({"start": moment(BEGIN), "end": moment(BEGIN + DAYS * DAY)})
    deadline = time.monotonic() + 60
    try:
        while True:
            try:
                with urlopen(f"{address}/api/v1/slos/shop-availability/minutes?{asked}", timeout=5) as answer:
                    [stream] = json.load(answer)["streams"]
                if len(stream["minutes"]) >= DAYS * DAY - 1:
                    break
            except OSError:
                pass
            assert time.monotonic() < deadline, (folder / "log").read_text()
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.2)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.mark.prometheus
def test_a_servers_ledger_gives_what_its_prometheus_gives(files: Path, shop: PrometheusServer, server: str) -> None:
    policies = ("--policy", "declared", "--policy", "multi-window")
    over_http = tried(files, "--prometheus", shop.url, *SPAN, *policies)
    over_ledger = tried(files, "--ledger", "--server", server, *SPAN, *policies)
    assert over_ledger["policies"] == over_http["policies"]
    assert server in over_ledger["source"]


@pytest.mark.prometheus
def test_what_the_server_counts_by_another_indicator_is_not_taken(tmp_path: Path, server: str) -> None:
    (tmp_path / "shop.yaml").write_text(FILES.replace('code="500"', 'code="503"'))
    done = covet_sre("slo", "backtest", str(tmp_path), "--ledger", "--server", server, *SPAN)
    assert done.returncode == 1
    assert "measures none of these objectives" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "streams",
    [
        None,
        [{"key": "KEY"}],
        [{"key": "KEY", "minutes": [-1], "bad": [0], "total": [1], "gaps": []}],
        [{"key": "KEY", "minutes": [10**7], "bad": [0], "total": [1], "gaps": []}],
        [{"key": "KEY", "minutes": [0, 1], "bad": [0, 1, 2], "total": [1, 1], "gaps": []}],
        [{"key": "KEY", "minutes": [0], "bad": ["many"], "total": [1], "gaps": []}],
    ],
)
def test_a_server_that_answers_nonsense_is_an_upstream_that_cannot_be_used(files: Path, streams: list | None) -> None:
    [objective] = read_documents({"shop.yaml": FILES}).objectives
    answer = json.dumps({"streams": streams}).replace("KEY", objective.events.key)
    items = json.dumps({"items": [{"name": objective.name}], "next": None})

    class Liar(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write((answer if "/minutes" in self.path else items).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as liar:
        threading.Thread(target=liar.serve_forever, args=(0.05,), daemon=True).start()
        address = f"http://127.0.0.1:{liar.server_address[1]}"
        done = covet_sre("slo", "backtest", str(files), "--ledger", "--server", address, *SPAN)
        liar.shutdown()
    assert done.returncode == 4, done.stderr
    assert "cannot be used" in done.stderr
    assert done.stdout == ""


# ---------------------------------------------------------------- what is printed and written


def test_the_table_names_policies_objectives_and_what_was_sent(files: Path, openmetrics: Path) -> None:
    done = covet_sre("slo", "backtest", str(files), "--openmetrics", str(openmetrics), *SPAN)
    assert done.returncode == 0, done.stderr
    head = next(line for line in done.stdout.splitlines() if line.startswith("Policy"))
    assert re.split(r"\s{2,}", head.strip())[:4] == ["Policy", "Objective", "Pages", "Tickets"]
    assert "shop-availability" in done.stdout
    assert "ErrorBudgetBurn1h" in done.stdout
    assert "the history begins at" in done.stdout


def test_incidents_give_precision_and_recall(files: Path, openmetrics: Path, tmp_path: Path) -> None:
    incidents = tmp_path / "incidents.json"
    known = [
        {"start": moment(OUTAGE[0]), "end": moment(OUTAGE[1]), "title": "database down"},
        {"start": moment(BEGIN + 2500), "end": moment(BEGIN + 2510), "title": "nobody noticed"},
    ]
    incidents.write_text(json.dumps(known))
    result = tried(files, "--openmetrics", openmetrics, *SPAN, "--policy", "multi-window", "--incidents", incidents)
    [policy] = result["policies"]
    assert policy["precision"] == {"count": 1, "of": 2, "value": 0.5}
    assert policy["recall"] == {"count": 1, "of": 2, "value": 0.5}
    incidents.write_text("[]")
    result = tried(files, "--openmetrics", openmetrics, *SPAN, "--policy", "burn-rate", "--incidents", incidents)
    assert result["policies"][0]["recall"] == {"count": 0, "of": 0, "value": None}


def test_a_suggestion_is_a_file_that_can_be_read(files: Path, openmetrics: Path) -> None:
    [suggested] = tried(files, "--openmetrics", openmetrics, *SPAN, "--suggest")["suggestions"]
    assert suggested["reasons"]
    slo, *policies = suggested["yaml"].split("---\n")
    documents = [document for document in FILES.split("---\n") if "nobody-refers" not in document]
    changed = []
    for document in documents:
        if "kind: SLO" in document:
            references = slo[slo.index("  alertPolicies:") :]
            target = re.search(r"target: (\S+)", slo)
            assert target
            document = document.replace("0.999", target[1]) + references
            document = document.replace(
                "shop-availability}", 'shop-availability, annotations: {covet-sre/burn-rate-alerts: "off"}}'
            )
        changed.append(document)
    declared = read_documents({"shop.yaml": "---\n".join([*changed, *policies])})
    assert not declared.warnings
    [objective] = declared.objectives
    assert float(objective.target) == suggested["target"]
    found = [(a.name, a.severity.value, a.threshold, a.long_minutes, a.short_minutes) for a in objective.alerts]
    wanted = [tuple(alert.values()) for alert in suggested["alerts"]]
    assert found == [pytest.approx(each) if isinstance(each, float) else each for each in wanted]


def test_files_are_written_whole_and_the_page_asks_nobody_for_anything(
    files: Path, openmetrics: Path, tmp_path: Path
) -> None:
    page, data = tmp_path / "out.html", tmp_path / "out.json"
    done = covet_sre(
        "slo",
        "backtest",
        str(files),
        "--openmetrics",
        str(openmetrics),
        *SPAN,
        "--html",
        str(page),
        "--json",
        str(data),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(data.read_text())["schema_version"] == 1
    html = page.read_text()
    assert "<script" not in html
    assert not re.findall(r"(?:src|href)=\"(?!#)[^\"]*\"", html)
    assert not re.findall(r"url\((?!\"?#)", html)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.html", "out.json"]


def test_what_was_not_measured_is_unknown_and_not_nought(tmp_path: Path, openmetrics: Path) -> None:
    service, slo = (
        FILES.index("---\napiVersion: openslo/v1\nkind: SLO"),
        FILES.index("---\napiVersion: openslo/v1\nkind: Alert"),
    )
    other = FILES[service:slo].replace("shop-availability", "elsewhere").replace('job="shop"', 'job="elsewhere"')
    (tmp_path / "both.yaml").write_text(FILES + other)
    result = tried(tmp_path, "--openmetrics", openmetrics, *SPAN)
    found = {outcome["objective"]: outcome["pages"] for outcome in result["policies"][0]["outcomes"]}
    assert found == {"shop-availability": 2, "elsewhere": None}
    assert any("elsewhere" in remark and "unknown" in remark for remark in result["remarks"])
    printed = covet_sre("slo", "backtest", str(tmp_path), "--openmetrics", str(openmetrics), *SPAN).stdout
    assert any(
        "elsewhere" in line and "unknown" in line for line in printed.splitlines() if line.startswith("declared")
    )


def test_without_a_span_all_that_a_file_holds_is_replayed(files: Path, openmetrics: Path) -> None:
    result = tried(files, "--openmetrics", openmetrics)
    assert (result["from"], result["to"]) == (moment(BEGIN), moment(BEGIN + DAYS * DAY))
    result = tried(files, "--openmetrics", openmetrics, "--from", "1d")
    assert result["from"] == moment(BEGIN + (DAYS - 1) * DAY)
    late = covet_sre("slo", "backtest", str(files), "--openmetrics", str(openmetrics), "--to", moment(BEGIN + 9 * DAY))
    assert late.returncode == 2
    assert "the last sample of the file" in " ".join(late.stderr.split())


def test_a_time_in_which_nothing_was_measured_is_refused(tmp_path: Path, openmetrics: Path) -> None:
    (tmp_path / "shop.yaml").write_text(FILES.replace('job="shop"', 'job="elsewhere"'))
    done = covet_sre("slo", "backtest", str(tmp_path), "--openmetrics", str(openmetrics), *SPAN)
    assert done.returncode == 1
    assert "nothing of these objectives was measured" in done.stderr
    assert done.stdout == ""


# ---------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--from", "1h", "--to", "2h"), 2, "--from must lie before --to"),
        (("--from", "1h", "--to", "1h"), 2, "--from must lie before --to"),
        (("--from", "yesterday"), 2, "is no time"),
        (("--from", "200d"), 2, "100 days at most"),
        (("--to", "2999-01-01T00:00Z"), 2, "after the present"),
        (("--policy", "multiwindow"), 2, "did you mean 'multi-window'"),
        (("--objective", "shop-avail"), 2, "did you mean 'shop-availability'"),
        (("--ledger", "--prometheus", "http://127.0.0.1:9"), 2, "exclude each other"),
        (("--prometheus", "ftp://x"), 2, "no address"),
        (("--prometheus", "http://127.0.0.1:9"), 4, "127.0.0.1:9"),
        ((), 4, "127.0.0.1:9"),
        (("--ledger", "--server", "http://127.0.0.1:9"), 4, "covet-sre serve"),
        (("--openmetrics", "none.txt"), 1, "No such file"),
        (("--incidents", "none.yaml"), 1, "there is no such file"),
    ],
)
def test_what_cannot_be_is_refused_in_words(files: Path, arguments: tuple[str, ...], status: int, words: str) -> None:
    done = covet_sre("slo", "backtest", str(files), *arguments)
    assert done.returncode == status, done.stderr
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_status_too_tells_of_a_source_that_is_away_on_stderr_alone(files: Path) -> None:
    done = covet_sre("slo", "status", str(files), "--output", "json")
    assert done.returncode == 4
    assert "127.0.0.1:9" in done.stderr
    assert done.stdout == ""


def test_help_loads_nothing_heavy() -> None:
    test_commands.test_help_loads_nothing_heavy(["slo", "backtest", "--help"])


def test_a_source_that_is_scraped_directly_has_no_history(tmp_path: Path) -> None:
    scraped = 'spec: {type: scrape, connectionDetails: {targets: ["http://127.0.0.1:9/metrics"], interval: 15s}}'
    (tmp_path / "shop.yaml").write_text(re.sub(r"spec: \{type: prometheus, .*", scraped, FILES, count=1))
    done = covet_sre("slo", "backtest", str(tmp_path))
    assert done.returncode == 2, done.stderr
    assert "keeps no history" in " ".join(done.stderr.split())


def test_unreadable_incidents_are_told_with_file_and_line(files: Path, openmetrics: Path, tmp_path: Path) -> None:
    (tmp_path / "incidents.yaml").write_text("- {start: soon, end: later, title: x}\n")
    path = str(tmp_path / "incidents.yaml")
    done = covet_sre("slo", "backtest", str(files), "--openmetrics", str(openmetrics), *SPAN, "--incidents", path)
    assert done.returncode == 1
    assert f"{path}:1:4" in done.stderr
    assert done.stdout == ""


def test_a_page_that_cannot_be_written_leaves_what_was_there(files: Path, openmetrics: Path, tmp_path: Path) -> None:
    done = covet_sre(
        "slo",
        "backtest",
        str(files),
        "--openmetrics",
        str(openmetrics),
        *SPAN,
        "--html",
        str(tmp_path / "no" / "out.html"),
    )
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
