"""Sends the planned requests to the order service, open loop: a slow answer never delays the next request."""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from connections import Connections, Unanswered
from plan import Pace, PlannedRequest, planned_requests

MOST_OUTSTANDING = 256


@dataclass(slots=True)
class Tally:
    """What happened to the requests: answers by status code, unanswered, and not sent because too many waited."""

    answers: Counter[int] = field(default_factory=Counter[int])
    unanswered: int = 0
    not_sent: int = 0

    def as_json(self) -> dict[str, object]:
        codes = {str(code): count for code, count in sorted(self.answers.items())}
        return {
            "sent": self.answers.total() + self.unanswered,
            "codes": codes,
            "unanswered": self.unanswered,
            "not_sent": self.not_sent,
        }


class Traffic:
    """One run of the plan against one service."""

    def __init__(self, port: int) -> None:
        self.tally = Tally()
        self._connections = Connections(port)
        self._outstanding: set[asyncio.Task[None]] = set()

    async def newest_order(self) -> int:
        """Return the newest order's id: the plan's payments count on from it. Raises Unanswered."""
        answer = await self._connections.ask("GET", "/orders")
        if answer.status != 200:
            raise Unanswered(f"GET /orders: {answer.status}")
        items = json.loads(answer.body)["items"]
        return items[0]["id"] if items else 0

    async def run(self, seed: int, pace: Pace, duration_seconds: float) -> None:
        """Send the plan until its duration is over, then wait for the last answers."""
        newest = await self._first_answer(duration_seconds)
        started = time.monotonic()
        for request in planned_requests(seed, pace, newest):
            if request.at_seconds >= duration_seconds:
                break
            await asyncio.sleep(max(0.0, started + request.at_seconds - time.monotonic()))
            if len(self._outstanding) >= MOST_OUTSTANDING:
                self.tally.not_sent += 1
                continue
            task = asyncio.create_task(self._send(request))
            self._outstanding.add(task)
            task.add_done_callback(self._outstanding.discard)
        await asyncio.sleep(max(0.0, started + duration_seconds - time.monotonic()))
        await asyncio.gather(*self._outstanding)
        await self._connections.close()

    async def _first_answer(self, patience_seconds: float) -> int:
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                return await self.newest_order()
            except Unanswered:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(0.2)

    async def _send(self, request: PlannedRequest) -> None:
        try:
            answer = await self._connections.ask(request.method, request.path, request.body)
            self.tally.answers[answer.status] += 1
        except Unanswered:
            self.tally.unanswered += 1


def read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Seeded traffic for the order service, following the day's rhythm.")
    parser.add_argument("url", help="the service's address, such as http://127.0.0.1:8000 (loopback only)")
    parser.add_argument("--requests-per-second", type=float, default=40.0, help="mean over a day, in real seconds")
    parser.add_argument("--duration-seconds", type=float, default=3600.0, help="end by itself after this long")
    parser.add_argument("--virtual-start", type=float, default=None, help="epoch seconds of the demo's clock now")
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster than real time that clock runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when the parent does")
    arguments = parser.parse_args()
    if urlsplit(arguments.url).hostname != "127.0.0.1" or not urlsplit(arguments.url).port:
        parser.error(f"{arguments.url}: this traffic is for http://127.0.0.1:PORT alone")
    return arguments


async def run(arguments: argparse.Namespace) -> Tally:
    """Run the traffic to its end, or to the end of standard input when asked for."""
    traffic = Traffic(urlsplit(arguments.url).port or 0)
    started = time.time() if arguments.virtual_start is None else arguments.virtual_start
    pace = Pace(arguments.requests_per_second, started, arguments.speed)
    running = asyncio.create_task(traffic.run(arguments.seed, pace, arguments.duration_seconds))
    if arguments.until_stdin_closes:
        loop = asyncio.get_running_loop()
        threading.Thread(target=_cancel_with_stdin, args=(loop, running), daemon=True).start()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    return traffic.tally


def _cancel_with_stdin(loop: asyncio.AbstractEventLoop, running: asyncio.Task[None]) -> None:
    # os.read and not sys.stdin: a thread that holds the lock of sys.stdin aborts the interpreter as it ends.
    while os.read(0, 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop has already closed: the run was over
        loop.call_soon_threadsafe(running.cancel)


def main() -> int:
    try:
        tally = asyncio.run(run(read_arguments()))
    except KeyboardInterrupt:
        return 0
    except Unanswered as error:
        print(f"the service never answered: {error}", file=sys.stderr)
        return 4
    print(json.dumps(tally.as_json()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
