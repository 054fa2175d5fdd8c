"""A background job ends within its SLA, late, or fails."""

import asyncio
import time

import pytest
from asgi_client import samples, value

from covet_sre_sdk import Metrics, QueueLength, background_job


def outcomes(metrics: Metrics, job_type: str) -> dict[str, float | None]:
    found = samples(metrics)
    return {
        outcome: value(found, "background_jobs_total", job_type=job_type, outcome=outcome)
        for outcome in ("within_sla", "late", "failed")
    }


def test_all_outcomes_of_a_job_type_are_known_at_decoration(metrics: Metrics) -> None:
    @background_job("email", sla_seconds=30, metrics=metrics)
    def send() -> None: ...

    assert outcomes(metrics, "email") == {"within_sla": 0, "late": 0, "failed": 0}


def test_a_decorated_function_is_measured_at_each_call(metrics: Metrics) -> None:
    @background_job("sum", sla_seconds=0.5, metrics=metrics)
    def add(first: int, *, second: int, sleep_seconds: float = 0) -> int:
        """Add two numbers."""
        time.sleep(sleep_seconds)
        return first + second

    assert add(1, second=2) == 3
    assert add(1, second=2, sleep_seconds=0.55) == 3
    with pytest.raises(TypeError):
        add(1, second="two")  # type: ignore[arg-type]
    assert outcomes(metrics, "sum") == {"within_sla": 1, "late": 1, "failed": 1}
    assert (add.__name__, add.__doc__) == ("add", "Add two numbers.")
    assert value(samples(metrics), "background_job_duration_seconds_count", job_type="sum") == 3


def test_a_decorated_coroutine_is_measured_until_its_end(metrics: Metrics) -> None:
    @background_job("export", sla_seconds=0.5, metrics=metrics)
    async def export(sleep_seconds: float) -> str:
        await asyncio.sleep(sleep_seconds)
        return "done"

    async def main() -> list[str]:
        return list(await asyncio.gather(export(0), export(0.6), export(0.6), export(0)))

    assert asyncio.run(main()) == ["done"] * 4
    assert outcomes(metrics, "export") == {"within_sla": 2, "late": 2, "failed": 0}


def test_a_cancelled_job_has_failed(metrics: Metrics) -> None:
    @background_job("export", metrics=metrics)
    async def export() -> None:
        await asyncio.sleep(60)

    async def main() -> None:
        task = asyncio.ensure_future(export())
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert outcomes(metrics, "export") == {"within_sla": 0, "late": 0, "failed": 1}


def test_both_kinds_of_with_measure_their_body(metrics: Metrics) -> None:
    async def main() -> None:
        async with background_job("report", sla_seconds=5, metrics=metrics):
            await asyncio.sleep(0)

    asyncio.run(main())
    with background_job("report", sla_seconds=0, metrics=metrics):
        time.sleep(0.001)
    with pytest.raises(ValueError, match="no"), background_job("report", metrics=metrics):
        raise ValueError("no")
    assert outcomes(metrics, "report") == {"within_sla": 1, "late": 1, "failed": 1}


def test_one_object_measures_one_job_at_a_time(metrics: Metrics) -> None:
    job = background_job("report", metrics=metrics)
    with job, pytest.raises(RuntimeError, match="one object for each"), job:
        pass
    with job:
        pass
    assert outcomes(metrics, "report") == {"within_sla": 2, "late": 0, "failed": 0}


def test_the_queue_length_is_unknown_until_it_is_set(metrics: Metrics) -> None:
    queue = QueueLength(metrics)
    assert value(samples(metrics), "custom_queue_length") is None
    queue.set(12)
    queue.set(7)
    assert value(samples(metrics), "custom_queue_length") == 7


def test_the_queue_length_can_be_asked_for_at_each_scrape(metrics: Metrics) -> None:
    waiting = [1, 2, 3]
    queue = QueueLength(metrics)
    queue.set(lambda: len(waiting))
    assert value(samples(metrics), "custom_queue_length") == 3
    waiting.clear()
    assert value(samples(metrics), "custom_queue_length") == 0
    queue.set(5)
    assert value(samples(metrics), "custom_queue_length") == 5


def test_a_queue_that_cannot_be_asked_is_unknown_and_the_rest_is_served(
    metrics: Metrics, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> float:
        raise ConnectionError("no broker")

    QueueLength(metrics).set(broken)
    found = samples(metrics)
    assert value(found, "custom_queue_length") is None
    assert value(found, "http_requests_in_flight") == 0
    assert "custom_queue_length could not be read" in caplog.text
