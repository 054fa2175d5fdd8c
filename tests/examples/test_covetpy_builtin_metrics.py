"""What CovetPy's own metrics say, as installed: the facts that examples/covetpy/README.md states."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.examples.conftest import Service
from tests.examples.covetpy_builtin import load_metrics


@pytest.fixture
def builtin() -> Iterator[Service]:
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("covetpy_builtin.py"))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield Service(json.loads(process.stdout.readline())["url"], process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=15)


def test_the_label_is_status_and_the_endpoint_is_the_raw_path(builtin: Service) -> None:
    for path in ("/orders", "/orders/1", "/orders/2", "/stray"):
        builtin.ask("GET", path)
    assert builtin.samples("http_requests_total", "method", "endpoint", "status") == {
        ("GET", "/orders", "200"): 1,
        ("GET", "/orders/1", "200"): 1,
        ("GET", "/orders/2", "200"): 1,
        ("GET", "/stray", "404"): 1,
    }


def test_an_exception_that_reaches_the_middleware_is_counted_as_200(builtin: Service) -> None:
    assert builtin.ask("GET", "/broken")[0] == 500
    assert builtin.samples("http_requests_total", "endpoint", "status") == {("/broken", "200"): 1}


def test_an_exception_in_a_handler_is_answered_and_counted_as_500(builtin: Service) -> None:
    assert builtin.ask("GET", "/failing")[0] == 500
    assert builtin.samples("http_requests_total", "endpoint", "status") == {("/failing", "500"): 1}


def test_the_queries_have_no_bucket_at_the_alert_bound() -> None:
    metrics = load_metrics()
    metrics.db_query_duration_seconds.labels(operation="select", table="orders").observe(0.01)
    exposed = metrics.generate_latest(metrics.registry).decode()
    bounds = set(re.findall(r'db_query_duration_seconds_bucket{le="([^"]+)"', exposed))
    assert "0.1" in bounds
    assert "0.2" not in bounds


def test_the_requests_have_no_bucket_at_the_alert_bound(builtin: Service) -> None:
    builtin.ask("GET", "/orders")
    bounds = {le for (le,) in builtin.samples("http_request_duration_seconds_bucket", "le")}
    assert "0.5" in bounds
    assert "0.75" not in bounds


def test_the_monitoring_package_cannot_be_imported_as_installed() -> None:
    command = [sys.executable, "-W", "ignore", "-c", "import covet.monitoring"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "No module named 'pythonjsonlogger'" in done.stderr
