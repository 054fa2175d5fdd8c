"""How the tests talk to an ASGI application, and how they read its metrics."""

import asyncio
from collections.abc import Sequence

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from covet_sre_sdk import Metrics, MetricsApp
from covet_sre_sdk.asgi import App

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def fetch(app: App, requests: Sequence[str]) -> list[httpx2.Response]:
    """Send requests ("/path" or "POST /path") one after the other; an exception is answered as 500."""

    async def all_of_them() -> list[httpx2.Response]:
        transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://service") as client:
            return [await _one(client, request) for request in requests]

    return asyncio.run(all_of_them())


async def _one(client: httpx2.AsyncClient, request: str) -> httpx2.Response:
    method, _, path = request.rpartition(" ")
    return await client.request(method or "GET", path)


def samples(registry: Metrics) -> Samples:
    """Return all samples of the exposition, as prometheus_client's own parser reads them."""
    return parse(MetricsApp(registry).render().decode())


def parse(text: str) -> Samples:
    """Return the samples of a text; a sample that stands there twice is an error."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, f"{key} stands there twice"
            found[key] = sample.value
    return found


def value(found: Samples, name: str, **labels: str) -> float | None:
    """Return one sample, None when there is none."""
    return found.get((name, frozenset(labels.items())))


def requests_counted(registry: Metrics) -> dict[str, float]:
    """Return the requests above 0, as "GET /path 200" -> how many."""
    return {
        "{method} {route} {code}".format(**dict(labels)): count
        for (name, labels), count in samples(registry).items()
        if name == "http_requests_total" and count
    }
