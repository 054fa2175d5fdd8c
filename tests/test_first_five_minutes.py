"""The README's first five minutes, really typed: its own YAML and its own commands, against a real Prometheus.

Only the addresses differ: those of Prometheus and of the server are free ports here.
"""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from servers.prometheus import PrometheusServer, free_port

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
PRINTED_PROMETHEUS = "http://127.0.0.1:9090"

VALIDATE = f"covet-sre validate reliability --prometheus {PRINTED_PROMETHEUS}"
STATUS_FROM_FILES = "covet-sre slo status reliability"
SERVE = "covet-sre serve reliability"
STATUS_FROM_SERVER = "covet-sre slo status"
GENERATE = [
    f"covet-sre generate {target} reliability -o generated" for target in ("prometheus", "promtool-tests", "grafana")
]
INCIDENTS = ["covet-sre incident list", "covet-sre oncall now"]
BACKTEST = "covet-sre slo backtest reliability --from 4h --policy declared --policy burn-rate"
INSTALL = "pip install ./sdk '.[demo]'"

pytestmark = pytest.mark.prometheus


def printed_output(command: str) -> list[str]:
    """The lines that the README shows below a command."""
    block = re.search(rf"^\$ {re.escape(command)}\n((?:(?!\$ |```).*\n)*)```", README, re.MULTILINE)
    assert block, f"the README does not print {command}"
    return block[1].splitlines()


@dataclass(frozen=True)
class Desk:
    """A folder with the README's file in it, and the commands on the path."""

    folder: Path
    prometheus: str
    server_port: int

    @property
    def file(self) -> Path:
        return self.folder / "reliability" / "api.yaml"

    @property
    def environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        server = f"http://127.0.0.1:{self.server_port}"
        return {**os.environ, "PATH": path, "NO_COLOR": "1", "COLUMNS": "100", "COVET_SRE_SERVER": server}

    def arguments(self, printed: str) -> list[str]:
        assert f"$ {printed}\n" in README, f"the README does not print {printed}"
        return shlex.split(printed.replace(PRINTED_PROMETHEUS, self.prometheus))

    def type(self, printed: str) -> subprocess.CompletedProcess[str]:
        """Type a command as the README prints it."""
        return subprocess.run(
            self.arguments(printed),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )


def counted_traffic(end_seconds: int, hours: int = 6, more_minutes: int = 5) -> str:
    """2,500 requests in 15 seconds, one of them bad: 99.96 % good over any window. It goes on for some minutes."""
    lines = ["# TYPE http_requests_total unknown"]
    samples = range(-hours * 240, more_minutes * 4 + 1)
    for code, step in (("200", 2499), ("500", 1)):
        series = f'http_requests_total{{job="api",instance="api:8000",route="/orders",code="{code}"}}'
        lines += [f"{series} {(n - samples.start) * step} {end_seconds + n * 15}" for n in samples]
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="module")
def traffic(prometheus: Callable[..., PrometheusServer]) -> PrometheusServer:
    return prometheus(history=counted_traffic(int(time.time()) // 15 * 15))


@pytest.fixture
def desk(tmp_path: Path, traffic: PrometheusServer) -> Desk:
    return desk_in(tmp_path, traffic)


@pytest.fixture
def desk_now(tmp_path: Path, prometheus: Callable[..., PrometheusServer]) -> Desk:
    """Over a Prometheus that has no samples of the time to come."""
    return desk_in(tmp_path, prometheus(history=counted_traffic(int(time.time()) // 15 * 15, more_minutes=0)))


def desk_in(tmp_path: Path, traffic: PrometheusServer) -> Desk:
    files = re.findall(r"^```yaml\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert len(files) == 1, "one complete reliability file"
    made = Desk(tmp_path, traffic.url, free_port())
    made.file.parent.mkdir()
    assert PRINTED_PROMETHEUS in files[0]
    made.file.write_text(files[0].replace(PRINTED_PROMETHEUS, traffic.url))
    return made


@pytest.fixture
def serving(desk: Desk) -> Iterator[Desk]:
    """The server of the README, on a port of its own."""
    command = [*desk.arguments(SERVE), "--port", str(desk.server_port)]
    with (desk.folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=desk.folder, env=desk.environment, stdout=log, stderr=log)
        try:
            until(lambda: answers(desk.server_port), "the server listens")
            yield desk
        finally:
            process.terminate()
            process.wait(20)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(holds: Callable[[], bool], what: str, within_seconds: float = 60) -> None:
    deadline = time.monotonic() + within_seconds
    while not holds():
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.2)


def page(desk: Desk, path: str = "/") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{desk.server_port}{path}", timeout=20) as answer:
        return str(answer.read().decode())


def table(outcome: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.rstrip() for line in outcome.stdout.splitlines() if line.strip()]


def test_the_file_is_valid_and_fits_what_prometheus_has(desk_now: Desk) -> None:
    outcome = desk_now.type(VALIDATE)
    assert (outcome.returncode, outcome.stdout) == (0, ""), outcome.stdout + outcome.stderr
    assert "no errors, no warnings" in outcome.stderr


def test_a_label_that_prometheus_does_not_have_is_named_with_the_one_that_is_meant(desk: Desk) -> None:
    desk.file.write_text(desk.file.read_text().replace('code=~"5.."', 'status=~"5.."'))
    outcome = desk.type(VALIDATE)
    assert outcome.returncode == 1
    assert re.match(r"reliability/api\.yaml:\d+:\d+: error: .*'status'.*'code' looks alike", outcome.stdout)


def test_the_numbers_are_those_that_the_readme_shows(desk: Desk) -> None:
    outcome = desk.type(STATUS_FROM_FILES)
    assert outcome.returncode == 0, outcome.stderr
    assert table(outcome) == printed_output(STATUS_FROM_FILES)
    assert not list(desk.folder.rglob("*.db*")), "nothing is stored"


@pytest.mark.slow
def test_the_server_fills_in_history_and_tells_the_same_numbers(serving: Desk) -> None:
    until(lambda: table(serving.type(STATUS_FROM_SERVER)) == printed_output(STATUS_FROM_FILES), "the same numbers")
    assert (serving.folder / "covet-sre.db").exists()
    assert "api-availability" in page(serving, "/slos")


@pytest.mark.slow
def test_a_server_whose_files_name_nobody_tells_of_incidents_and_duty(serving: Desk) -> None:
    for command in INCIDENTS:
        told = serving.type(command)
        assert told.returncode == 0, told.stderr


def test_what_is_generated_is_what_promtool_accepts_and_proves(desk: Desk) -> None:
    for command in GENERATE:
        outcome = desk.type(command)
        assert outcome.returncode == 0, outcome.stderr
    for arguments in (["check", "rules", "api.rules.yaml"], ["test", "rules", "api.test.yaml"]):
        done = subprocess.run(["promtool", *arguments], cwd=desk.folder / "generated", capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_backtest_of_the_history_pages_nobody(desk: Desk) -> None:
    outcome = desk.type(BACKTEST)
    assert outcome.returncode == 0, outcome.stderr
    rows = [line.split() for line in table(outcome) if line.startswith(("declared", "burn-rate"))]
    assert [(row[:2], row[2]) for row in rows] == [
        (["declared", "api-availability"], "0"),
        (["burn-rate", "api-availability"], "0"),
    ]


@pytest.mark.slow
def test_an_edited_file_is_taken_up_and_a_broken_one_is_not(serving: Desk) -> None:
    written = serving.file.read_text()
    serving.file.write_text(written.replace("target: 0.999", "target: 0.998"))
    until(lambda: "99.8 %" in serving.type(STATUS_FROM_SERVER).stdout, "the new target")
    serving.file.write_text(written.replace("target: 0.999", "tarrget: 0.9"))
    until(lambda: "tarrget" in page(serving), "the reason is on the page")
    assert "99.8 %" in serving.type(STATUS_FROM_SERVER).stdout


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_line_that_installs_leaves_a_command_that_works(tmp_path: Path) -> None:
    """In a new environment, from the checkout's sources, with the versions that are pinned."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    # A folder has no hash, so the versions alone are held.
    versions = re.sub(r"\s*\\\n\s+--hash=\S+", "", (ROOT / "requirements" / "demo.txt").read_text())
    (tmp_path / "pins.txt").write_text(versions)
    path = f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}"
    settings = {**os.environ, "PATH": path, "PIP_CONSTRAINT": str(tmp_path / "pins.txt"), "PYTHONPATH": ""}
    assert f"$ {INSTALL}\n" in README
    for command in (INSTALL, "covet-sre validate examples/covetpy/reliability", "covet-sre demo --help"):
        outcome = subprocess.run(
            ["bash", "-c", command], cwd=ROOT, env=settings, capture_output=True, text=True, check=False
        )
        assert outcome.returncode == 0, f"{command}: {outcome.stdout}{outcome.stderr}"
