"""A CovetPy application that exposes CovetPy's own metrics, for tests of what goes wrong with them.

`python covetpy_builtin.py` serves on a free port of 127.0.0.1, prints one line of JSON with its address, and ends when
its standard input closes. Routes: /orders, /orders/{order_id}, /failing (its handler raises), /broken (a middleware
raises), /metrics.
"""

import asyncio
import importlib.util
import json
import os
import socket
import threading
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import uvicorn

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import covet


def load_metrics() -> ModuleType:
    """Load covet/monitoring/metrics.py by its path: its package cannot be imported as it is installed from PyPI.

    `covet.monitoring` imports pythonjsonlogger, which covet 0.1.0b6 does not declare.
    """
    assert covet.__file__ is not None
    path = Path(covet.__file__).with_name("monitoring") / "metrics.py"
    spec = importlib.util.spec_from_file_location("covetpy_metrics", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Broken:
    """A CovetPy middleware that raises for /broken: the exception leaves the application."""

    app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/broken":
            raise RuntimeError("broken")
        await self.app(scope, receive, send)


def build(metrics: ModuleType) -> covet.Covet:
    app = covet.Covet()

    async def list_orders(_request: object) -> dict[str, Any]:
        return {"items": []}

    async def get_order(_request: object, order_id: object) -> dict[str, Any]:
        return {"id": order_id}

    async def failing(_request: object) -> None:
        raise RuntimeError("failing")

    async def expose(_request: object) -> bytes:
        return metrics.generate_latest(metrics.registry)

    app.get("/orders")(list_orders)
    app.get("/orders/{order_id}")(get_order)
    app.get("/failing")(failing)
    app.get("/metrics")(expose)
    app.add_middleware(Broken())
    return app


async def main() -> None:
    metrics = load_metrics()
    app = build(metrics)
    measured = await metrics.metrics_middleware(app, app)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(measured, access_log=False, log_level="critical", lifespan="off"))

        def end_with_stdin() -> None:
            while os.read(0, 4096):
                pass
            server.should_exit = True

        threading.Thread(target=end_with_stdin, daemon=True).start()
        print(json.dumps({"url": f"http://127.0.0.1:{listener.getsockname()[1]}"}), flush=True)
        await server.serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(main())
