"""Fixtures that several test folders share: real servers and metric targets, each on a free loopback port."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # `servers` is shared code of the tests, not installed.

from servers.exposition import ExpositionServer
from servers.postgresql import PostgresqlCluster
from servers.prometheus import PrometheusServer, start_prometheus


@pytest.fixture
def exposition() -> Iterator[ExpositionServer]:
    """A target whose /metrics the test writes."""
    server = ExpositionServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., PrometheusServer]]:
    """Start a real Prometheus: `prometheus(history=openmetrics, scrape=[("job", "host:port")], interval="1s")`.

    It lives until the end of the session unless the test stops it.
    """
    started: list[PrometheusServer] = []

    def start(**options: object) -> PrometheusServer:
        started.append(start_prometheus(tmp_path_factory.mktemp("prometheus"), **options))  # type: ignore[arg-type]
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def postgresql_cluster() -> Iterator[PostgresqlCluster]:
    """A real PostgreSQL in a temporary folder, reached by a socket in it."""
    cluster = PostgresqlCluster()
    yield cluster
    cluster.remove()


@pytest.fixture
def postgresql_url(postgresql_cluster: PostgresqlCluster) -> str:
    """An empty database of its own for the test."""
    return postgresql_cluster.new_database()
