"""Fixtures of the SDK's tests: a registry of one's own for each test."""

import sys
from pathlib import Path

import pytest

from covet_sre_sdk import Metrics

sys.path.insert(0, str(Path(__file__).parent))  # `asgi_client` is shared code of the tests, not installed.


@pytest.fixture(params=["in this process", "in shared files"])
def metrics(request: pytest.FixtureRequest, tmp_path: Path) -> Metrics:
    """A registry; every test that takes it runs on both stores."""
    return Metrics(tmp_path / "shared" if request.param == "in shared files" else None)
