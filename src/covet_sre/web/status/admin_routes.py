"""The addresses from which people tell the public. Nothing is lost: what could not be done stands in its form again."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.errors import CovetSreError, NotFound
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.flows.status_page import PublicStatus
from covet_sre.incident.facts import Command
from covet_sre.incident.status_facts import RemoveStatusSubscriber
from covet_sre.status.texts import LONGEST_REASON, checked_line
from covet_sre.web.forms import NO_NUL, form_fields
from covet_sre.web.incidents.actor import actor_of, remember, remembered
from covet_sre.web.incidents.trouble import trouble_of
from covet_sre.web.rendering import Renderer
from covet_sre.web.status import admin_forms as forms
from covet_sre.web.status.admin_pages import (
    Attempt,
    incident_admin_page,
    maintenance_admin_page,
    status_admin_page,
    subscribers_page,
)
from covet_sre.web.status.preview import Previewed, preview_page

HOME = "/status-page"

Identity = Annotated[str, Path(max_length=100, pattern=NO_NUL)]
Text = Annotated[str, Query(max_length=300, pattern=NO_NUL)]

Again = Callable[[Attempt], Response]
"""The page on which something was tried, with what somebody wrote."""


class StatusAdmin:
    """What the routes share: deciding, and the page again where that was refused."""

    def __init__(
        self, reliability: Reliability, public: PublicStatus, incidents: Incidents, renderer: Renderer
    ) -> None:
        self.reliability, self.public, self.incidents, self.renderer = reliability, public, incidents, renderer

    def home(self, actor: str, attempt: Attempt) -> Response:
        view = status_admin_page(self.reliability, self.public, actor, attempt)
        return self.renderer.page("status_page.html", view, _status(attempt))

    def incident(self, identity: str, actor: str, attempt: Attempt) -> Response:
        view = incident_admin_page(self.reliability, self.public, self.incidents, identity, actor, attempt)
        return self.renderer.page("status_incident.html", view, _status(attempt))

    def maintenance(self, identity: str, actor: str, attempt: Attempt) -> Response:
        view = maintenance_admin_page(self.reliability, self.public, identity, actor, attempt)
        return self.renderer.page("status_maintenance.html", view, _status(attempt))

    def decided(
        self, action: str, command: Callable[[], Command], fields: dict[str, str], again: Again, to: str
    ) -> Response:
        """`to` is where it goes on; `{}` in it stands for what was made."""
        if fields.get("edit") == "1":
            # From a preview, back to the form.
            return again(Attempt(action, fields))
        try:
            made = self.incidents.decide(command())
        except CovetSreError as error:
            about = fields.get("incident", "")
            texts = [fields.get(name, "") for name in ("title", "text")]
            leaks = () if fields.get("confirmed", "").strip() else self.public.leaks(texts, about)
            return again(Attempt(action, fields, trouble_of(error), leaks))
        return RedirectResponse(to.replace("{}", made), 303)

    def previewed(self, actor: str, fields: dict[str, str]) -> Response:
        action = fields.get("action", "")
        command, identity = self._command(action, actor, fields)
        incident = self.public.incident(identity) if action.startswith(f"{HOME}/incidents/") else None
        maintenance = self.public.maintenance(identity) if action.startswith(f"{HOME}/maintenance/") else None
        title = fields.get("title", "") or (maintenance.title if maintenance else "")
        leaks = self.public.leaks(
            [title, fields.get("text", "")], incident.link if incident else fields.get("incident", "")
        )
        view = preview_page(self.public.standing(), command, incident or maintenance, leaks, action, fields)
        return self.renderer.page("public/preview.html", view)

    def _command(self, action: str, actor: str, fields: dict[str, str]) -> tuple[Previewed, str]:
        parts = action.removeprefix(f"{HOME}/").split("/")
        match parts:
            case ["incidents"]:
                return forms.publication_of(actor, fields), ""
            case ["incidents", identity, "updates"]:
                return forms.update_of(actor, identity, fields), identity
            case ["maintenance"]:
                return forms.schedule_of(actor, fields), ""
            case ["maintenance", identity, "updates"]:
                return forms.maintenance_update_of(actor, identity, fields), identity
            case _:
                raise NotFound("nothing of that kind can be previewed", remedy="use the forms of the status page")


def status_admin_routes(router: APIRouter, admin: StatusAdmin) -> None:
    """Reading, states by hand, incidents, maintenance, subscribers."""
    _reading(router, admin)
    _components(router, admin)
    _incidents(router, admin)
    _maintenance(router, admin)
    _subscribers(router, admin)


def _reading(router: APIRouter, admin: StatusAdmin) -> None:
    @router.get(HOME)
    def home(request: Request, incident: Text = "") -> Response:
        """With an incident: the form that tells of it, or what the public is told of it already."""
        told = [one for one in admin.public.incidents_about(incident) if not one.status.is_over] if incident else []
        if told:
            return RedirectResponse(f"{HOME}/incidents/{told[0].identity}", 303)
        typed = {"incident": incident, "notify": "1"} if incident else None
        return admin.home(remembered(request), Attempt("publish" if typed else "", typed))

    @router.get(f"{HOME}/incidents/{{identity}}")
    def incident(identity: Identity, request: Request) -> Response:
        return admin.incident(identity, remembered(request), Attempt())

    @router.get(f"{HOME}/maintenance/{{identity}}")
    def maintenance(identity: Identity, request: Request) -> Response:
        return admin.maintenance(identity, remembered(request), Attempt())

    @router.post(f"{HOME}/preview")
    async def preview(request: Request) -> Response:
        """Changes nothing: it is a POST because of what it holds."""

        def shown(actor: str, fields: dict[str, str]) -> Response:
            try:
                return admin.previewed(actor, fields)
            except CovetSreError as error:
                action = "publish" if fields.get("action", "").endswith("/incidents") else "schedule"
                return admin.home(actor, Attempt(action, fields, trouble_of(error)))

        return await _sent(request, shown)


def _components(router: APIRouter, admin: StatusAdmin) -> None:
    @router.post(f"{HOME}/components/{{identity}}")
    async def set_state(identity: Identity, request: Request) -> Response:
        def done(actor: str, fields: dict[str, str]) -> Response:
            command = partial(forms.state_of, actor, identity, fields)
            again = partial(admin.home, actor)
            return admin.decided(f"component-{identity}", command, fields, again, f"{HOME}#component-{{}}")

        return await _sent(request, done)

    @router.post(f"{HOME}/components/{{identity}}/clear")
    async def clear_state(identity: Identity, request: Request) -> Response:
        def done(actor: str, fields: dict[str, str]) -> Response:
            command = partial(forms.clearing_of, actor, identity, fields)
            again = partial(admin.home, actor)
            return admin.decided(f"component-{identity}", command, fields, again, f"{HOME}#component-{{}}")

        return await _sent(request, done)


def _incidents(router: APIRouter, admin: StatusAdmin) -> None:
    @router.post(f"{HOME}/incidents")
    async def publish(request: Request) -> Response:
        def done(actor: str, fields: dict[str, str]) -> Response:
            command = partial(forms.publication_of, actor, fields)
            return admin.decided("publish", command, fields, partial(admin.home, actor), f"{HOME}/incidents/{{}}")

        return await _sent(request, done)

    @router.post(f"{HOME}/incidents/{{identity}}/updates")
    async def update(identity: Identity, request: Request) -> Response:
        def done(actor: str, fields: dict[str, str]) -> Response:
            command = partial(forms.update_of, actor, identity, fields)
            again = partial(admin.incident, identity, actor)
            return admin.decided("update", command, fields, again, f"{HOME}/incidents/{{}}")

        return await _sent(request, done)

    @router.post(f"{HOME}/incidents/{{identity}}/texts/{{number}}")
    async def correct(identity: Identity, number: Annotated[int, Path(ge=1, le=10_000)], request: Request) -> Response:
        def done(actor: str, fields: dict[str, str]) -> Response:
            command = partial(forms.correction_of, actor, identity, number, fields)
            again = partial(admin.incident, identity, actor)
            return admin.decided(f"text-{number}", command, fields, again, f"{HOME}/incidents/{{}}")

        return await _sent(request, done)


def _maintenance(router: APIRouter, admin: StatusAdmin) -> None:
    @router.post(f"{HOME}/maintenance")
    async def schedule(request: Request) -> Response:
        def done(actor: str, fields: dict[str, str]) -> Response:
            command = partial(forms.schedule_of, actor, fields)
            return admin.decided("schedule", command, fields, partial(admin.home, actor), f"{HOME}/maintenance/{{}}")

        return await _sent(request, done)

    @router.post(f"{HOME}/maintenance/{{identity}}/updates")
    async def change(identity: Identity, request: Request) -> Response:
        def done(actor: str, fields: dict[str, str]) -> Response:
            command = partial(forms.maintenance_update_of, actor, identity, fields)
            again = partial(admin.maintenance, identity, actor)
            return admin.decided("update", command, fields, again, f"{HOME}/maintenance/{{}}")

        return await _sent(request, done)


def _subscribers(router: APIRouter, admin: StatusAdmin) -> None:
    def listed(actor: str, attempt: Attempt) -> Response:
        view = subscribers_page(admin.reliability, admin.public, actor, attempt.trouble)
        return admin.renderer.page("status_subscribers.html", view, _status(attempt))

    @router.get(f"{HOME}/subscribers")
    def subscribers(request: Request) -> Response:
        return listed(remembered(request), Attempt())

    @router.post(f"{HOME}/subscribers/{{identity}}/remove")
    async def remove(identity: Identity, request: Request) -> Response:
        def done(actor: str, fields: dict[str, str]) -> Response:
            def command() -> Command:
                reason = checked_line(fields.get("reason", ""), "the reason", LONGEST_REASON)
                return RemoveStatusSubscriber(actor, identity, reason)

            return admin.decided("remove", command, fields, partial(listed, actor), f"{HOME}/subscribers")

        return await _sent(request, done)


async def _sent(request: Request, done: Callable[[str, dict[str, str]], Response]) -> Response:
    """What a form asks for, under the name of whoever sent it."""
    fields = await form_fields(request)
    actor = actor_of(request, fields)
    answer = await to_thread.run_sync(partial(done, actor, fields))
    remember(answer, actor)
    return answer


def _status(attempt: Attempt) -> int:
    return attempt.trouble.status if attempt.trouble else 200
