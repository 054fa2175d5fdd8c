"""The address behind the link in a notification."""

from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from covet_sre.errors import CovetSreError
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.incident.facts import Acknowledge
from covet_sre.web.incidents.acknowledge_page import ReadLink, acknowledge_page
from covet_sre.web.incidents.trouble import quicker, trouble_of
from covet_sre.web.rendering import Renderer

_NOBODY = "somebody with the link"


def acknowledge_pages(
    router: APIRouter, reliability: Reliability, incidents: Incidents, read_link: ReadLink, renderer: Renderer
) -> None:
    """GET shows one button and changes nothing: whatever looks at links before people do may look."""

    @router.get("/ack/{token}")
    def ask(token: str) -> Response:
        view = acknowledge_page(reliability, incidents, token, read_link(token))
        return renderer.page("acknowledge.html", view)

    def acknowledged(token: str) -> Response:
        link = read_link(token)
        identity, person = link.incident, link.person
        by = incidents.incident(identity).incident.acknowledged_by
        trouble = None
        if by and by != person:
            trouble = quicker(f"{by} has acknowledged it, and takes care.", "Nothing more is asked of you.")
        else:
            try:
                incidents.decide(Acknowledge(identity, person or _NOBODY, "link"))
            except CovetSreError as error:
                trouble = trouble_of(error)
        if trouble is None:
            return RedirectResponse(f"/ack/{quote(token, safe='')}", 303)
        view = acknowledge_page(reliability, incidents, token, link, trouble)
        return renderer.page("acknowledge.html", view, trouble.status)

    @router.post("/ack/{token}")
    async def acknowledge(token: str) -> Response:
        return await to_thread.run_sync(acknowledged, token)
