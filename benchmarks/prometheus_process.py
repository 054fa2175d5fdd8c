"""A real Prometheus under measure: started over a folder, its CPU time and memory read from the system."""

import json
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import psutil

_READY_WITHIN_SECONDS = 60.0


def binary(name: str) -> str:
    """The path of `prometheus` or `promtool`. Raises RuntimeError with the line to type."""
    found = which(name)
    if found is None:
        raise RuntimeError(f"{name} is missing: apt-get install prometheus")
    return found


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass(frozen=True)
class PrometheusProcess:
    """A running server. `url` has no slash at its end; `folder` has its configuration."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def resident_bytes(self) -> int:
        """Its resident memory."""
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def cpu_over(self, seconds: float) -> float:
        """What it spends in the coming seconds."""
        before = self.cpu_seconds()
        time.sleep(seconds)
        return self.cpu_seconds() - before

    def reload(self, configuration: str) -> None:
        """Take up another configuration."""
        (self.folder / "prometheus.yml").write_text(configuration)
        self.process.send_signal(signal.SIGHUP)

    def value(self, expression: str) -> float:
        """The first value of an instant query, 0 where there is none."""
        form = urllib.parse.urlencode({"query": expression}).encode()
        with urllib.request.urlopen(f"{self.url}/api/v1/query", form, timeout=30) as answer:
            result = json.load(answer)["data"]["result"]
        return float(result[0]["value"][1]) if result else 0.0


@contextmanager
def prometheus(folder: Path, configuration: str, port: int | None = None) -> Generator[PrometheusProcess]:
    """Start one over `folder`/data, wait until it is ready, and stop it with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "prometheus.yml").write_text(configuration)
    address = f"127.0.0.1:{port or free_port()}"
    command = [
        *("setpriv", "--pdeathsig", "TERM", binary("prometheus")),
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={folder}/data",
        "--storage.tsdb.retention.time=400d",
        "--web.enable-remote-write-receiver",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        wait_until_ready("Prometheus", f"http://{address}", process, folder / "log")
        yield PrometheusProcess(f"http://{address}", process, folder)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def wait_until_ready(name: str, url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until `/-/ready` answers. Raises RuntimeError with the end of its log where it does not start."""
    deadline = time.monotonic() + _READY_WITHIN_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/-/ready", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{name} does not start: {log.read_text()[-2000:]}")
