"""The addresses of silences."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.errors import CovetSreError
from covet_sre.flows.reading import Reliability
from covet_sre.incident.facts import Command, ExpireSilence, SetSilence
from covet_sre.web.forms import NO_NUL, form_fields
from covet_sre.web.incidents.actor import actor_of, remember, remembered
from covet_sre.web.incidents.doors import IncidentDoors
from covet_sre.web.incidents.forms import silence_of
from covet_sre.web.incidents.silences_page import silences_page
from covet_sre.web.incidents.trouble import trouble_of
from covet_sre.web.rendering import Renderer

Text = Annotated[str, Query(max_length=10_000, pattern=NO_NUL)]


def silence_pages(router: APIRouter, reliability: Reliability, doors: IncidentDoors, renderer: Renderer) -> None:
    """List, try, make and end silences. Trying is a GET, and changes nothing."""
    incidents = doors.incidents

    @router.get("/silences")
    def silences(
        request: Request,
        matchers: Text = "",
        duration: Text = "",
        until: Text = "",
        reason: Text = "",
        kind: Text = "",
        actor: Text = "",
    ) -> Response:
        given = {"matchers": matchers, "duration": duration, "until": until, "reason": reason, "kind": kind}
        fields = {name: value for name, value in given.items() if value}
        view = silences_page(reliability, incidents, fields, actor or remembered(request))
        return renderer.page("silences.html", view)

    @router.post("/silences")
    async def silence(request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(made, actor, fields))
        remember(answer, actor)
        return answer

    @router.post("/silences/{identity}/expire")
    async def expire(identity: Annotated[str, Path(max_length=100, pattern=NO_NUL)], request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(decided, lambda: ExpireSilence(identity, actor), actor, {}))
        remember(answer, actor)
        return answer

    def made(actor: str, fields: dict[str, str]) -> Response:
        def command() -> SetSilence:
            return SetSilence(silence_of(doors.new_identity(), actor, fields, incidents.now()))

        return decided(command, actor, fields)

    def decided(command: Callable[[], Command], actor: str, fields: dict[str, str]) -> Response:
        try:
            incidents.decide(command())
        except CovetSreError as error:
            trouble = trouble_of(error)
            view = silences_page(reliability, incidents, fields, actor, trouble)
            return renderer.page("silences.html", view, trouble.status)
        return RedirectResponse("/silences", 303)
