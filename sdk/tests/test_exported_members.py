"""The public surface: what others build on."""

import inspect
import subprocess
import sys

import covet_sre_sdk
from covet_sre_sdk import ReliabilityMiddleware, background_job, db_query, instrument_sqlalchemy


def test_the_public_names_are_these() -> None:
    assert covet_sre_sdk.__all__ == [
        "Metrics",
        "MetricsApp",
        "QueueLength",
        "ReliabilityMiddleware",
        "background_job",
        "db_query",
        "instrument_sqlalchemy",
        "metrics",
        "metrics_app",
        "queue_length",
    ]
    assert all(hasattr(covet_sre_sdk, name) for name in covet_sre_sdk.__all__)


def test_their_arguments_are_these() -> None:
    def arguments(callable_: object) -> list[str]:
        return list(inspect.signature(callable_).parameters)  # type: ignore[arg-type]

    assert arguments(ReliabilityMiddleware) == ["app", "metrics", "routes", "exclude", "max_routes", "metrics_path"]
    assert arguments(background_job) == ["job_type", "sla_seconds", "metrics"]
    assert arguments(db_query) == ["operation", "metrics"]
    assert arguments(instrument_sqlalchemy) == ["engine", "metrics"]


def test_importing_it_needs_no_framework() -> None:
    frameworks = "{'starlette', 'fastapi', 'litestar', 'sqlalchemy', 'uvicorn', 'covet_sre'}"
    code = f"import sys, covet_sre_sdk; print(*({frameworks} & {{*sys.modules}}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == ""
