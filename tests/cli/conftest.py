"""What the tests of the commands share."""

from collections.abc import Iterator

import pytest

from servers.prometheus_double import PrometheusDouble


@pytest.fixture
def prometheus_double() -> Iterator[PrometheusDouble]:
    server = PrometheusDouble()
    yield server
    server.close()
