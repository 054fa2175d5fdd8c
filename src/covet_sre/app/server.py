"""The server: engine, desk, API and pages over one store, in one process."""

import gc
import sys
import threading
import uuid
from dataclasses import replace
from importlib.metadata import version
from urllib.parse import urlsplit

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from covet_sre.access.principal import Principal
from covet_sre.api import problem_answer
from covet_sre.api import router as api_router
from covet_sre.api.access_routes import access_router
from covet_sre.api.coming_back import coming_back
from covet_sre.api.hooks import Front
from covet_sre.api.operating import operating
from covet_sre.api.operating_routes import operating_routes
from covet_sre.api.status_routes import status_router
from covet_sre.app.access import AccessWorks, guarded_incidents, guarded_reliability
from covet_sre.app.declared_doors import check_doors
from covet_sre.app.desk import DeskWorks, new_identity
from covet_sre.app.files import read_files
from covet_sre.app.operating_works import OperatingWorks
from covet_sre.app.requests import Requests
from covet_sre.app.settings import Settings
from covet_sre.app.sources import Sources
from covet_sre.app.status_site import StatusSite, new_token
from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine, EngineSettings
from covet_sre.engine.status_standing import Standings
from covet_sre.errors import CovetSreError, InvalidFiles
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.scrape import WallPacer
from covet_sre.spec.watching import fingerprint
from covet_sre.store import open_store
from covet_sre.web import LOOPBACK_HOSTS, Security, SubscriptionDoors, error_answer, pages, public_pages
from covet_sre.web.orderly_server import OrderlyServer
from covet_sre.web.security import FAILED

log = structlog.get_logger(__name__)

# Prometheus shows a scrape when it is over: most take less than this.
PROMETHEUS_SETTLE_SECONDS = 5.0

_LOOK_AT_FILES_EVERY_SECONDS = 1.0

_SWITCH_SECONDS = 0.0002
"""For so long a thread that computes keeps others from running. At Python's own 5 ms, a commit of 32 requests takes 8
to 18 ms while the desk decides; at this, less than 1."""


class Server:
    """Engine, API and pages over one store, in one process."""

    def __init__(self, settings: Settings) -> None:
        """Raises InvalidFiles, StoreError, PublicBind; nothing is running then."""
        self.settings = settings
        self.declaration = settings.declaration or read_files(settings.paths)
        self.store = open_store(settings.database_url, settings.backup_folder)
        self.answers = Answers(self.store, settings.clock, settings.speed)
        self._sources = Sources(settings.clock, settings.speed)
        self._stop = threading.Event()
        # The demo's scrapes are quick, and at 30 times the speed five seconds would be a sixth of one.
        settle_seconds = PROMETHEUS_SETTLE_SECONDS if settings.speed == 1 else 0.0
        self.desk = DeskWorks(self.store, self.answers, settings)
        self.engine = Engine(
            self.store,
            self._sources.connect,
            settings.clock,
            WallPacer(settings.speed),
            self.answers.publish,
            EngineSettings(settle_seconds, holder=uuid.uuid4().hex),
            self.desk.tell,
        )
        self.answers.attach(self.engine)
        self.requests = Requests(settings.log_requests)
        self.operating = OperatingWorks(self.store, settings, self.desk, self.requests.doings)
        self.public = Standings(self.answers, self.store, settings.clock)
        self.status_site = StatusSite(self.public, self.answers, settings.status_page_folder)
        self.answers.ask_also(self.operating.problems)
        self.answers.ask_also(self.status_site.problems)
        self._declare(self.declaration)
        try:
            self.access = AccessWorks(self.store, settings)
        except BaseException:
            self.store.close()
            raise
        self._threads = [
            threading.Thread(target=self.engine.run, args=(self._stop,), name="covet-sre-engine", daemon=True),
            threading.Thread(target=self._watch_files, name="covet-sre-files", daemon=True),
        ]
        self._reload_now = threading.Event()
        self.web = self._web()

    def start(self) -> None:
        """Begin to measure."""
        self.settings.before_start(self.store, self.declaration, int(self.settings.clock() // 60))
        self.desk.start()
        self.operating.start()
        for thread in self._threads:
            thread.start()
        self.status_site.start()

    def run(self) -> None:
        """Serve until a signal comes, then leave everything in order."""
        server = self.uvicorn_server()
        sys.setswitchinterval(_SWITCH_SECONDS)
        # What was made until now stays: the collector need not look at it again and again.
        gc.collect()
        gc.freeze()
        try:
            self.start()
            server.run()
        finally:
            self.close()

    @property
    def application(self) -> ASGIApp:
        """Everything that is served: what comes from elsewhere is refused first, what is hot goes past the rest."""
        front = Front(self.web, self._hooks)
        gate = self.access.gate(front, self.desk.hook_proves, self._error_page)
        is_over_tls = self.settings.address.startswith("https://")
        return self.requests.around(Security(gate, self._hosts(), self.status_site.hosts, over_tls=is_over_tls))

    def _hosts(self) -> tuple[str, ...]:
        """The names that this server is known by: what else a Host header says points here by somebody's ruse."""
        named = urlsplit(self.settings.address).hostname
        return tuple(dict.fromkeys([*LOOPBACK_HOSTS, *([named] if named else []), *self.settings.hosts]))

    def uvicorn_server(self) -> uvicorn.Server:
        """The HTTP server, not yet running. Open live connections end when it is told to stop."""
        config = uvicorn.Config(
            self.application,
            host=self.settings.host,
            port=self.settings.port,
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=3,
            server_header=False,
            **(self.settings.tls.options() if self.settings.tls is not None else {}),
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
        self.status_site.close()
        self.operating.close()
        self._sources.close()
        self.desk.close()
        self.engine.give_up_lease()
        self.store.close()

    def _declare(self, declaration: Declaration) -> None:
        self.answers.declare(declaration)
        self.desk.take_up(declaration)
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
            declaration = read_files(self.settings.paths)
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
        if (reason := self.desk.why_unready()) is not None:
            return reason
        return None if self.answers.has_numbers() else "the first numbers are being worked out"

    def _who_is_in_slack(self, member: str) -> Principal | None:
        people = self.desk.incidents.rules().directory.people.values()
        person = next((one for one in people if one.addresses.get("slack") == member), None)
        return None if person is None else self.access.gatekeeper.by_person(person.name)

    def _web(self) -> FastAPI:
        app = FastAPI(
            title="Covet SRE", version=version("covet-sre"), docs_url=None, redoc_url=None, openapi_url="/openapi.json"
        )
        incidents = guarded_incidents(self.desk.incidents, self.store)
        self._hooks, alertmanager = self.desk.routes(incidents, self._unready)
        app.router.routes[:0] = [*self._hooks, *alertmanager]
        reliability = guarded_reliability(self.answers, self.store, self.desk.incidents)
        app.include_router(
            operating(
                self.answers,
                self.desk.incidents,
                self._unready,
                lambda: (self.engine.ticks, self.engine.cpu_seconds),
                self.operating,
            )
        )
        app.include_router(operating_routes(self.operating, incidents))
        app.include_router(api_router(reliability, incidents, new_identity, self.desk.rosters))
        app.include_router(access_router(self.access.accounts))
        subscriptions = SubscriptionDoors(new_token, self.desk.outbound.look_at, self.desk.subscriber_secret)
        app.include_router(public_pages(self.public, self.desk.incidents, self.status_site.served, subscriptions))
        app.include_router(status_router(self.public, incidents, self.status_site.files))
        app.include_router(
            pages(
                reliability,
                self.settings.demo,
                replace(self.desk.doors(incidents), public=self.public),
                self.access.doors(),
            )
        )
        app.include_router(coming_back(incidents, self.desk.coming_back, self._who_is_in_slack))
        self._error_page = error_page = error_answer(self.answers, has_incidents=True)
        check_doors(app.router.routes)
        self.requests.know(app.router.routes, self._hooks)

        @app.exception_handler(HTTPException)
        def unrouted(request: Request, error: HTTPException) -> Response:
            if request.url.path.startswith("/api/"):
                return problem_answer(error.status_code, "http", str(error.detail))
            return error_page(error.status_code, str(error.detail))

        @app.exception_handler(Exception)
        def failed(request: Request, _error: Exception) -> Response:
            """Why stands in the log alone."""
            detail, remedy = str(FAILED["detail"]), str(FAILED["remedy"])
            if request.url.path.startswith("/api/"):
                return problem_answer(500, "internal", detail, remedy)
            return error_page(500, detail)

        return app
