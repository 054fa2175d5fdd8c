"""An application with prometheus_client's plain counters, served by several uvicorn workers that share nothing.

`python plain_workers.py WORKERS [own]` serves on a free port of 127.0.0.1, prints its address, and ends when its
standard input closes. With `own` the metrics have a registry of their own, without the process' start time.
"""

import os
import sys
import threading

import uvicorn
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


def main() -> None:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    workers = int(sys.argv[1])
    os.environ["PLAIN_WORKERS_OWN"] = sys.argv[2] if len(sys.argv) > 2 else ""

    def end_with_stdin() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), 15)

    threading.Thread(target=end_with_stdin, daemon=True).start()
    print(f"127.0.0.1:{port}", flush=True)
    uvicorn.run(
        "plain_workers:app",
        app_dir=os.path.dirname(os.path.abspath(__file__)),  # noqa: PTH100, PTH120 -- as uvicorn wants it
        port=port,
        workers=workers,
        log_level="critical",
        lifespan="off",
    )


if __name__ == "__main__":
    main()
