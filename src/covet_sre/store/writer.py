"""The one thread that writes: transactions run one after another, and those that wait share a commit."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from covet_sre.errors import CovetSreError, StoreError
from covet_sre.flows.timings import COMMIT_BOUNDS, Timings
from covet_sre.store.backend import Backend
from covet_sre.store.failures import OutcomeUnknown, failures_named

Result = TypeVar("Result")
_SHARED_AT_MOST = 64
"""So many waiting jobs share one commit."""


@dataclass(slots=True)
class _Job:
    run: Callable[[Connection], Any]
    answer: Future[Any] = field(default_factory=Future[Any])
    result: Any = None
    refusal: Exception | None = None

    def settle(self) -> None:
        if self.refusal is None:
            self.answer.set_result(self.result)
        else:
            self.answer.set_exception(self.refusal)


class Writer:
    """Runs jobs in transactions. A caller has its answer only after the commit that holds its work."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._trouble: str | None = None
        self.commits = Timings(COMMIT_BOUNDS)
        self._thread = threading.Thread(target=self._serve, name="covet-sre-store-writer", daemon=True)
        self._thread.start()

    def write(self, run: Callable[[Connection], Result]) -> Result:
        """Run one job in a transaction. It may be run again when a neighbour's failure undid it, so it must only write.

        Raises what the job raises, StoreFull, StoreBusy or StoreError; then nothing of it was written.
        """
        return self._put(_Job(run)).result()

    def submit(self, run: Callable[[Connection], Result], settled: Callable[[Future[Result]], None]) -> None:
        """As `write`, without waiting: `settled` is called on the writer's thread, after the commit or the failure.

        It must not raise, nor wait for anything. Raises StoreError when the store is closed.
        """
        job = _Job(run)
        job.answer.add_done_callback(settled)
        self._put(job)

    def _put(self, job: _Job) -> Future[Any]:
        with self._gate:
            if self._closed:
                raise StoreError("the store is closed", where=self._backend.where)
            self._jobs.put(job)
        return job.answer

    @property
    def trouble(self) -> str | None:
        """Why the last write failed; None after one that did not."""
        return self._trouble

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _serve(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch, ends = [first], False
            while len(batch) < _SHARED_AT_MOST and not ends:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    break
                if job is None:
                    ends = True
                else:
                    batch.append(job)
            self._run(batch)
            if ends:
                return

    def _run(self, batch: list[_Job]) -> None:
        began = monotonic()
        try:
            self._commit(batch)
            self.commits.observe(monotonic() - began)
        except Exception as error:  # noqa: BLE001 - whatever it was belongs to the callers, and the thread lives on
            if len(batch) > 1 and not isinstance(error, OutcomeUnknown):
                # Nobody's work was kept: each again by itself, so that one's failure is only its own.
                for job in batch:
                    job.refusal = None
                    self._run([job])
                return
            for job in batch:
                job.refusal = job.refusal or error
            if isinstance(error, StoreError):
                self._trouble = str(error)
        else:
            self._trouble = None
        for job in batch:
            job.settle()

    def _commit(self, batch: list[_Job]) -> None:
        with failures_named(self._backend.where), self._backend.transaction() as connection:
            for job in batch:
                try:
                    with connection.begin_nested() if len(batch) > 1 else nullcontext():
                        job.result = job.run(connection)
                except CovetSreError as refusal:
                    # A rule of ours said no: that is this job's answer; its neighbours are not concerned.
                    if len(batch) == 1 or isinstance(refusal, StoreError):
                        raise
                    job.refusal = refusal
