"""The addresses of incidents and of the alert inbox."""

from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.errors import CovetSreError
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.incident.facts import Merge
from covet_sre.web.addresses import incident_address
from covet_sre.web.forms import NO_NUL, form_fields
from covet_sre.web.incidents.actor import actor_of, remember, remembered
from covet_sre.web.incidents.compose_routes import compose_pages
from covet_sre.web.incidents.detail_page import Attempt, incident_page
from covet_sre.web.incidents.forms import command_of, declaration_of, meanwhile
from covet_sre.web.incidents.inbox_page import asked_alerts, inbox_page
from covet_sre.web.incidents.list_page import AskedIncidents, asked_incidents, incident_list_page
from covet_sre.web.incidents.trouble import trouble_of
from covet_sre.web.rendering import Renderer

Text = Annotated[str, Query(max_length=500, pattern=NO_NUL)]
Identity = Annotated[str, Path(max_length=100, pattern=NO_NUL)]


def incident_pages(router: APIRouter, reliability: Reliability, incidents: Incidents, renderer: Renderer) -> None:
    """The list, one incident with all that people do about it, and the inbox."""
    _reading(router, reliability, incidents, renderer)
    _declaring(router, reliability, incidents, renderer)
    _acting(router, reliability, incidents, renderer)
    compose_pages(router, reliability, incidents, renderer)


def _reading(router: APIRouter, reliability: Reliability, incidents: Incidents, renderer: Renderer) -> None:
    @router.get("/incidents")
    def list_incidents(
        request: Request, state: Text = "", severity: Text = "", service: Text = "", before: Text = ""
    ) -> Response:
        asked = asked_incidents(state, severity, service, before)
        return renderer.page("incidents.html", incident_list_page(reliability, incidents, asked, remembered(request)))

    @router.get("/incidents/{identity}")
    def show_incident(request: Request, identity: Identity, show: Text = "") -> Response:
        return renderer.page(
            "incident.html", incident_page(reliability, incidents, identity, remembered(request), log=show)
        )

    @router.get("/alerts")
    def inbox(show: Text = "", verdict: Text = "", service: Text = "", after: Text = "", before: Text = "") -> Response:
        asked = asked_alerts(show, verdict, service, after, before)
        return renderer.page("alerts.html", inbox_page(reliability, incidents, asked))


def _declaring(router: APIRouter, reliability: Reliability, incidents: Incidents, renderer: Renderer) -> None:
    def declared(actor: str, fields: dict[str, str]) -> Response:
        try:
            made = incidents.decide(declaration_of(actor, fields))
        except CovetSreError as error:
            trouble = trouble_of(error)
            view = incident_list_page(reliability, incidents, AskedIncidents(), actor, trouble, fields)
            return renderer.page("incidents.html", view, trouble.status)
        return RedirectResponse(incident_address(made), 303)

    @router.post("/incidents")
    async def declare(request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(declared, actor, fields))
        remember(answer, actor)
        return answer


def _acting(router: APIRouter, reliability: Reliability, incidents: Incidents, renderer: Renderer) -> None:
    def acted(identity: str, action: str, actor: str, fields: dict[str, str]) -> Response:
        """What was asked for, or the same page again: with what is now, and what somebody wrote."""
        incident = incidents.incident(identity).incident
        trouble = meanwhile(action, incident, actor, fields)
        made = identity
        if trouble is None:
            try:
                command = command_of(action, identity, actor, fields)
                made = incidents.decide(command)
                # What was merged has nothing more to do: the story goes on elsewhere.
                made = command.into if isinstance(command, Merge) else made
            except CovetSreError as error:
                trouble = trouble_of(error)
        if trouble is None:
            return RedirectResponse(incident_address(made), 303)
        attempt = Attempt(action, fields, trouble)
        view = incident_page(reliability, incidents, identity, actor, attempt=attempt)
        return renderer.page("incident.html", view, trouble.status)

    @router.post("/incidents/{identity}/{action}")
    async def act(identity: Identity, action: str, request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(acted, identity, action, actor, fields))
        remember(answer, actor)
        return answer
