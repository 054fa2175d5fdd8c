"""`covet-sre doctor`: each thing that can be wrong with an installation, found with its remedy."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from covet_sre.cli.diagnosis import machine
from covet_sre.cli.diagnosis.check import Check, Outcome
from covet_sre.cli.diagnosis.report import SIGNS, as_text
from covet_sre.cli.doctor import doctor
from covet_sre.integrations.fakes import Lie, LyingServer
from servers.days_of_metrics import days_of
from servers.prometheus import free_port
from tests.bad_input import fast_server

EXAMPLES = Path(__file__).parents[2] / "examples" / "covetpy" / "reliability"
NOBODY = "http://127.0.0.1:1"


def files(tmp_path: Path, source: str, *, job: str = "shop", more: str = "") -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(
        f"""
apiVersion: openslo/v1
kind: Service
metadata: {{name: shop}}
spec: {{}}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {{name: metrics}}
spec: {source}
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: availability}}
spec:
  service: shop
  budgetingMethod: Occurrences
  timeWindow: [{{duration: 30d, isRolling: true}}]
  indicator:
    metadata: {{name: not-5xx}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{spec: {{query: 'requests_total{{job="{job}",code=~"5.."}}'}}}}}}
        total: {{metricSource: {{spec: {{query: 'requests_total{{job="{job}"}}'}}}}}}
  objectives: [{{target: 0.999}}]
{more}"""
    )
    return path


def prometheus_source(url: str, **details: object) -> str:
    return json.dumps({"type": "prometheus", "connectionDetails": {"url": url, **details}})


def scrape_source(*targets: str) -> str:
    details = {"targets": list(targets), "interval": "1s", "labels": {"job": "shop"}}
    return json.dumps({"type": "scrape", "connectionDetails": details})


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No database, proxy or server of whoever runs the tests."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name.startswith("COVET_SRE_"):
            monkeypatch.delenv(name)


class Told:
    """What the doctor told, and how it ended."""

    def __init__(self, *arguments: object) -> None:
        self.result = CliRunner().invoke(doctor, [*map(str, arguments), "--output", "json"])
        assert self.result.exit_code in (0, 1, 4), self.result.output + repr(self.result.exception)
        self.status = self.result.exit_code
        self.checks = json.loads(self.result.stdout)["checks"]

    def one(self, subject: str, outcome: Outcome) -> dict[str, str]:
        found = [check for check in self.checks if check["subject"] == subject and check["outcome"] == outcome]
        assert len(found) == 1, (subject, [check for check in self.checks if check["subject"] == subject])
        return found[0]

    @property
    def wrong(self) -> list[str]:
        return [check["subject"] for check in self.checks if check["outcome"] in ("problem", "warning")]


def quiet(*arguments: object) -> Told:
    """Without a server of our own on the usual port: some developer may have one."""
    return Told(*arguments, *([] if "--server" in arguments else ["--server", f"http://127.0.0.1:{free_port()}"]))


# ---------------------------------------------------------------- this machine


def test_with_nothing_given_nothing_is_wrong_and_what_was_not_checked_is_said() -> None:
    told = Told()
    assert told.one("files", Outcome.NOT_CHECKED)["told"] == "no PATH was given: sources are not known without them"
    assert "serve makes it" in told.one("file", Outcome.NOT_CHECKED)["told"]
    assert told.one("version", Outcome.OK)["told"].endswith(f"on Python {'.'.join(map(str, sys.version_info[:3]))}")
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize(
    ("variables", "is_caught"),
    [
        ({}, False),
        ({"http_proxy": "http://proxy:3128"}, True),
        ({"all_proxy": "socks5://proxy"}, True),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "127.0.0.1,localhost"}, False),
        ({"http_proxy": "http://proxy:3128", "no_proxy": "example.com"}, True),
        ({"https_proxy": "http://proxy:3128"}, False),
    ],
)
def test_a_proxy_that_would_catch_loopback_is_warned_of(monkeypatch, variables, is_caught) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    check = Told().one("proxy", Outcome.WARNING if is_caught else Outcome.OK)
    assert ("NO_PROXY" in check["remedy"]) == is_caught


def test_a_secret_that_is_missing_is_a_problem_and_is_never_shown(tmp_path, monkeypatch) -> None:
    headers = {"Authorization": "SHOP_TOKEN", "X-Scope": "SHOP_SCOPE"}
    path = files(tmp_path, prometheus_source(NOBODY, headersFromEnv=headers))
    monkeypatch.setenv("SHOP_SCOPE", "hunter2")
    told = quiet(path)
    assert told.one("secret SHOP_TOKEN", Outcome.PROBLEM)["remedy"].startswith("export SHOP_TOKEN=")
    told.one("secret SHOP_SCOPE", Outcome.OK)
    assert "hunter2" not in told.result.output


# ---------------------------------------------------------------- the database


def database(url: str) -> Told:
    return Told("--database-url", url)


def test_a_database_is_looked_at_without_being_opened() -> None:
    """A text file and a lock that somebody holds are both left as they are."""
    path = Path.cwd() / "my.db"
    path.write_text("not a database at all")
    told = database(f"sqlite:///{path}")
    assert told.one("file", Outcome.OK)["told"] == f"{path}, 21 bytes"
    assert [each.name for each in Path.cwd().iterdir()] == ["my.db"]


def test_a_folder_that_is_not_there_is_a_problem() -> None:
    told = database("sqlite:////no/such/folder/my.db")
    assert told.status == 1
    assert told.one("file", Outcome.PROBLEM)["remedy"] == "mkdir -p /no/such/folder"


def test_a_named_database_that_is_not_there_is_warned_of() -> None:
    told = database("sqlite:///other.db")
    assert told.status == 0
    told.one("file", Outcome.WARNING)


def test_an_address_of_no_database_is_a_problem() -> None:
    assert "postgresql://" in database("mysql://127.0.0.1/x").one("address", Outcome.PROBLEM)["remedy"]


def test_what_is_no_address_of_a_database_is_wrong_usage() -> None:
    done = CliRunner().invoke(doctor, ["--database-url", "nonsense"])
    assert done.exit_code == 2
    assert "postgresql://" in done.output


def test_a_postgresql_that_does_not_answer_is_status_4() -> None:
    told = database(f"postgresql://user:hunter2@127.0.0.1:{free_port()}/covet")
    assert told.status == 4
    told.one("server", Outcome.PROBLEM)
    assert "hunter2" not in told.result.output


def test_a_postgresql_that_listens_is_well() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        database(f"postgresql://user@127.0.0.1:{listener.getsockname()[1]}/covet").one("server", Outcome.OK)


@pytest.mark.parametrize(
    ("free", "outcome"), [(5e9, Outcome.OK), (5e8, Outcome.WARNING), (5e7, Outcome.PROBLEM), (0, Outcome.PROBLEM)]
)
def test_space_that_runs_out_is_told(monkeypatch, free, outcome) -> None:
    usage = type("Usage", (), {"free": int(free)})
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _folder: usage)
    check = database("sqlite:///my.db").one("space", outcome)
    assert check["told"].endswith(f"free in {Path.cwd()}")


def test_a_log_that_is_not_folded_in_is_warned_of() -> None:
    (Path.cwd() / "my.db").write_text("")
    with (Path.cwd() / "my.db-wal").open("wb") as log:
        log.truncate(machine.LARGE_LOG_BYTES + 1)
    assert "268 MB" in database("sqlite:///my.db").one("write-ahead log", Outcome.WARNING)["told"]


# ---------------------------------------------------------------- files and sources


def test_errors_in_the_files_are_problems_with_their_places(tmp_path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text("apiVersion: openslo/v1\nkind: Service\nmetadata: {name: api}\nspec: {descripton: x}\n")
    told = quiet(path)
    check = told.one("field-unknown", Outcome.PROBLEM)
    assert check["told"].startswith(f"{path}:4:8: spec.descripton: unknown field")
    assert check["remedy"] == "did you mean 'description'?"


def test_a_source_that_does_not_answer_is_status_4_and_the_rest_is_still_checked(tmp_path) -> None:
    told = quiet(files(tmp_path, prometheus_source(NOBODY)))
    assert told.status == 4
    assert told.one("answers", Outcome.PROBLEM)["told"] == f"{NOBODY}: nothing listens there"
    told.one("file", Outcome.NOT_CHECKED)


@pytest.mark.prometheus
def test_a_healthy_prometheus_and_files_that_fit(prometheus, tmp_path) -> None:
    labels = 'job="shop",instance="a"'
    server = prometheus(
        history=days_of({f'requests_total{{{labels},code="200"}}': 900, f'requests_total{{{labels},code="500"}}': 0}, 1)
    )
    told = Told(files(tmp_path, prometheus_source(server.url)))
    assert told.status == 0
    assert told.wrong == []
    assert re.search(r"answers, version 2\.\d+", told.one("answers", Outcome.OK)["told"])
    assert told.one("retention", Outcome.OK)["told"] == "it keeps 400d, the longest budget runs over 30d"
    assert told.one("metrics", Outcome.OK)["told"] == "1 objective, and the series of each fit"
    assert told.one("rules", Outcome.NOT_CHECKED)["told"] == "no rules of covet-sre generate are loaded there"


@pytest.mark.prometheus
def test_what_validate_finds_is_found_here_too(prometheus, tmp_path) -> None:
    server = prometheus(history=days_of({'requests_total{job="shop",status="200"}': 900}, 1))
    told = quiet(files(tmp_path, prometheus_source(server.url)))
    assert told.status == 4  # the server that is named does not answer
    assert "'status' looks alike" in told.one("label-missing", Outcome.PROBLEM)["remedy"]


@pytest.mark.prometheus
@pytest.mark.parametrize(("job", "outcome"), [("shop", Outcome.PROBLEM), ("bank", Outcome.WARNING)])
def test_a_target_that_is_down_is_worse_when_an_objective_needs_it(prometheus, tmp_path, job, outcome) -> None:
    server = prometheus(scrape=[("shop", f"127.0.0.1:{free_port()}")], interval="1s")
    path = files(tmp_path, prometheus_source(server.url), job=job)
    deadline = time.monotonic() + 60
    told = quiet(path)
    while not any(each["subject"] == "targets" and "down:" in each["told"] for each in told.checks):
        assert time.monotonic() < deadline, told.checks
        time.sleep(0.5)
        told = quiet(path)
    assert "connection refused" in told.one("targets", outcome)["told"]
    server.stop()


RULES = {
    "groups": [
        {
            "name": "covet-shop",
            "interval": 30,
            "evaluationTime": 45.0,
            "rules": [
                {"name": "covet:sli", "health": "err", "lastError": "vector contains metrics with the same labelset"},
                {"name": "ShopDown", "health": "ok"},
            ],
        },
        {"name": "others", "interval": 30, "evaluationTime": 99, "rules": [{"name": "x", "health": "err"}]},
    ]
}


def test_rules_of_ours_that_fail_or_take_too_long_are_problems(prometheus_double) -> None:
    prometheus_double.spoil("/rules", 200, {"status": "success", "data": RULES})
    told = quiet("--prometheus", prometheus_double.url)
    told_of_rules = [each["told"] for each in told.checks if each["subject"] == "rules"]
    assert told_of_rules == [
        "the rule covet:sli of covet-shop fails: vector contains metrics with the same labelset",
        "the group covet-shop takes 45 s, and comes every 30 s",
    ]


def test_a_server_that_tells_nothing_of_itself_is_not_checked_there(prometheus_double) -> None:
    """As Mimir and VictoriaMetrics are."""
    for place in ("/rules", "/targets", "/status/flags", "/status/buildinfo"):
        prometheus_double.spoil(place, 404, b"404 page not found")
    told = Told("--prometheus", prometheus_double.url)
    assert told.status == 0
    assert {check["subject"] for check in told.checks if check["outcome"] == "not checked"} >= {
        "rules",
        "targets",
        "retention",
        "metrics",
    }


@pytest.mark.parametrize("answer", [{}, [], {"groups": 7}, {"groups": [7, {"rules": [None, {"name": {}}]}]}, None, "x"])
def test_answers_of_any_shape_are_no_crash(prometheus_double, answer) -> None:
    for place in ("/rules", "/targets", "/status/flags", "/status/buildinfo"):
        prometheus_double.spoil(place, 200, {"status": "success", "data": answer})
    Told("--prometheus", prometheus_double.url)


def test_a_clock_that_differs_is_warned_of(prometheus_double) -> None:
    prometheus_double.ahead_seconds = -120
    assert "differs by -1" in Told("--prometheus", prometheus_double.url).one("clock", Outcome.WARNING)["told"]


@pytest.mark.parametrize("lie", [lie for lie in Lie if lie is not Lie.NONE and not lie.withholds])
def test_a_prometheus_that_lies_is_status_4(lie) -> None:
    with LyingServer(b'{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}') as server:
        server.lie = lie
        told = Told("--prometheus", server.url)
    assert told.status == 4
    assert told.one("answers", Outcome.PROBLEM)["remedy"]


def test_targets_that_are_scraped_are_looked_at_one_by_one(tmp_path, exposition) -> None:
    exposition.text = 'requests_total{code="200"} 5\nrequests_total{code="500"} 0\n'
    path = files(tmp_path, scrape_source(exposition.url, "http://127.0.0.1:1/metrics"))
    told = quiet(path)
    assert told.status == 4
    assert told.one("target", Outcome.OK)["told"] == f"{exposition.url} exposes 1 metrics"
    assert "nothing listens there" in told.one("target", Outcome.PROBLEM)["told"]
    told.one("metrics", Outcome.OK)
    exposition.text = 'requests_total{status="200"} 5\n'
    assert "'status' looks alike" in quiet(path).one("label-missing", Outcome.PROBLEM)["remedy"]
    exposition.text = "Welcome to nginx!\n"
    assert "no sample" in next(c for c in quiet(path).checks if c["subject"] == "target")["told"]


def test_the_headers_of_a_source_are_sent_when_it_is_looked_at(tmp_path, prometheus_double, monkeypatch) -> None:
    prometheus_double.authorization = "Bearer hunter2"
    path = files(tmp_path, prometheus_source(prometheus_double.url, headersFromEnv={"Authorization": "SHOP_TOKEN"}))
    told = quiet(path)
    assert "it answers 401" in told.one("answers", Outcome.PROBLEM)["told"]
    monkeypatch.setenv("SHOP_TOKEN", "Bearer hunter2")
    told = Told(path)
    told.one("answers", Outcome.OK)
    told.one("metrics", Outcome.OK)
    assert "hunter2" not in told.result.output


# ---------------------------------------------------------------- the server


@contextmanager
def serving(folder: Path, path: Path, *, fast: bool = False) -> Iterator[str]:
    """A server; the minutes of a fast one take a second."""
    port, database = free_port(), f"sqlite:///{folder / 'served.db'}"
    serve = ["-m", "covet_sre", "serve", str(path), "--port", str(port), "--database-url", database]
    hurry = [fast_server.__file__, str(path), database, str(port), str(time.time())]
    command = [sys.executable, *(hurry if fast else serve)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 60
            while True:
                try:
                    with urllib.request.urlopen(f"{url}/readyz", timeout=60):
                        break
                except OSError:
                    assert time.monotonic() < deadline
                    assert process.poll() is None
                    time.sleep(0.2)
            yield url
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def test_a_running_server_is_examined(tmp_path, exposition) -> None:
    exposition.text = 'requests_total{code="200"} 5\nrequests_total{code="500"} 0\n'
    path = files(tmp_path, scrape_source(exposition.url))
    with serving(tmp_path, path) as url:
        told = Told(path, "--server", url, "--database-url", f"sqlite:///{tmp_path / 'served.db'}")
        assert told.one("alive", Outcome.OK)["told"] == f"{url} is Covet SRE"
        versions = [each for each in told.checks if each["group"] == "Server" and each["subject"] == "version"]
        assert [each["outcome"] for each in versions] == ["ok"]
        told.one("ready", Outcome.OK)
        assert "sources" not in told.wrong
        told.one("file", Outcome.OK)


@pytest.mark.slow
def test_a_server_whose_source_is_silent_is_told_with_the_sources_own_words(tmp_path) -> None:
    path = files(tmp_path, prometheus_source(NOBODY))
    with serving(tmp_path, path, fast=True) as url:
        deadline = time.monotonic() + 60
        told = Told("--server", url)
        while "sources" not in told.wrong and time.monotonic() < deadline:
            time.sleep(0.5)
            told = Told("--server", url)
        assert "nothing listens there" in told.one("sources", Outcome.PROBLEM)["told"]
        assert told.status == 1


def test_a_server_that_was_named_and_does_not_answer_is_status_4() -> None:
    told = Told("--server", f"http://127.0.0.1:{free_port()}")
    assert told.status == 4
    told.one("alive", Outcome.PROBLEM)


@pytest.mark.parametrize("lie", [Lie.NONE, Lie.HTML, Lie.ERROR, Lie.EMPTY, Lie.REDIRECT, Lie.NO_HTTP, Lie.GZIP_BOMB])
def test_a_port_that_another_program_has_is_a_problem(lie) -> None:
    with LyingServer(b"hello") as server:
        server.lie = lie
        told = Told("--server", server.url)
    assert told.status == 1
    assert "another program has this port" in told.one("alive", Outcome.PROBLEM)["told"]


def test_another_version_and_another_time_are_warned_of() -> None:
    def answer(path: str) -> bytes:
        return b'{"info": {"version": "9.9"}}' if path == "/openapi.json" else b'{"status": "alive", "items": []}'

    with LyingServer(answer, "application/json") as server:
        told = Told("--server", server.url)
    versions = [each for each in told.checks if each["group"] == "Server" and each["subject"] == "version"]
    assert [each["outcome"] for each in versions] == ["warning"]
    assert "it runs version 9.9" in versions[0]["told"]


@pytest.mark.parametrize("option", ["--prometheus", "--server"])
def test_what_is_no_address_is_wrong_usage(option) -> None:
    result = CliRunner().invoke(doctor, [option, "http://user:hunter2@"])
    assert result.exit_code == 2
    assert option in result.stderr
    assert "hunter2" not in result.output


# ---------------------------------------------------------------- how it is shown


def test_the_text_has_a_line_for_each_check_and_one_for_each_remedy() -> None:
    result = CliRunner().invoke(doctor, ["--database-url", "sqlite:////no/such/folder/my.db"])
    lines = result.stdout.splitlines()
    assert lines[0] == "Here"
    assert "Database" in lines
    [line] = [line for line in lines if "/no/such/folder: the folder does not exist" in line]
    assert line.startswith("  ✗ file")
    assert lines[lines.index(line) + 1].strip() == "→ mkdir -p /no/such/folder"
    assert "\x1b" not in result.stdout
    assert re.search(r"covet-sre: 1 problem, no warnings, \d+ ok, \d+ not checked", result.stderr)


def test_colours_add_nothing_that_the_signs_do_not_say() -> None:
    checks = [Check("Here", outcome.value, outcome, "told", "remedy") for outcome in Outcome]
    plain = as_text(checks, colours=False, encoding="utf-8")
    coloured = as_text(checks, colours=True, encoding="utf-8")
    assert coloured != plain
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_what_a_server_says_cannot_command_the_terminal() -> None:
    hostile = Check("Here", "rules", Outcome.PROBLEM, "\x1b[2J\nHere\n  ✓ all is well", "\x07remedy")
    text = as_text([hostile], colours=False, encoding="utf-8")
    assert len(text.splitlines()) == 3
    assert "\x1b" not in text
    assert "\x07" not in text


def test_a_terminal_without_unicode_gets_signs_that_it_has() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "covet_sre", "doctor", "--database-url", "sqlite:////no/such/folder/my.db"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60)
    assert b"  x file" in done.stdout
    assert b"-> mkdir -p" in done.stdout
    assert len({ascii_sign for _, ascii_sign, _ in SIGNS.values()}) == len(SIGNS)


def test_the_example_has_nothing_to_mend_but_what_is_not_running() -> None:
    told = quiet(EXAMPLES)
    assert set(told.wrong) == {"target", "alive"}
