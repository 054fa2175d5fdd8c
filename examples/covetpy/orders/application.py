"""Puts the order service together: CovetPy inside, the SDK's middleware outside."""

import asyncio
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

with warnings.catch_warnings():
    # CovetPy warns about its missing Rust extension on every import; the pure Python path is the one on PyPI.
    warnings.simplefilter("ignore")
    from covet import Covet

from covet_sre_sdk import ReliabilityMiddleware, instrument_sqlalchemy
from orders.control import add_switchboard
from orders.database import OrderBook, open_engine
from orders.disturbance import Disturbance, DisturbRequests, disturb_queries
from orders.faults import Faults
from orders.jobs import Worker
from orders.route_templates import route_templates
from orders.routes import Desk, add_routes

LEFT_OUT = ("/metrics", "/health", "/demo/faults")


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be chosen when the service starts."""

    database_path: str
    token: str = ""
    seed: int = 1
    calm: bool = False
    report_every_seconds: float = 120.0


def build(settings: Settings) -> Any:
    """Return the ASGI application: CovetPy wrapped by the SDK, so that what CovetPy answers itself is counted."""
    faults = Faults(settings.seed)
    disturbance = Disturbance(faults, settings.calm)
    engine = open_engine(settings.database_path)
    book = OrderBook(engine)
    book.prepare()
    instrument_sqlalchemy(engine)
    disturb_queries(engine, disturbance)
    threads = ThreadPoolExecutor(max_workers=32, thread_name_prefix="database")
    worker = Worker(book, disturbance, threads)

    app = Covet()
    add_routes(app, Desk(book, worker, disturbance, threads))
    add_switchboard(app, faults, settings.token)
    app.add_middleware(DisturbRequests(disturbance, asyncio.sleep))

    async def start() -> None:
        worker.start(settings.report_every_seconds)

    async def stop() -> None:
        await worker.stop()
        threads.shutdown()
        engine.dispose()

    app.on_startup(start)
    app.on_shutdown(stop)
    return ReliabilityMiddleware(app, routes=route_templates(app.router), exclude=LEFT_OUT, metrics_path="/metrics")
