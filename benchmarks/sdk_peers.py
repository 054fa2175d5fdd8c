"""The applications that the SDK is measured on, bare and under each instrumentation.

The peers are set up as their documentation says, each with a registry of its own, by route template.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.trace import NoOpTracerProvider
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_fastapi_instrumentator import Instrumentator
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette_exporter import PrometheusMiddleware

from covet_sre_sdk import Metrics, ReliabilityMiddleware
from covet_sre_sdk.families import REQUESTS

Asgi = Any


async def answer(_request: Request) -> PlainTextResponse:
    """Answer with a few bytes."""
    return PlainTextResponse("fine")


def bare(routes: int) -> Starlette:
    """Return a Starlette application. Two routes can be asked for: /tenth/{id} and, as the very last, /last/{id}."""
    table = [Route(f"/other{number}/{{id}}", answer) for number in range(routes - 1)]
    return Starlette(routes=[*table[:9], Route("/tenth/{id}", answer), *table[9:], Route("/last/{id}", answer)])


def floor(routes: int) -> Asgi:
    """Read the clock twice and keep the difference: what nothing that measures in Python goes below."""
    app = bare(routes)
    seconds = [0.0]

    async def measured(scope: Any, receive: Any, send: Any) -> None:
        began = perf_counter()
        await app(scope, receive, send)
        seconds[0] = perf_counter() - began

    return measured


def ours(routes: int) -> Asgi:
    """Our middleware, with counts in this process."""
    return ReliabilityMiddleware(bare(routes), metrics=Metrics())


def ours_shared(directory: str) -> Callable[[int], Asgi]:
    """Our middleware, with counts in the files that several workers share."""
    return lambda routes: ReliabilityMiddleware(bare(routes), metrics=Metrics(directory))


def by_hand(routes: int) -> Asgi:
    """A middleware as one writes it with prometheus-client, with `labels()` at each request."""
    app = bare(routes)
    registry = CollectorRegistry()
    requests = Counter("http_requests", "Requests", ["method", "route", "code"], registry=registry)
    durations = Histogram(
        "http_request_duration_seconds", "Time", ["method", "route"], registry=registry, buckets=REQUESTS.bounds
    )

    async def measured(scope: Any, receive: Any, send: Any) -> None:
        status = 500

        async def note(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = perf_counter()
        try:
            await app(scope, receive, note)
        finally:
            route = scope["route"].path if "route" in scope else "unmatched"
            durations.labels(scope["method"], route).observe(perf_counter() - began)
            requests.labels(scope["method"], route, str(status)).inc()

    return measured


def fastapi_instrumentator(routes: int) -> Asgi:
    """prometheus-fastapi-instrumentator with its default metrics."""
    app = bare(routes)
    Instrumentator(registry=CollectorRegistry()).instrument(app)
    return app


def starlette_exporter(routes: int) -> Asgi:
    """starlette-exporter with its default metrics, by template."""
    app = bare(routes)
    app.add_middleware(PrometheusMiddleware, app_name="bench", prefix=f"bench{routes}_{id(app)}", group_paths=True)
    return app


def opentelemetry(routes: int) -> Asgi:
    """OpenTelemetry's ASGI middleware, metrics alone, read by its Prometheus exporter."""
    provider = MeterProvider(metric_readers=[PrometheusMetricReader()])
    return OpenTelemetryMiddleware(bare(routes), tracer_provider=NoOpTracerProvider(), meter_provider=provider)


PEERS: dict[str, Callable[[int], Asgi]] = {
    "floor": floor,
    "prometheus-client by hand": by_hand,
    "prometheus-fastapi-instrumentator": fastapi_instrumentator,
    "starlette-exporter": starlette_exporter,
    "OpenTelemetry metrics": opentelemetry,
}
