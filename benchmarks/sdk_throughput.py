"""Requests per second of a Starlette application under uvicorn, as a share of the bare one's, over loopback."""

import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

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
        ports = {name: servers.enter_context(_server(name)) for name in SERVERS}
        for port in ports.values():
            _requests_per_second(port)
        rounds = [{name: _requests_per_second(port) for name, port in ports.items()} for _ in range(ROUNDS)]
    shares = {name: _sample([one[name] / one["bare"] for one in rounds]) for name in SERVERS if name != "bare"}
    rate = statistics.median(one["bare"] for one in rounds)
    measured = shares.pop("ours")
    return [
        Result(
            name="throughput under uvicorn",
            unit="of bare",
            ours=measured,
            peers=shares,
            target=f">= {LEAST_SHARE}",
            met=measured.median >= LEAST_SHARE,
            note=f"uvloop, httptools, wrk with {CONNECTIONS} connections; bare: {rate:.0f} requests/s",
        )
    ]


def _sample(values: list[float]) -> Sample:
    p25, median, p75 = statistics.quantiles(values, n=4)
    return Sample(median, p25, p75, len(values))


def _requests_per_second(port: int) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS_A_ROUND}s", f"http://127.0.0.1:{port}/tenth/17"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise RuntimeError(printed)
    found = re.search(r"Requests/sec:\s*([\d.]+)", printed)
    if found is None:
        raise RuntimeError(printed)
    return float(found.group(1))


@contextmanager
def _server(name: str) -> Generator[int]:
    """A server in a process of its own, on a free port; it ends with this process at the latest."""
    command = [sys.executable, "-m", "benchmarks.sdk_throughput", name]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
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
