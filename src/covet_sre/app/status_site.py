"""The public status page, rendered beside everything else: on every change and each minute, in a thread of its own."""

import secrets
import threading
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from covet_sre.app.static_folder import bring_to
from covet_sre.errors import CovetSreError, Level, NotFound, OutputError
from covet_sre.flows.reading import Problem, Reliability
from covet_sre.flows.status_page import PublicStatus
from covet_sre.web.status.public_routes import Served
from covet_sre.web.status.site import Site, render_site

log = structlog.get_logger(__name__)

_EACH_SECONDS = 60.0
"""So often it is rendered though nothing has changed: the page says of when it is."""

_PAUSE_SECONDS = 2.0
"""Between two renderings: what changes meanwhile goes along."""


def new_token() -> str:
    """256 bits, for links that confirm or end a subscription."""
    return secrets.token_urlsafe(32)


class StatusSite:
    """`served` gives the page as it was rendered last. `folder` gets the same files, None for none."""

    def __init__(self, public: PublicStatus, reliability: Reliability, folder: Path | None) -> None:
        self._public, self._reliability, self._folder = public, reliability, folder
        self._served: Served | None = None
        self._trouble: CovetSreError | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="covet-sre-status", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """May be called twice. `Reliability` must be stopping by then: it ends the waiting."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def served(self) -> Served | None:
        """None while no file declares a page, or none was rendered yet."""
        return self._served

    def hosts(self) -> Collection[str]:
        """The names under which the public may ask for the page."""
        page = self._public.page()
        addresses = (page.address, page.subscribe_address) if page is not None else ()
        return {host for host in (urlsplit(address).hostname for address in addresses) if host}

    def problems(self) -> list[Problem]:
        """What people should know: the page cannot be rendered or written."""
        trouble = self._trouble
        if trouble is None:
            return []
        return [Problem(Level.ERROR, "The status page is not up to date", str(trouble), trouble.remedy)]

    def files(self) -> Site:
        """The page as it stands now. Raises NotFound where no file declares one."""
        return render_site(self._public.standing())

    def render(self) -> None:
        """Now. Raises CovetSreError; what was rendered before is served on."""
        try:
            standing = self._public.standing()
        except NotFound:
            self._served = None
            return
        site = render_site(standing)
        self._served = Served(site)
        if self._folder is not None:
            bring_to(self._folder, site)

    def _run(self) -> None:
        version = self._reliability.version()
        while not self._stop.is_set():
            try:
                self.render()
                self._trouble = None
            except CovetSreError as error:
                self._note(error)
            except Exception as error:
                # The public is told on, by the page as it was.
                log.exception("the status page could not be rendered")
                self._note(CovetSreError(f"rendering failed: {error!r}", remedy="please report this with the log"))
            if self._stop.wait(_PAUSE_SECONDS):
                return
            version = self._reliability.wait_for_change(version, _EACH_SECONDS - _PAUSE_SECONDS)

    def _note(self, error: CovetSreError) -> None:
        if self._trouble is None or str(self._trouble) != str(error):
            what = "written" if isinstance(error, OutputError) else "rendered"
            log.error(f"the status page could not be {what}", error=str(error), code=error.code)
        self._trouble = error
