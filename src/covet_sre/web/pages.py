"""The pages' addresses: each route builds one frozen view and hands it to one template."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from covet_sre.errors import CovetSreError, NotFound
from covet_sre.flows.reading import Demo, Reliability
from covet_sre.web.addresses import slo_address
from covet_sre.web.assets import Assets
from covet_sre.web.error_page import ErrorPage, status_of, title_of
from covet_sre.web.forms import adjustment_request, form_fields
from covet_sre.web.live import Live
from covet_sre.web.now_page import now_page
from covet_sre.web.service_pages import service_page, services_page
from covet_sre.web.shell import shell
from covet_sre.web.slo_list_page import question, slo_list_page
from covet_sre.web.slo_page import slo_page
from covet_sre.web.templating import templates

Text = Annotated[str, Query(max_length=300)]

_HTML = {"cache-control": "no-store", "vary": "accept"}


class Renderer:
    """Turns views into HTML: everything is escaped, and a name that a template misspells is an error."""

    def __init__(self, reliability: Reliability, assets: Assets) -> None:
        self._reliability = reliability
        self._assets = assets
        self._templates = templates()

    def page(self, template: str, view: Any, status: int = 200) -> HTMLResponse:
        return HTMLResponse(
            self._templates.get_template(template).render(page=view, asset=self._assets.address), status, headers=_HTML
        )

    def error(self, status: int, detail: str, remedy: str = "") -> HTMLResponse:
        title = title_of(status)
        view = ErrorPage(shell(self._reliability, title, ""), status, title, detail, remedy)
        return self.page("error.html", view, status)


def pages(reliability: Reliability, demo: Demo | None = None) -> APIRouter:
    """Every page, `/live` and `/static`. `demo` puts the fault switches on the page of what needs attention."""
    assets = Assets()
    renderer = Renderer(reliability, assets)
    router = APIRouter(route_class=_telling(renderer), default_response_class=HTMLResponse, include_in_schema=False)
    assets.routes(router)
    _reading_routes(router, reliability, demo, renderer)
    _live_route(router, Live(reliability))
    _changing_routes(router, reliability, demo)
    return router


def error_answer(reliability: Reliability) -> Callable[[int, str], HTMLResponse]:
    """For the composition root: (status, detail) as a page, for addresses that no route has."""
    return Renderer(reliability, Assets()).error


def _telling(renderer: Renderer) -> type[APIRoute]:
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


def _reading_routes(router: APIRouter, reliability: Reliability, demo: Demo | None, renderer: Renderer) -> None:
    @router.get("/")
    def now() -> Response:
        return renderer.page("now.html", now_page(reliability, demo))

    @router.get("/slos")
    def slos(
        q: Text = "",
        state: Text = "",
        service: Text = "",
        sort: Text = "",
        direction: Annotated[str, Query(alias="dir", max_length=10)] = "",
    ) -> Response:
        return renderer.page("slos.html", slo_list_page(reliability, question(q, state, service, sort, direction)))

    @router.get("/slos/{name}")
    def slo(name: str, chosen: Annotated[str, Query(alias="range", max_length=10)] = "") -> Response:
        return renderer.page("slo.html", slo_page(reliability, name, chosen))

    @router.get("/services")
    def services() -> Response:
        return renderer.page("services.html", services_page(reliability))

    @router.get("/services/{name}")
    def service(name: str) -> Response:
        return renderer.page("service.html", service_page(reliability, name))


def _live_route(router: APIRouter, live: Live) -> None:
    @router.get("/live")
    async def events() -> Response:
        quick = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(live.events(), media_type="text/event-stream", headers=quick)


def _changing_routes(router: APIRouter, reliability: Reliability, demo: Demo | None) -> None:
    @router.post("/slos/{name}/adjustments")
    async def adjust(name: str, request: Request) -> Response:
        fields = await form_fields(request)
        status = await to_thread.run_sync(reliability.status, name)
        asked = adjustment_request(status.objective.slo, fields)
        await to_thread.run_sync(reliability.adjust, asked)
        return RedirectResponse(f"{slo_address(name)}#adjustments", 303)

    @router.post("/demo/faults/{name}")
    async def switch(name: str, request: Request) -> Response:
        if demo is None:
            raise NotFound("faults can be switched in the demo only")
        fields = await form_fields(request)
        await to_thread.run_sync(partial(demo.switch, name, fields.get("on") == "1"))
        return RedirectResponse("/#faults", 303)
