"""The composition root: here choices become objects, and only here are the clock and the environment read."""

import logging
import os
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from covet_sre.api import problem_answer
from covet_sre.api import router as api_router
from covet_sre.api.answers import slo_item
from covet_sre.api.operating import operating
from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.engine.answers import Answers
from covet_sre.engine.collector import collector_resting
from covet_sre.engine.engine import Engine, EngineSettings
from covet_sre.engine.plan import metrics_by_source
from covet_sre.engine.saturation import GAUGES
from covet_sre.errors import CovetSreError, InvalidFiles, Location
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.reading import Demo
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.scrape import ScrapeSettings, ScrapeSource, WallPacer
from covet_sre.ports import Clock, MetricSource, Store
from covet_sre.spec import read_paths
from covet_sre.spec.watching import fingerprint
from covet_sre.store import open_store
from covet_sre.store.memory import MemoryStore
from covet_sre.web import Security, error_answer, pages
from covet_sre.web.orderly_server import OrderlyServer

log = structlog.get_logger(__name__)

# Prometheus shows a scrape when it is over: most take less than this.
PROMETHEUS_SETTLE_SECONDS = 5.0

_LOOK_AT_FILES_EVERY_SECONDS = 1.0


def start_logging(least: int = logging.NOTSET) -> None:
    """Messages of at least that level to stderr: for people on a terminal, as JSON lines elsewhere."""
    on_terminal = sys.stderr.isatty()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(least),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if on_terminal else structlog.processors.dict_tracebacks,
            *([] if on_terminal else [structlog.processors.JSONRenderer()]),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


class FastClock:
    """Seconds since the epoch, `speed` times as fast from now on. Never goes back, whatever the wall's clock does."""

    def __init__(self, speed: float, start_seconds: float | None = None) -> None:
        self.speed = speed
        self._start_seconds = time.time() if start_seconds is None else start_seconds
        self._started = time.monotonic()

    def __call__(self) -> float:
        return self._start_seconds + (time.monotonic() - self._started) * self.speed


def wall_clock() -> float:
    """Seconds since the epoch."""
    return time.time()


@dataclass(frozen=True, slots=True)
class Settings:
    """How to serve. `speed` is above 1 in the demo only; `declaration` replaces the files in `paths` there."""

    paths: Sequence[Path]
    database_url: str
    host: str = "127.0.0.1"
    port: int = 8420
    speed: float = 1.0
    clock: Clock = wall_clock
    declaration: Declaration | None = None
    demo: Demo | None = None
    before_start: Callable[[Store, Declaration, int], None] = field(default=lambda _store, _declaration, _minute: None)


class Sources:
    """Sources as they are declared; one that did not change stays connected over a reload."""

    def __init__(self, clock: Clock, speed: float) -> None:
        self._clock, self._pacer = clock, WallPacer(speed)
        self._open: dict[tuple[DataSource, frozenset[str]], MetricSource] = {}

    def connect(self, declaration: Declaration) -> Mapping[str, MetricSource]:
        """Sources by name. Those that nobody names any more are closed."""
        wanted = metrics_by_source(declaration, GAUGES)
        # Where it is declared is no part of what it is: a line more above it breaks no connection.
        keys = {
            one.name: (replace(one, location=Location("")), wanted.get(one.name, frozenset[str]()))
            for one in declaration.sources
        }
        for key in [key for key in self._open if key not in keys.values()]:
            self._open.pop(key).close()
        for key in keys.values():
            if key not in self._open:
                self._open[key] = self._make(*key)
        return {name: self._open[key] for name, key in keys.items()}

    def close(self) -> None:
        for source in self._open.values():
            source.close()
        self._open.clear()

    def _make(self, declared: DataSource, metrics: frozenset[str]) -> MetricSource:
        headers = {name: os.environ[variable] for name, variable in declared.headers_env if variable in os.environ}
        for name, variable in declared.headers_env:
            if variable not in os.environ:
                log.warning("a secret is missing", source=declared.name, header=name, environment_variable=variable)
        if declared.kind is SourceKind.PROMETHEUS:
            return PrometheusSource(declared.addresses[0], headers=headers)
        settings = ScrapeSettings(declared.addresses, metrics, labels=dict(declared.labels), headers=headers)
        if declared.interval_seconds is not None:
            settings = ScrapeSettings(
                declared.addresses, metrics, declared.interval_seconds, dict(declared.labels), headers
            )
        return ScrapeSource(settings, self._clock, self._pacer).start()


class Server:
    """Engine, API and pages over one store, in one process."""

    def __init__(self, settings: Settings) -> None:
        """Raises InvalidFiles, StoreError; nothing is running then."""
        self.settings = settings
        self.declaration = settings.declaration or _read(settings.paths)
        self.store = open_store(settings.database_url)
        self.answers = Answers(self.store, settings.clock, settings.speed)
        self._sources = Sources(settings.clock, settings.speed)
        self._stop = threading.Event()
        # The demo's scrapes are quick, and at 30 times the speed five seconds would be a sixth of one.
        settle_seconds = PROMETHEUS_SETTLE_SECONDS if settings.speed == 1 else 0.0
        self.engine = Engine(
            self.store,
            self._sources.connect,
            settings.clock,
            WallPacer(settings.speed),
            self.answers.publish,
            EngineSettings(settle_seconds, holder=uuid.uuid4().hex),
        )
        self.answers.attach(self.engine)
        self._declare(self.declaration)
        self._threads = [
            threading.Thread(target=self.engine.run, args=(self._stop,), name="covet-sre-engine", daemon=True),
            threading.Thread(target=self._watch_files, name="covet-sre-files", daemon=True),
        ]
        self._reload_now = threading.Event()
        self.web = self._web()

    def start(self) -> None:
        """Begin to measure."""
        self.settings.before_start(self.store, self.declaration, int(self.settings.clock() // 60))
        for thread in self._threads:
            thread.start()

    def run(self) -> None:
        """Serve until a signal comes, then leave everything in order."""
        server = self.uvicorn_server()
        try:
            self.start()
            server.run()
        finally:
            self.close()

    def uvicorn_server(self) -> uvicorn.Server:
        """The HTTP server, not yet running. Open live connections end when it is told to stop."""
        config = uvicorn.Config(
            self.web,
            host=self.settings.host,
            port=self.settings.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=3,
            server_header=False,
        )
        return OrderlyServer(config, self.answers.stop)

    def reload(self) -> None:
        """Read the files again, whether they changed or not (SIGHUP)."""
        self._reload_now.set()

    def close(self) -> None:
        """Stop measuring and close the store. May be called twice."""
        self.answers.stop()
        self._stop.set()
        self._reload_now.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(10)
        self._sources.close()
        self.engine.give_up_lease()
        self.store.close()

    def _declare(self, declaration: Declaration) -> None:
        self.answers.declare(declaration)
        self.engine.declare(declaration)

    def _watch_files(self) -> None:
        seen = fingerprint(self.settings.paths)
        while not self._stop.is_set():
            asked = self._reload_now.wait(_LOOK_AT_FILES_EVERY_SECONDS)
            self._reload_now.clear()
            now = fingerprint(self.settings.paths)
            if not self._stop.is_set() and (asked or now != seen) and self.settings.declaration is None:
                seen = now
                self._take_up_files()

    def _take_up_files(self) -> None:
        try:
            declaration = _read(self.settings.paths)
        except InvalidFiles as error:
            log.error("changed files were not taken up", error=str(error), first=str(error.findings[0]))
            self.answers.reloaded(error, error.findings)
        except Exception as error:
            # Whatever a file holds, the next change must still be seen.
            log.exception("changed files could not be read")
            problem = f"reading them failed: {error!r}"
            self.answers.reloaded(CovetSreError(problem, remedy="please report this with the log"))
        else:
            log.info("changed files were taken up", objectives=len(declaration.objectives))
            self._declare(declaration)

    def _unready(self) -> str | None:
        if self._stop.is_set():
            return "the server is stopping"
        if not self._threads[0].is_alive():
            return "the engine does not run"
        return None if self.answers.has_numbers() else "the first numbers are being worked out"

    def _web(self) -> FastAPI:
        app = FastAPI(
            title="Covet SRE", version=version("covet-sre"), docs_url=None, redoc_url=None, openapi_url="/openapi.json"
        )
        app.include_router(operating(self.answers, self._unready, lambda: (self.engine.ticks, self.engine.cpu_seconds)))
        app.include_router(api_router(self.answers))
        app.include_router(pages(self.answers, self.settings.demo))
        app.add_middleware(Security)
        error_page = error_answer(self.answers)

        @app.exception_handler(HTTPException)
        def unrouted(request: Request, error: HTTPException) -> Response:
            if request.url.path.startswith("/api/"):
                return problem_answer(error.status_code, "http", str(error.detail))
            return error_page(error.status_code, str(error.detail))

        return app


@collector_resting()
def _read(paths: Sequence[Path]) -> Declaration:
    """Read reliability files: a hundred thousand objects, all of them to be kept. Raises InvalidFiles."""
    return read_paths(paths)


def measure_once(
    paths: Sequence[Path], prometheus: str | None, progress: Callable[[int, int], None]
) -> list[dict[str, Any]]:
    """Read files, and all the history that their windows need, into memory; the items that the API would give.

    `prometheus` takes the place of every source. Raises InvalidFiles and SourceError.
    """
    declaration = _read(paths)
    if prometheus is not None:
        sources = (replace(s, kind=SourceKind.PROMETHEUS, addresses=(prometheus,)) for s in declaration.sources)
        declaration = replace(declaration, sources=tuple(sources))
    store = MemoryStore()
    answers = Answers(store, wall_clock)
    connections = Sources(wall_clock, 1.0)
    engine = Engine(store, connections.connect, wall_clock, WallPacer(), answers.publish)
    answers.attach(engine)
    engine.declare(declaration)
    try:
        engine.turn()
        for state in engine.source_states().values():
            if state.error is not None:
                raise state.error
        engine.fill_in_everything(progress)
        return [slo_item(status).model_dump(mode="json") for status in answers.statuses()]
    finally:
        connections.close()
