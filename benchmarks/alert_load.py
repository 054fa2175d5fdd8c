"""wrk as a sender of alerts, and what it measured."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from benchmarks.alert_house import STORM_SERVICE
from benchmarks.alertmanager_process import ALERTS

CONNECTIONS = 64
_SCRIPT = Path(__file__).with_name("alerts.lua")
_RUNS = count()


@dataclass(frozen=True)
class Load:
    """So many alerts to a request, each of them new or always the same."""

    alerts: int
    distinct: bool

    @property
    def kind(self) -> str:
        return "distinct" if self.distinct else "repeated"


@dataclass(frozen=True)
class Measured:
    """Accepted alerts alone count: `refused` is the share that was told to come again (503), before it was kept."""

    alerts_a_second: float
    refused: float
    p50_milliseconds: float
    p99_milliseconds: float


def sent(url: str, load: Load, seconds: int) -> Measured:
    """Send for so long, over CONNECTIONS connections. Raises RuntimeError when one request has no answer."""
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk makes the load: apt-get install wrk")
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(_SCRIPT), url + ALERTS, "--"]
    command += [STORM_SERVICE, str(load.alerts), load.kind, str(next(_RUNS))]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 30).stdout
    found = json.loads(printed.splitlines()[-1])
    if found["failed"]:
        raise RuntimeError(f"{found['failed']} requests failed: {printed[-1000:]}")
    requests, refused = found["requests"], found["refused"]
    return Measured(
        (requests - refused) * load.alerts / found["seconds"], refused / requests, found["p50_ms"], found["p99_ms"]
    )
