"""The endpoint that Prometheus scrapes: our metrics first, then those of the user's prometheus_client registry."""

import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prometheus_client import REGISTRY as USERS_REGISTRY
from prometheus_client import CollectorRegistry, multiprocess
from prometheus_client.exposition import generate_latest as text_of
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics_of
from prometheus_client.registry import Collector

from covet_sre_sdk.asgi import Receive, Scope, Send
from covet_sre_sdk.exposition import Exposition
from covet_sre_sdk.families import OWN_NAMES
from covet_sre_sdk.registry import Metrics, metrics

TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class MetricsApp:
    """An ASGI application that answers GET with the exposition, in OpenMetrics when `Accept` asks for it."""

    def __init__(self, registry: Metrics) -> None:
        self._metrics = registry
        self._exposition = Exposition()
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"the metrics endpoint speaks HTTP and no {scope['type']}")
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, TEXT_TYPE, b"GET or HEAD\n", [(b"allow", b"GET, HEAD")])
            return
        open_metrics = wants_open_metrics(_header(scope, b"accept"))
        body = self.render(open_metrics=open_metrics)
        await _answer(send, 200, OPEN_METRICS_TYPE if open_metrics else TEXT_TYPE, body)

    def render(self, *, open_metrics: bool = False) -> bytes:
        """Return the whole exposition. Any thread may call it."""
        with self._lock:
            own = self._exposition.render(self._metrics.totals(), open_metrics=open_metrics)
        others = _Others(_users_registry())
        return own.encode() + (open_metrics_of(others) if open_metrics else text_of(others))


@dataclass(frozen=True, slots=True)
class _Others(Collector):
    """The user's metrics without those that bear our names: no family may stand in an exposition twice."""

    registry: Collector

    def collect(self) -> Iterable[Metric]:
        return [metric for metric in self.registry.collect() if not _names(metric) & OWN_NAMES]


def _names(metric: Metric) -> set[str]:
    return {metric.name, f"{metric.name}_total"}


def _users_registry() -> Collector:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return USERS_REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return registry


def wants_open_metrics(accept: str) -> bool:
    """Return whether an Accept header rates OpenMetrics at least as high as plain text."""
    return _quality(accept, "application/openmetrics-text") >= max(_quality(accept, "text/plain"), 0.001)


def _quality(accept: str, media_type: str) -> float:
    for entry in accept.split(","):
        name, *parameters = (piece.strip() for piece in entry.split(";"))
        if name.lower() == media_type:
            return next((_number(piece[2:]) for piece in parameters if piece.startswith("q=")), 1.0)
    return 0.0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _header(scope: Scope, wanted: bytes) -> str:
    headers: Iterator[tuple[bytes, bytes]] = iter(scope.get("headers", ()))
    return ",".join(value.decode("latin-1") for name, value in headers if name.lower() == wanted)


async def _answer(
    send: Send, status: int, content_type: str, body: bytes, more: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode()), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


metrics_app = MetricsApp(metrics)
"""Serves the process-wide registry."""
