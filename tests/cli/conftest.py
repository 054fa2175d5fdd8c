"""What the tests of the commands share; and `tests.cli...` can be imported however pytest was started."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))


from servers.prometheus_double import PrometheusDouble


@pytest.fixture
def prometheus_double() -> Iterator[PrometheusDouble]:
    server = PrometheusDouble()
    yield server
    server.close()
