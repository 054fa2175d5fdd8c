"""Requests per second of a Starlette application under uvicorn, as a share of the bare one's, over loopback."""

import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import uvicorn

from benchmarks.result import Result, Sample
from benchmarks.sdk_peers import PEERS, bare, ours

ROUTES = 10
ROUNDS = 9
SECONDS_A_ROUND = 1
CONNECTIONS = 16
LEAST_SHARE = 0.9
SERVERS = {"bare": bare, "ours": ours} | PEERS


def run() -> list[Result]:
    """Measure all servers in turn, round by round. Raises RuntimeError when wrk is missing."""
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk makes the load: apt-get install wrk")
    with ExitStack() as servers:
        started = {name: servers.enter_context(_server(name)) for name in SERVERS}
        for server in started.values():
            _load(server)
        rounds = [{name: _load(server) for name, server in started.items()} for _ in range(ROUNDS)]
    return [
        _result(
            "requests per second under uvicorn", [{name: load.a_second for name, load in one.items()} for one in rounds]
        ),
        _result(
            "requests per CPU-second of uvicorn's",
            [{name: load.a_cpu_second for name, load in one.items()} for one in rounds],
        ),
    ]


def _result(name: str, rounds: list[dict[str, float]]) -> Result:
    shares = {name: _sample([one[name] / one["bare"] for one in rounds]) for name in SERVERS if name != "bare"}
    rate = statistics.median(one["bare"] for one in rounds)
    measured = shares.pop("ours")
    return Result(
        name=name,
        unit="of bare",
        ours=measured,
        peers=shares,
        target=f">= {LEAST_SHARE}",
        met=measured.median >= LEAST_SHARE,
        note=f"uvloop, httptools, wrk with {CONNECTIONS} connections; bare: {rate:.0f}",
    )


def _sample(values: list[float]) -> Sample:
    p25, median, p75 = statistics.quantiles(values, n=4)
    return Sample(median, p25, p75, len(values))


@dataclass(frozen=True)
class _Server:
    process: int
    port: int

    def cpu_seconds(self) -> float:
        times = psutil.Process(self.process).cpu_times()
        return times.user + times.system


@dataclass(frozen=True)
class _Load:
    a_second: float
    a_cpu_second: float


def _load(server: _Server) -> _Load:
    url = f"http://127.0.0.1:{server.port}/tenth/17"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS_A_ROUND}s", url]
    before = server.cpu_seconds()
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise RuntimeError(printed)
    found = re.search(r"(\d+) requests in ([\d.]+)s", printed)
    if found is None:
        raise RuntimeError(printed)
    requests = int(found.group(1))
    return _Load(requests / float(found.group(2)), requests / (server.cpu_seconds() - before))


@contextmanager
def _server(name: str) -> Generator[_Server]:
    """A server in a process of its own, on a free port; it ends with this process at the latest."""
    command = [sys.executable, "-m", "benchmarks.sdk_throughput", name]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield _Server(process.pid, int(process.stdout.readline()))
        process.terminate()


def serve(name: str) -> None:
    """Serve one of the applications, and print the port."""
    config = uvicorn.Config(
        SERVERS[name](ROUTES), port=0, loop="uvloop", http="httptools", log_level="error", access_log=False
    )
    listening = config.bind_socket()
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    serve(sys.argv[1])
