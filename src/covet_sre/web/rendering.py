"""How views become answers: templates, and errors that become a page which says what to do."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from anyio import to_thread
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, Response

from covet_sre.errors import CovetSreError
from covet_sre.flows.acting import acting
from covet_sre.flows.reading import Reliability
from covet_sre.web.assets import Assets
from covet_sre.web.error_page import ErrorPage, status_of, title_of
from covet_sre.web.shell import shell
from covet_sre.web.templating import templates

_HTML = {"cache-control": "no-store", "vary": "accept"}


_SECTIONS = (
    ("now", "/", "Now"),
    ("incidents", "/incidents", "Incidents"),
    ("alerts", "/alerts", "Alerts"),
    ("oncall", "/oncall", "On call"),
    ("slos", "/slos", "SLOs"),
    ("services", "/services", "Services"),
)
_OF_INCIDENTS = ("incidents", "alerts", "oncall")

_POSTING = re.compile(r'(<form\b[^>]*\bmethod="post"[^>]*>)')


class Renderer:
    """Turns views into HTML: everything is escaped, and a name that a template misspells is an error."""

    def __init__(
        self, reliability: Reliability, assets: Assets, *, has_incidents: bool = False, has_access: bool = False
    ) -> None:
        self._has_access = has_access
        self._reliability = reliability
        self._assets = assets
        self._sections = tuple(each for each in _SECTIONS if has_incidents or each[0] not in _OF_INCIDENTS)
        self._templates = templates()

    def page(self, template: str, view: Any, status: int = 200) -> HTMLResponse:
        text = self._templates.get_template(template).render(
            page=view, asset=self._assets.address, sections=self._sections, has_access=self._has_access
        )
        return HTMLResponse(_with_form_keys(text), status, headers=_HTML)

    def error(self, status: int, detail: str, remedy: str = "") -> HTMLResponse:
        title = title_of(status)
        view = ErrorPage(shell(self._reliability, title, ""), status, title, detail, remedy)
        return self.page("error.html", view, status)


def _with_form_keys(text: str) -> str:
    """Every form that changes something shows the session's key: here, so that no template can forget it."""
    key = acting().form_key
    return _POSTING.sub(rf'\1<input type="hidden" name="csrf" value="{key}">', text) if key else text


def telling_route(renderer: Renderer) -> type[APIRoute]:
    """Routes whose expected errors become a page that says what to do."""

    class TellingRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
            handle = super().get_route_handler()

            async def told(request: Request) -> Response:
                try:
                    return await handle(request)
                except RequestValidationError as error:
                    told = "; ".join(f"{each['loc'][-1]}: {each['msg']}" for each in error.errors())
                    return await to_thread.run_sync(renderer.error, 422, told)
                except CovetSreError as error:
                    return await to_thread.run_sync(renderer.error, status_of(error), error.problem, error.remedy)

            return told

    return TellingRoute
