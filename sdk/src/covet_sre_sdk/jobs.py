"""Background jobs: how many ended within their agreed time, late, or not at all."""

import inspect
from collections.abc import Callable
from functools import wraps
from time import perf_counter
from types import TracebackType
from typing import Any, ParamSpec, TypeVar, cast

from covet_sre_sdk.families import JOBS
from covet_sre_sdk.registry import Metrics, metrics

Parameters = ParamSpec("Parameters")
Returned = TypeVar("Returned")


class background_job:
    """Count and time the jobs of one type, as a decorator (sync or async) or a context manager (with, async with).

    `sla_seconds` is the time in which the job should end; without it every job that ends is within its SLA. A job
    that raises, or is cancelled, has failed. All three outcomes are exposed at 0 from here on.
    """

    def __init__(self, job_type: str, sla_seconds: float = float("inf"), metrics: Metrics = metrics) -> None:
        self._job_type = job_type
        self._sla_seconds = sla_seconds
        self._metrics = metrics
        self._began: float | None = None
        metrics.declare(JOBS, (job_type,))

    def __call__(self, function: Callable[Parameters, Returned]) -> Callable[Parameters, Returned]:
        """Decorate a function: each call is one job."""
        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def measured_coroutine(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Any:
                async with self._again():
                    return await function(*args, **kwargs)

            return cast(Callable[Parameters, Returned], measured_coroutine)

        @wraps(function)
        def measured(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Returned:
            with self._again():
                return function(*args, **kwargs)

        return measured

    def __enter__(self) -> "background_job":
        """Begin one job. Raises RuntimeError when this very object is measuring one already."""
        if self._began is not None:
            raise RuntimeError(
                f"background_job({self._job_type!r}) is measuring a job: make one object for each `with`"
            )
        self._began = perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the job; what it raised goes on."""
        assert self._began is not None, "left without having been entered"
        seconds, self._began = perf_counter() - self._began, None
        in_time = "within_sla" if seconds <= self._sla_seconds else "late"
        self._metrics.observe(JOBS, (self._job_type, in_time if kind is None else "failed"), seconds)

    async def __aenter__(self) -> "background_job":
        """Begin one job, as __enter__ does."""
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the job, as __exit__ does."""
        self.__exit__(kind, error, trace)

    def _again(self) -> "background_job":
        return background_job(self._job_type, self._sla_seconds, self._metrics)
