"""The addresses under which messages about an incident are written."""

from collections.abc import Mapping
from functools import partial

from anyio import to_thread
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.errors import CovetSreError, Refused
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.incident.message_facts import MessageCommand, SaveDraft, SendMessage
from covet_sre.incident.templates import MessageKind
from covet_sre.web.addresses import incident_address
from covet_sre.web.forms import form_fields
from covet_sre.web.incidents.actor import actor_of, remember, remembered
from covet_sre.web.incidents.compose_page import AUDIENCE_FIELD, compose_page, typed_fields
from covet_sre.web.incidents.trouble import Trouble, trouble_of
from covet_sre.web.rendering import Renderer

_SAVE, _SEND = "save", "send"


def compose_pages(router: APIRouter, reliability: Reliability, incidents: Incidents, renderer: Renderer) -> None:
    """Write, look, save, send."""

    @router.get("/incidents/{identity}/communications/{kind}")
    def compose(request: Request, identity: str, kind: MessageKind) -> Response:
        return renderer.page("compose.html", compose_page(reliability, incidents, identity, kind, remembered(request)))

    def composed(identity: str, kind: MessageKind, actor: str, fields: Mapping[str, str]) -> Response:
        """What was asked for; or the page again, with what was written."""
        trouble: Trouble | None = None
        what = fields.get("do", "")
        if what in (_SAVE, _SEND):
            try:
                incidents.decide(_command(what, identity, kind, actor, fields))
            except CovetSreError as error:
                trouble = trouble_of(error)
            else:
                at = incident_address(identity)
                place = f"{at}#communications" if what == _SEND else f"{at}/communications/{kind.value}"
                return RedirectResponse(place, 303)
        view = compose_page(reliability, incidents, identity, kind, actor, fields, trouble)
        return renderer.page("compose.html", view, trouble.status if trouble else 200)

    @router.post("/incidents/{identity}/communications/{kind}")
    async def write(identity: str, kind: MessageKind, request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(composed, identity, kind, actor, fields))
        remember(answer, actor)
        return answer


def _command(what: str, identity: str, kind: MessageKind, actor: str, fields: Mapping[str, str]) -> MessageCommand:
    """Raises Refused for a version that is none."""
    version = fields.get("version", "")
    if not (version.isascii() and version.isdecimal() and len(version) < 10):
        raise Refused("the form does not say which draft it is of", remedy="open the page again")
    written = {**typed_fields(kind, fields), "identity": identity}
    if what == _SAVE:
        return SaveDraft(identity, actor, kind, tuple(written.items()), int(version))
    chosen = tuple(name.removeprefix(AUDIENCE_FIELD) for name in fields if name.startswith(AUDIENCE_FIELD))
    return SendMessage(
        identity,
        actor,
        kind,
        tuple(written.items()),
        int(version),
        chosen,
        fields.get("public", ""),
        confirmed=fields.get("confirmed") == "1",
        public_why=fields.get("public_why", ""),
    )
