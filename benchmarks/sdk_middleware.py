"""CPU time that instrumentation adds to one request of a Starlette application, in process."""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

from benchmarks.result import Result, Sample
from benchmarks.sdk_peers import PEERS, Asgi, bare, ours, ours_shared

ROUNDS_OF_OURS = 1500
ROUNDS_OF_PEERS = 150
REQUESTS_A_ROUND = 40
LIMIT_MICROSECONDS = 1.5

SCOPE: dict[str, Any] = {
    "type": "http",
    "http_version": "1.1",
    "method": "GET",
    "scheme": "http",
    "query_string": b"",
    "root_path": "",
    "headers": [(b"host", b"service")],
    "client": ("127.0.0.1", 1),
    "server": ("127.0.0.1", 80),
}


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_message: Any) -> None:
    return None


async def _microseconds(app: Asgi, path: str) -> float:
    """Return the CPU time of one request, the mean over one round."""
    began = time.process_time()
    for _ in range(REQUESTS_A_ROUND):
        await app({**SCOPE, "path": path}, _receive, _send)
    return (time.process_time() - began) / REQUESTS_A_ROUND * 1e6


async def _added(routes: int, path: str, applications: dict[str, Asgi], rounds: int) -> dict[str, Sample]:
    """Measure all applications in each round, and return what each adds to the bare one.

    The bare one runs before and after each of the others, so that a drift of the machine falls out.
    """
    without = bare(routes)
    for app in (without, *applications.values()):
        await _microseconds(app, path)
    added: dict[str, list[float]] = {name: [] for name in applications}
    for _ in range(rounds):
        before = await _microseconds(without, path)
        for name, app in applications.items():
            measured = await _microseconds(app, path)
            after = await _microseconds(without, path)
            added[name].append(measured - (before + after) / 2)
            before = after
    return {name: _sample(values) for name, values in added.items()}


def _sample(values: list[float]) -> Sample:
    p25, median, p75 = statistics.quantiles(values, n=4)
    return Sample(median, p25, p75, len(values))


def run() -> list[Result]:
    """Measure 10 and 200 routes."""
    with tempfile.TemporaryDirectory() as directory:
        return [_result(routes, ours_shared(directory)) for routes in (10, 200)]


def _result(routes: int, shared: Callable[[int], Asgi]) -> Result:
    own = {"ours": ours(routes), "ours, shared by workers": shared(routes), "floor": PEERS["floor"](routes)}
    added = asyncio.run(_added(routes, "/tenth/17", own, ROUNDS_OF_OURS))
    measured = added.pop("ours")
    peers = {name: make(routes) for name, make in PEERS.items() if name != "floor"}
    added |= asyncio.run(_added(routes, "/last/17", peers, ROUNDS_OF_PEERS))
    return Result(
        name=f"time added to a request, {routes} routes",
        unit="us",
        ours=measured,
        peers=added,
        target=f"<= {LIMIT_MICROSECONDS}",
        met=measured.median <= LIMIT_MICROSECONDS,
        note=f"CPU time; each round of {REQUESTS_A_ROUND} requests is paired with bare ones before and after it. "
        "Ours and the floor (two clock readings) are asked for the 10th route, where the router's own time is short "
        "enough to see a microsecond beside it; the peers for the last, since some of them search the table again",
    )
