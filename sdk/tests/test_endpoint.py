"""The endpoint serves our metrics and the user's, in the format that the client asks for."""

import asyncio
from typing import Any

import pytest
from asgi_client import fetch, parse, value
from prometheus_client import REGISTRY, Counter, Gauge
from starlette.applications import Starlette
from starlette.routing import Mount

from covet_sre_sdk import Metrics, MetricsApp, ReliabilityMiddleware
from covet_sre_sdk.endpoint import wants_open_metrics
from covet_sre_sdk.families import JOBS

PROMETHEUS_2_42 = (
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
)


@pytest.fixture
def users_metrics() -> Any:
    ours = Counter("http_requests_total", "The user's own idea of it", ["path"])
    theirs = Gauge("carts_open", "Carts")
    ours.labels("/").inc(99)
    theirs.set(3)
    yield
    REGISTRY.unregister(ours)
    REGISTRY.unregister(theirs)


@pytest.mark.usefixtures("users_metrics")
@pytest.mark.parametrize("open_metrics", [False, True])
def test_the_users_registry_is_served_without_the_families_that_are_ours(open_metrics: bool) -> None:
    metrics = Metrics()
    metrics.observe(JOBS, ("email", "late"), 1.0)
    text = MetricsApp(metrics).render(open_metrics=open_metrics).decode()
    assert "carts_open 3.0" in text
    assert "99.0" not in text
    assert text.count("# TYPE background_jobs") == 1
    if not open_metrics:
        found = parse(text)
        assert value(found, "background_jobs_total", job_type="email", outcome="late") == 1
        assert value(found, "process_max_fds") is not None


@pytest.mark.parametrize(
    ("accept", "open_metrics"),
    [
        ("", False),
        ("*/*", False),
        ("text/plain", False),
        (PROMETHEUS_2_42, True),
        ("application/openmetrics-text;q=0.2, text/plain;q=0.9", False),
        ("application/openmetrics-text; q=0", False),
        ("application/openmetrics-text; q=nonsense", False),
    ],
)
def test_the_format_is_the_one_that_the_client_prefers(accept: str, open_metrics: bool) -> None:
    assert wants_open_metrics(accept) is open_metrics


def test_the_content_type_says_which_format_it_is() -> None:
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"accept", PROMETHEUS_2_42.encode())]}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(MetricsApp(Metrics())(scope, send, send))  # type: ignore[arg-type]
    headers = dict(sent[0]["headers"])
    assert headers[b"content-type"].startswith(b"application/openmetrics-text; version=1.0.0")
    assert int(headers[b"content-length"]) == len(sent[1]["body"])


def test_it_can_be_mounted_as_an_application() -> None:
    metrics = Metrics()
    metrics.observe(JOBS, ("email", "late"), 1.0)
    app = Starlette(routes=[Mount("/internal/metrics", app=MetricsApp(metrics))])
    responses = fetch(app, ["/internal/metrics/", "POST /internal/metrics/"])
    assert value(parse(responses[0].text), "background_jobs_total", job_type="email", outcome="late") == 1
    assert responses[1].status_code == 405


def test_a_scrape_is_no_request(metrics: Metrics) -> None:
    app = ReliabilityMiddleware(Starlette(), metrics=metrics)
    texts = [response.text for response in fetch(app, ["/metrics"] * 3)]
    assert not any("http_requests_total{" in text for text in texts)


def test_anything_but_http_is_refused() -> None:
    with pytest.raises(RuntimeError, match="speaks HTTP and no websocket"):
        asyncio.run(MetricsApp(Metrics())({"type": "websocket"}, None, None))  # type: ignore[arg-type]
