"""The addresses of subscriptions: one's own, and the link by which one ends."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Annotated
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Path, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.errors import CovetSreError, NotFound
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.incident.message_facts import UnsubscribeFromMessages
from covet_sre.web.forms import NO_NUL, form_fields
from covet_sre.web.incidents.actor import actor_of, remember, remembered
from covet_sre.web.incidents.doors import IncidentDoors
from covet_sre.web.incidents.subscription_page import end_page, subscription_of, subscriptions_page
from covet_sre.web.incidents.trouble import trouble_of
from covet_sre.web.rendering import Renderer

_WITH_LINK = "somebody with the link"

Identity = Annotated[str, Path(max_length=100, pattern=NO_NUL)]


def subscription_pages(router: APIRouter, reliability: Reliability, doors: IncidentDoors, renderer: Renderer) -> None:
    """List and subscribe; GET of an ending link shows one button and changes nothing."""
    incidents = doors.incidents

    @router.get("/subscriptions")
    def subscriptions(request: Request) -> Response:
        return renderer.page("subscriptions.html", subscriptions_page(reliability, incidents, remembered(request)))

    def subscribed(actor: str, fields: Mapping[str, str]) -> Response:
        try:
            incidents.decide(subscription_of(doors.new_identity(), actor, fields))
        except CovetSreError as error:
            trouble = trouble_of(error)
            view = subscriptions_page(reliability, incidents, actor, fields, trouble)
            return renderer.page("subscriptions.html", view, trouble.status)
        return RedirectResponse("/subscriptions", 303)

    @router.post("/subscriptions")
    async def subscribe(request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(subscribed, actor, fields))
        remember(answer, actor)
        return answer

    _ending(router, reliability, incidents, renderer)


def _ending(router: APIRouter, reliability: Reliability, incidents: Incidents, renderer: Renderer) -> None:
    @router.get("/subscriptions/{subscription}/end")
    def ask(subscription: Identity) -> Response:
        return renderer.page("unsubscribe.html", end_page(reliability, incidents, subscription))

    def ended(identity: str) -> Response:
        # One that was ended before is what was wanted.
        with suppress(NotFound):
            incidents.decide(UnsubscribeFromMessages(identity, _WITH_LINK))
        return RedirectResponse(f"/subscriptions/{quote(identity, safe='')}/end", 303)

    @router.post("/subscriptions/{subscription}/end")
    async def end(subscription: Identity) -> Response:
        """Mail programs post here, too, with nothing but List-Unsubscribe=One-Click."""
        return await to_thread.run_sync(ended, subscription)
