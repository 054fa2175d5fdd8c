"""An application with prometheus_client's plain counters, to be served by several processes that share nothing.

With PLAIN_WORKERS_OWN=own in the environment, the metrics have a registry of
their own, without the process' start time.
"""

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, generate_latest

OWN = os.environ.get("PLAIN_WORKERS_OWN") == "own"
registry = CollectorRegistry() if OWN else REGISTRY
requests = Counter("requests", "Requests.", ["code"], registry=registry)
for code in ("200", "500"):
    requests.labels(code)
# As if each had served for a while: as many as its own number, which differs.
requests.labels("200").inc(os.getpid())


async def app(scope, receive, send):
    assert scope["type"] == "http"
    if scope["path"] == "/metrics":
        body = generate_latest(registry)
    else:
        requests.labels("200").inc()
        body = b"ok"
    headers = [(b"content-type", b"text/plain; version=0.0.4"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
