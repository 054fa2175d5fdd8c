"""The background jobs, each with its SLA, and the in-process worker that runs them from a queue."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from covet_sre_sdk import background_job, queue_length
from orders.database import OrderBook
from orders.disturbance import Disturbance, GatewayFailed

logger = logging.getLogger(__name__)

SLA_SECONDS: Final = {"email_receipt": 1.0, "settle_payment": 2.0, "nightly_report": 3.0}
CAPACITY: Final = 1000
SLOTS: Final = 32


class QueueIsFull(Exception):
    """More jobs wait than the queue holds. Try again when the worker has caught up."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job that waits: its type and, for all but the report, its order."""

    type: str
    order_id: int | None = None


class Worker:
    """Runs queued jobs in a fixed number of slots on the event loop."""

    def __init__(self, book: OrderBook, disturbance: Disturbance, threads: Executor) -> None:
        self._book = book
        self._disturbance = disturbance
        self._threads = threads
        self._queue: asyncio.Queue[Job] = asyncio.Queue(CAPACITY)
        self._tasks: list[asyncio.Task[None]] = []
        self._steps: dict[str, Callable[[Job], Awaitable[object]]] = {
            "email_receipt": self._email_receipt,
            "settle_payment": self._settle_payment,
            "nightly_report": self._nightly_report,
        }
        for job_type, sla_seconds in SLA_SECONDS.items():
            background_job(job_type, sla_seconds)  # exposed at 0 before the first job
        queue_length.set(self._queue.qsize)

    def start(self, report_every_seconds: float) -> None:
        """Start the slots and the clock of the report; call it on the running event loop."""
        self._tasks = [asyncio.create_task(self._slot()) for _ in range(SLOTS)]
        self._tasks.append(asyncio.create_task(self._report_clock(report_every_seconds)))

    async def stop(self) -> None:
        """Stop all slots; what still waits is dropped with the process."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def put(self, job: Job) -> None:
        """Add a job to the queue. Raises QueueIsFull."""
        try:
            self._queue.put_nowait(job)
        except asyncio.QueueFull:
            raise QueueIsFull(f"{CAPACITY} jobs wait") from None

    async def _slot(self) -> None:
        while True:
            job = await self._queue.get()
            try:
                await self._run(job)
            except (DBAPIError, GatewayFailed) as error:
                # The SDK has counted it as failed; the slot goes on with the next job.
                logger.debug("job %s failed: %s", job.type, error)

    async def _run(self, job: Job) -> None:
        sla_seconds = SLA_SECONDS[job.type]
        async with background_job(job.type, sla_seconds=sla_seconds):
            await asyncio.sleep(self._disturbance.job_seconds(sla_seconds))
            self._disturbance.maybe_fail_job()
            await self._steps[job.type](job)

    async def _report_clock(self, every_seconds: float) -> None:
        while True:
            await asyncio.sleep(every_seconds)
            self.put(Job("nightly_report"))

    async def _email_receipt(self, job: Job) -> object:
        return await self._in_thread(self._book.find, job.order_id)

    async def _settle_payment(self, job: Job) -> object:
        return await self._in_thread(self._book.move, job.order_id, "paid", "settled")

    async def _nightly_report(self, _job: Job) -> object:
        await self._in_thread(self._book.totals)
        return await self._in_thread(self._book.forget_old)

    async def _in_thread(self, call: Callable[..., object], *arguments: Any) -> object:
        return await asyncio.get_running_loop().run_in_executor(self._threads, partial(call, *arguments))
