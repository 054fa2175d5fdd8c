"""The addresses of schedules and people, and of the calendars that are given out."""

from functools import partial
from typing import Annotated
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from covet_sre.errors import CovetSreError, NotFound, Refused
from covet_sre.flows.hand_off import open_for
from covet_sre.flows.oncall import OnCall
from covet_sre.flows.reading import Reliability
from covet_sre.incident.oncall_facts import AnswerTestPage, MakeCalendar, RevokeCalendar
from covet_sre.oncall.calendar_address import CalendarAddress, CalendarSubject, token_digest
from covet_sre.web.forms import NO_NUL, form_fields
from covet_sre.web.incidents.actor import actor_of, remember, remembered
from covet_sre.web.incidents.doors import IncidentDoors
from covet_sre.web.incidents.trouble import Trouble, trouble_of
from covet_sre.web.oncall.calendar_feed import PAST_SECONDS, calendar_feed
from covet_sre.web.oncall.forms import Fields, person_command, schedule_command
from covet_sre.web.oncall.overview_page import on_call_page
from covet_sre.web.oncall.person_page import person_page
from covet_sre.web.oncall.preview_page import preview_page
from covet_sre.web.oncall.schedule_page import Asked, schedule_clock, schedule_page
from covet_sre.web.oncall.test_page import answered_page
from covet_sre.web.rendering import Renderer

Text = Annotated[str, Query(max_length=600, pattern=NO_NUL)]
Name = Annotated[str, Path(max_length=100, pattern=NO_NUL)]
_VIEWS = ("week", "month")
_CALENDAR = {"cache-control": "private, max-age=300", "content-disposition": "inline"}


def on_call_pages(router: APIRouter, reliability: Reliability, doors: IncidentDoors, renderer: Renderer) -> None:
    """Everything under /oncall, and /calendar. Without `doors.on_call` there is nothing of it."""
    if doors.on_call is None:
        return
    pages = _Pages(reliability, doors, doors.on_call, renderer)
    _reading(router, pages)
    _changing(router, pages)
    _calendars(router, pages)
    _tests(router, pages)


class _Pages:
    """What every route asks of."""

    def __init__(self, reliability: Reliability, doors: IncidentDoors, on_call: OnCall, renderer: Renderer) -> None:
        self.reliability, self.doors, self.on_call, self.renderer = reliability, doors, on_call, renderer

    def schedule(self, name: str, asked: Asked) -> Response:
        open_now = open_for(self.doors.incidents, self.on_call.roster(), name)
        view = schedule_page(self.reliability, self.on_call, name, asked, open_now)
        return self.renderer.page("schedule.html", view, asked.trouble.status if asked.trouble else 200)

    def person(
        self, name: str, actor: str, fields: Fields | None = None, trouble: Trouble | None = None, made: str = ""
    ) -> Response:
        view = person_page(self.reliability, self.on_call, name, actor, fields, trouble, made)
        return self.renderer.page("person.html", view, trouble.status if trouble else 200)

    def decide_on_schedule(self, name: str, action: str, actor: str, fields: Fields) -> Response:
        """What was asked for, or the same page again with what somebody wrote."""
        view, day = _view(fields.get("view", "")), fields.get("day", "")
        clock = schedule_clock(self.on_call.roster(), name)
        try:
            command = schedule_command(action, name, actor, fields, clock, self.doors.new_identity)
            self.doors.incidents.decide(command)
        except NotFound:
            raise
        except CovetSreError as error:
            asked = Asked(view, day, action, fields, actor, trouble_of(error))
            return self.schedule(name, asked)
        anchor = {"handoff": "handoff", "test": "test"}.get(action, "overrides" if action == "override" else "swaps")
        return RedirectResponse(f"/oncall/{quote(name, safe='')}?view={view}&day={quote(day)}#{anchor}", 303)

    def decide_on_person(self, name: str, action: str, actor: str, fields: Fields) -> Response:
        try:
            done = self.doors.incidents.decide(person_command(action, name, actor, fields, self.on_call))
            if action == "verify" and done == "wrong":
                raise Refused("that is not the code", remedy="look at the last one that came, or have another one sent")
        except NotFound:
            raise
        except CovetSreError as error:
            return self.person(name, actor, fields, trouble_of(error))
        return RedirectResponse(f"/oncall/people/{quote(name, safe='')}#contacts", 303)


def _view(text: str) -> str:
    return text if text in _VIEWS else "week"


def _reading(router: APIRouter, pages: _Pages) -> None:
    @router.get("/oncall")
    def all_schedules() -> Response:
        return pages.renderer.page("oncall.html", on_call_page(pages.reliability, pages.on_call))

    @router.get("/oncall-preview")
    def empty_preview() -> Response:
        return pages.renderer.page("preview.html", preview_page(pages.reliability, pages.on_call, {}))

    @router.post("/oncall-preview")
    async def preview(request: Request) -> Response:
        fields = await form_fields(request)
        view = await to_thread.run_sync(partial(preview_page, pages.reliability, pages.on_call, fields))
        return pages.renderer.page("preview.html", view)

    @router.get("/oncall/people/{name}")
    def person(request: Request, name: Name) -> Response:
        return pages.person(name, remembered(request))

    @router.get("/oncall/{name}")
    def schedule(
        request: Request,
        name: Name,
        view: Text = "",
        day: Text = "",
        opened: Annotated[str, Query(alias="open", max_length=20)] = "",
    ) -> Response:
        fields = {key: value[:600] for key, value in request.query_params.items() if key not in ("view", "day", "open")}
        return pages.schedule(name, Asked(_view(view), day, opened, fields, remembered(request)))


def _changing(router: APIRouter, pages: _Pages) -> None:
    @router.post("/oncall/people/{name}/{action}")
    async def change_person(name: Name, action: str, request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(pages.decide_on_person, name, action, actor, fields))
        remember(answer, actor)
        return answer

    @router.post("/oncall/{name}/{action}")
    async def change_schedule(name: Name, action: str, request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(pages.decide_on_schedule, name, action, actor, fields))
        remember(answer, actor)
        return answer


def _calendars(router: APIRouter, pages: _Pages) -> None:
    @router.get("/calendar/{token}.ics")
    def feed(request: Request, token: Annotated[str, Path(max_length=200, pattern=NO_NUL)]) -> Response:
        digest = token_digest(token)
        roster = pages.on_call.roster(pages.doors.incidents.now() - 2 * PAST_SECONDS)
        address = next((one for one in roster.kept.calendars if one.token_digest == digest), None)
        if address is None or address.revoked_at is not None:
            raise NotFound("there is no such calendar", remedy="its address was revoked, or copied only in part")
        text = calendar_feed(roster, address, str(request.base_url).rstrip("/"))
        return Response(text.encode(), media_type="text/calendar; charset=utf-8", headers=_CALENDAR)

    @router.post("/oncall-calendars")
    async def make(request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(made, request, actor, fields))
        remember(answer, actor)
        return answer

    def made(request: Request, actor: str, fields: Fields) -> Response:
        name, token = fields.get("name", ""), pages.on_call.new_token()
        subject = CalendarSubject.PERSON if fields.get("subject") == "person" else CalendarSubject.SCHEDULE
        pages.doors.incidents.decide(MakeCalendar(token_digest(token), actor, subject, name))
        address = f"{str(request.base_url).rstrip('/')}/calendar/{token}.ics"
        if subject is CalendarSubject.PERSON:
            return pages.person(name, actor, made=address)
        return pages.schedule(name, Asked(actor=actor, made_address=address))

    @router.post("/oncall-calendars/{identity}/revoke")
    async def revoke(identity: Annotated[str, Path(max_length=100, pattern=NO_NUL)], request: Request) -> Response:
        fields = await form_fields(request)
        actor = actor_of(request, fields)
        answer = await to_thread.run_sync(partial(revoked, identity, actor))
        remember(answer, actor)
        return answer

    def revoked(identity: str, actor: str) -> Response:
        found = _calendar(pages.on_call, identity)
        pages.doors.incidents.decide(RevokeCalendar(identity, actor))
        folder = "people/" if found and found.subject is CalendarSubject.PERSON else ""
        name = quote(found.name, safe="") if found else ""
        return RedirectResponse(f"/oncall/{folder}{name}#calendars" if name else "/oncall", 303)


def _calendar(on_call: OnCall, identity: str) -> CalendarAddress | None:
    return next((one for one in on_call.roster().kept.calendars if one.identity == identity), None)


def _tests(router: APIRouter, pages: _Pages) -> None:
    @router.get("/oncall-test/{token}")
    def ask(token: str) -> Response:
        """One button, and nothing changed: whatever looks at links before people do may look."""
        return pages.renderer.page("test_page.html", answered_page(pages.reliability, pages.on_call, token))

    @router.post("/oncall-test/{token}")
    async def answer(token: str) -> Response:
        return await to_thread.run_sync(partial(answered, token))

    def answered(token: str) -> Response:
        identity, person = pages.on_call.test_page(token)
        pages.doors.incidents.decide(AnswerTestPage(identity, person, "link"))
        return RedirectResponse(f"/oncall-test/{quote(token, safe='')}", 303)
