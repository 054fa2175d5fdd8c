"""Debian's Alertmanager under measure: alone, on loopback, telling nobody."""

import signal
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import which

import psutil

from benchmarks.prometheus_process import free_port, wait_until_ready

ALERTS = "/api/v2/alerts"
_CONFIGURATION = "route: {receiver: nobody, group_by: [alertname]}\nreceivers: [{name: nobody}]\n"


@dataclass(frozen=True)
class Watched:
    """A server under measure, Alertmanager or ours. `url` has no slash at its end."""

    url: str
    process: int

    def cpu_seconds(self) -> float:
        """User and system time of all its threads so far."""
        times = psutil.Process(self.process).cpu_times()
        return float(times.user + times.system)

    def resident_bytes(self) -> int:
        return int(psutil.Process(self.process).memory_info().rss)


@contextmanager
def alertmanager(folder: Path) -> Generator[Watched]:
    """Start one over `folder`, wait until it is ready, and stop it with the block."""
    binary = which("prometheus-alertmanager")
    if binary is None:
        raise RuntimeError("Alertmanager is missing: apt-get install prometheus-alertmanager")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alertmanager.yml").write_text(_CONFIGURATION)
    address = f"127.0.0.1:{free_port()}"
    command = [
        *("setpriv", "--pdeathsig", "TERM", binary),
        f"--config.file={folder}/alertmanager.yml",
        f"--storage.path={folder}/data",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        wait_until_ready("Alertmanager", f"http://{address}", process, folder / "log")
        yield Watched(f"http://{address}", process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
