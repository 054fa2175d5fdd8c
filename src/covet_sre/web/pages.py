"""The pages' addresses: each route builds one frozen view and hands it to one template."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from covet_sre.errors import NotFound
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Demo, Reliability
from covet_sre.web.access.doors import AccessDoors
from covet_sre.web.access.settings_routes import settings_pages
from covet_sre.web.access.sign_in_routes import sign_in_pages
from covet_sre.web.addresses import slo_address
from covet_sre.web.assets import Assets
from covet_sre.web.forms import adjustment_request, form_fields
from covet_sre.web.incidents.acknowledge_routes import acknowledge_pages
from covet_sre.web.incidents.doors import IncidentDoors
from covet_sre.web.incidents.routes import incident_pages
from covet_sre.web.incidents.silence_routes import silence_pages
from covet_sre.web.incidents.subscription_routes import subscription_pages
from covet_sre.web.live import Live
from covet_sre.web.now_page import now_page
from covet_sre.web.rendering import Renderer, telling_route
from covet_sre.web.service_pages import service_page, services_page
from covet_sre.web.slo_list_page import question, slo_list_page
from covet_sre.web.slo_page import slo_page
from covet_sre.web.status.admin_routes import StatusAdmin, status_admin_routes

Text = Annotated[str, Query(max_length=300)]


def pages(
    reliability: Reliability,
    demo: Demo | None = None,
    doors: IncidentDoors | None = None,
    access: AccessDoors | None = None,
) -> APIRouter:
    """Every page, `/live` and `/static`. `demo` puts the fault switches on the page of what needs attention.

    Without `doors` there is nothing of alerts and incidents, without `access` nothing of signing in.
    """
    assets = Assets()
    renderer = Renderer(reliability, assets, has_incidents=doors is not None, has_access=access is not None)
    router = APIRouter(
        route_class=telling_route(renderer), default_response_class=HTMLResponse, include_in_schema=False
    )
    assets.routes(router)
    incidents = None if doors is None else doors.incidents
    _reading_routes(router, reliability, demo, incidents, renderer)
    if doors is not None:
        incident_pages(router, reliability, doors.incidents, renderer)
        silence_pages(router, reliability, doors, renderer)
        subscription_pages(router, reliability, doors, renderer)
        if doors.read_link is not None:
            acknowledge_pages(router, reliability, doors.incidents, doors.read_link, renderer)
    if doors is not None and doors.public is not None:
        status_admin_routes(router, StatusAdmin(reliability, doors.public, doors.incidents, renderer))
    if access is not None:
        sign_in_pages(router, reliability, access, renderer)
        settings_pages(router, reliability, access, renderer)
    _live_route(router, Live(reliability))
    _changing_routes(router, reliability, demo)
    return router


def error_answer(reliability: Reliability, *, has_incidents: bool = False) -> Callable[..., HTMLResponse]:
    """For the composition root: (status, detail, remedy) as a page, for addresses that no route has."""
    return Renderer(reliability, Assets(), has_incidents=has_incidents).error


def _reading_routes(
    router: APIRouter, reliability: Reliability, demo: Demo | None, incidents: Incidents | None, renderer: Renderer
) -> None:
    @router.get("/")
    def now() -> Response:
        return renderer.page("now.html", now_page(reliability, demo, incidents))

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
