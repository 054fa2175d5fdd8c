"""A real Prometheus 2.42: with history from OpenMetrics text, scraping what a test names, or both."""

import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

INSTALL = "apt-get install prometheus"


def binary(name: str) -> str:
    """The path of `prometheus` or `promtool`. A test without it fails, with the line to type."""
    found = shutil.which(name)
    assert found is not None, f"{name} is missing; type: {INSTALL}"
    return found


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@dataclass(frozen=True)
class PrometheusServer:
    """A running server. `url` has no slash at its end."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


def load_history(folder: Path, openmetrics: str) -> None:
    """Write samples with timestamps into TSDB blocks. `openmetrics` is a whole exposition, `# EOF` included."""
    source = folder / "history.txt"
    source.write_text(openmetrics)
    # With the default block length of two hours a month of history takes two minutes.
    command = [binary("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=744h"]
    done = subprocess.run([*command, source, folder / "data"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"promtool refuses the history: {done.stdout}{done.stderr}"


def start_prometheus(
    folder: Path, *, history: str = "", scrape: Sequence[tuple[str, str]] = (), interval: str = "1s"
) -> PrometheusServer:
    """Start one in an empty folder and wait until it is ready. `scrape` is (job, host:port) of each target."""
    program = binary("prometheus")
    folder.mkdir(parents=True, exist_ok=True)
    if history:
        load_history(folder, history)
    jobs = [f"  - job_name: {job}\n    static_configs: [{{targets: ['{target}']}}]\n" for job, target in scrape]
    limits = f"{{scrape_interval: {interval}, scrape_timeout: {interval}}}"
    (folder / "prometheus.yml").write_text(
        f"global: {limits}\nscrape_configs:{' []' if not jobs else ''}\n{''.join(jobs)}"
    )
    for _ in range(3):  # Another process may take the port between finding and using it.
        server = _launched(program, folder)
        if _ready(server):
            return server
        server.stop()
    raise AssertionError(f"Prometheus does not start: {(folder / 'log').read_text()}")


def _launched(program: str, folder: Path) -> PrometheusServer:
    address = f"127.0.0.1:{free_port()}"
    # setpriv ends it when the tests are killed: it must not outlive them.
    command = ["setpriv", "--pdeathsig", "TERM", program, f"--config.file={folder}/prometheus.yml"]
    options = [
        f"--storage.tsdb.path={folder}/data",
        "--storage.tsdb.retention.time=400d",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    return PrometheusServer(f"http://{address}", folder, process)


def _ready(server: PrometheusServer, within_seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{server.url}/-/ready", timeout=1) as answer:
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.03)
    return False
