"""Where faults, and the small failures of a normal day, meet the service."""

import sqlite3
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import normal_day
from sqlalchemy import Engine, event

from orders.faults import Faults

Application = Callable[[Any, Any, Any], Awaitable[None]]
UNTOUCHED_PATHS: Final = frozenset({"/health", "/metrics", "/demo/faults"})


class GatewayFailed(Exception):
    """The payment gateway did not answer. The order stays open; pay it again."""


class Disturbance:
    """Decides, event by event, what goes wrong; the rest of the service asks it.

    A calm service has no failures of a normal day: then nothing goes wrong but by a fault.
    """

    def __init__(self, faults: Faults, calm: bool = False) -> None:
        self._faults = faults
        self._calm = calm

    def request_fails(self) -> bool:
        """Say whether this request is answered 500 at once (fault `errors`)."""
        return self._faults.hits("errors")

    def request_wait_seconds(self) -> float:
        """Return how long this request is held up (fault `slowness`, and a normal day's long tail)."""
        faults = self._faults
        if faults.hits("slowness"):
            return faults.between(0.8, 1.3)
        if not self._normally(normal_day.SLOW_REQUEST_SHARE):
            return 0.0
        if faults.happens(normal_day.VERY_SLOW_REQUEST_SHARE / normal_day.SLOW_REQUEST_SHARE):
            return faults.between(0.8, 1.2)
        return faults.between(0.52, 0.68)

    def gateway_fails(self) -> bool:
        """Say whether the payment gateway fails this payment."""
        return self._normally(normal_day.GATEWAY_FAILURE_SHARE)

    def query_wait_seconds(self) -> float:
        """Return how long this query is held up (fault `slow-database`, and a normal day's long tail)."""
        faults = self._faults
        if faults.hits("slow-database"):
            return faults.between(0.22, 0.34)
        if not self._normally(normal_day.SLOW_QUERY_SHARE):
            return 0.0
        if faults.happens(normal_day.VERY_SLOW_QUERY_SHARE / normal_day.SLOW_QUERY_SHARE):
            return faults.between(0.22, 0.32)
        return faults.between(0.11, 0.17)

    def query_fails(self) -> bool:
        """Say whether the database refuses this query (fault `database-errors`)."""
        return self._faults.hits("database-errors") or self._normally(normal_day.DATABASE_ERROR_SHARE)

    def job_seconds(self, sla_seconds: float) -> float:
        """Return how long this job's outside work takes, given its SLA (fault `late-jobs`)."""
        faults = self._faults
        if faults.hits("late-jobs") or self._normally(normal_day.LATE_JOB_SHARE):
            return sla_seconds * faults.between(1.1, 1.6)
        return faults.between(0.02, 0.12)

    def maybe_fail_job(self) -> None:
        """Raise GatewayFailed for the share of jobs that fail on a normal day."""
        if self._normally(normal_day.FAILED_JOB_SHARE):
            raise GatewayFailed

    def _normally(self, share: float) -> bool:
        return not self._calm and self._faults.happens(share)


def disturb_queries(engine: Engine, disturbance: Disturbance) -> None:
    """Hold up or refuse statements inside the driver call, where a real database would.

    The listener runs between SQLAlchemy's "before" and "after" events, so whoever times queries sees the wait.
    """

    def execute(*_arguments: object) -> None:
        wait_seconds = disturbance.query_wait_seconds()
        if wait_seconds:
            time.sleep(wait_seconds)
        if disturbance.query_fails():
            raise sqlite3.OperationalError("database is locked")

    event.listen(engine, "do_execute", execute)


class DisturbRequests:
    """ASGI middleware for `Covet.add_middleware`: holds up requests, and answers some with 500."""

    def __init__(self, disturbance: Disturbance, wait: Callable[[float], Awaitable[None]]) -> None:
        self.app: Application | None = None  # CovetPy sets it when it builds its chain
        self._disturbance = disturbance
        self._wait = wait

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        assert self.app is not None
        if scope["path"] not in UNTOUCHED_PATHS:
            wait_seconds = self._disturbance.request_wait_seconds()
            if wait_seconds:
                await self._wait(wait_seconds)
            if self._disturbance.request_fails():
                await _answer_500(send)
                return
        await self.app(scope, receive, send)


async def _answer_500(send: Any) -> None:
    body = b'{"error":"this request was chosen by the fault `errors`"}'
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
