"""The API's addresses of schedules, people and calendars."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi import Request as HttpRequest

from covet_sre.api import oncall_answers as answers
from covet_sre.api import oncall_bodies as bodies
from covet_sre.api import oncall_models as models
from covet_sre.api.alertmanager.silences import NewIdentity
from covet_sre.api.incident_bodies import NO_NUL, ActorBody, seconds
from covet_sre.api.incident_changes import Asked, Deciding
from covet_sre.api.problems import ProblemRoute, problems
from covet_sre.errors import NotFound, Refused
from covet_sre.flows.calendar_schedule import schedule_document
from covet_sre.flows.hand_off import open_for
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.oncall import OnCall, Roster, tried
from covet_sre.incident import oncall_facts as facts
from covet_sre.oncall.calendar_address import token_digest
from covet_sre.oncall.load import DAY_SECONDS, PERIODS_DAYS

_CHANGES = problems(404, 409, 422, 503)
_LONGEST_SECONDS = 400 * DAY_SECONDS
_AHEAD_SECONDS, _CALENDAR_AHEAD_SECONDS = 28 * DAY_SECONDS, 366 * DAY_SECONDS

Name = Annotated[str, Path(max_length=100, pattern=NO_NUL)]
Actor = Annotated[str, Query(max_length=100, pattern=NO_NUL)]


def on_call_router(incidents: Incidents, on_call: OnCall, new_identity: NewIdentity) -> APIRouter:
    """Everything about who is on call, under /api/v1/oncall."""
    api = APIRouter(prefix="/api/v1/oncall", route_class=ProblemRoute, tags=["on call"])
    deciding = Deciding(incidents)
    _reading(api, incidents, on_call)
    _overriding(api, on_call, deciding, new_identity)
    _swapping(api, on_call, deciding, new_identity)
    _handing_over(api, incidents, on_call, deciding)
    _people(api, on_call, deciding)
    _importing(api, on_call, deciding, new_identity)
    _calendars(api, on_call, deciding)
    return api


def _reading(api: APIRouter, incidents: Incidents, on_call: OnCall) -> None:
    @api.get("/schedules/{name}", responses=problems(404, 422, 503))
    def schedule(
        name: Name,
        start: Annotated[datetime | None, Query(description="Left out: now.")] = None,
        end: Annotated[datetime | None, Query(description="Left out: 28 days after the start.")] = None,
    ) -> models.ScheduleAnswer:
        """Who is on call over a time, with overrides, swaps, gaps, the hand-off note and what is wrong."""
        since, until = _period(start, end, incidents.now(), _AHEAD_SECONDS)
        roster = on_call.roster(since)
        known(roster, name)
        return answers.schedule_answer(roster, name, since, until, open_for(incidents, roster, name))

    @api.get("/load", responses=problems(503))
    def load() -> models.LoadAnswer:
        """How often everybody was paged within 7, 30 and 90 days."""
        roster = on_call.roster()
        return answers.load_answer(roster, on_call.pages(roster.now - max(PERIODS_DAYS) * DAY_SECONDS))

    @api.post("/preview", responses=problems(422, 503))
    def preview(body: bodies.PreviewBody) -> models.PreviewAnswer:
        """What Schedule documents would come to, and what would change. Nothing is kept."""
        since, until = _period(body.start, body.end, incidents.now(), _AHEAD_SECONDS)
        roster, draft = on_call.roster(since), on_call.draft(body.text)
        if not draft.schedules and not draft.findings:
            raise Refused("there is no document of kind Schedule in it", remedy="send one")
        found = tried(roster, draft).values()
        return models.PreviewAnswer(
            findings=[answers.finding_item(one) for one in draft.findings],
            schedules=[answers.tried_item(roster, one, since, until) for one in found],
        )


def known(roster: Roster, name: str) -> None:
    """Raises NotFound for a schedule that there is not."""
    if name not in roster.schedules:
        raise NotFound(f"there is no schedule {name}", remedy="see the list of schedules")


def _period(start: datetime | None, end: datetime | None, now: float, length: float) -> tuple[float, float]:
    since = now if start is None else seconds(start)
    until = since + length if end is None else seconds(end)
    if until <= since:
        raise Refused("the time ends before it begins", remedy="give a later end")
    if until - since > _LONGEST_SECONDS:
        raise Refused("the time is longer than 400 days", remedy="ask for a shorter one")
    return since, until


def _overriding(api: APIRouter, on_call: OnCall, deciding: Deciding, new_identity: NewIdentity) -> None:
    @api.post("/schedules/{name}/overrides", status_code=201, responses=_CHANGES)
    def override(name: Name, body: bodies.OverrideBody, asked: Asked) -> models.OverrideItem:
        """Change who is on call for a time, from now on."""
        actor = asked.actor(body.actor)
        made = deciding.decide_once((name, body), lambda: body.command(new_identity(), name, actor), asked)
        return answers.override_item(next(one for one in on_call.roster().kept.overrides if one.identity == made))

    @api.delete("/overrides/{identity}", responses=problems(404, 422, 503))
    def remove(identity: Name, asked: Asked, actor: Actor = "") -> models.DoneAnswer:
        """Take an override back; what it has changed until now stays."""
        return models.DoneAnswer(id=deciding.decide(facts.RemoveOverride(identity, asked.actor(actor)), asked))


def _swapping(api: APIRouter, on_call: OnCall, deciding: Deciding, new_identity: NewIdentity) -> None:
    def swap_of(identity: str) -> models.SwapItem:
        return answers.swap_item(next(one for one in on_call.roster().kept.swaps if one.identity == identity))

    @api.post("/schedules/{name}/swaps", status_code=201, responses=_CHANGES)
    def ask(name: Name, body: bodies.SwapBody, asked: Asked) -> models.SwapItem:
        """Ask somebody to take a time, or to trade two. Nothing changes until they accept."""
        actor = asked.actor(body.actor)
        return swap_of(deciding.decide_once((name, body), lambda: body.command(new_identity(), name, actor), asked))

    @api.post("/swaps/{identity}/answer", responses=_CHANGES)
    def answer(identity: Name, body: bodies.AnswerSwapBody, asked: Asked) -> models.SwapItem:
        """Accept or decline, as the person who was asked. What is accepted holds at once."""
        command = facts.AnswerSwap(identity, asked.actor(body.actor), body.accepts, body.answer)
        return swap_of(deciding.decide(command, asked))

    @api.delete("/swaps/{identity}", responses=problems(404, 422, 503))
    def cancel(identity: Name, asked: Asked, actor: Actor = "") -> models.SwapItem:
        """Ask no more, as the person who did."""
        return swap_of(deciding.decide(facts.CancelSwap(identity, asked.actor(actor)), asked))


def _handing_over(api: APIRouter, incidents: Incidents, on_call: OnCall, deciding: Deciding) -> None:
    @api.put("/schedules/{name}/handoff", responses=_CHANGES)
    def write(name: Name, body: bodies.HandOffBody, asked: Asked) -> models.NoteItem:
        """Write the note for whoever comes next; 422 where somebody else has written one meanwhile."""
        deciding.decide(facts.WriteHandOff(name, asked.actor(body.actor), body.text, body.revision), asked)
        roster = on_call.roster()
        return answers.note_item(roster, name, open_for(incidents, roster, name))


def _people(api: APIRouter, on_call: OnCall, deciding: Deciding) -> None:
    def answer_of(name: str) -> models.PersonAnswer:
        roster = on_call.roster()
        if name not in roster.directory.people:
            raise NotFound(f"nobody in any team is called {name}", remedy="see the members of the teams")
        pages = on_call.pages(roster.now - max(PERIODS_DAYS) * DAY_SECONDS)
        return answers.person_answer(roster, name, pages)

    @api.get("/people/{name}", responses=problems(404, 422, 503))
    def person(name: Name) -> models.PersonAnswer:
        """Shifts of the next 60 days, pages, contacts and the person's own rules."""
        return answer_of(name)

    @api.put("/people/{name}/contacts", responses=_CHANGES)
    def contacts(name: Name, body: bodies.ContactsBody, asked: Asked) -> models.PersonAnswer:
        """Change how a person is told. `revision` is the one that was read."""
        deciding.decide(body.command(name, asked.actor(body.actor)), asked)
        return answer_of(name)

    @api.post("/people/{name}/contacts/{target}/code", responses=_CHANGES)
    def code(name: Name, target: Name, body: ActorBody, asked: Asked) -> models.DoneAnswer:
        """Send a code to a contact; an earlier one is void."""
        nonce, digest = on_call.new_code()
        command = facts.SendCode(name, asked.actor(body.actor), target, nonce, digest)
        return models.DoneAnswer(id=deciding.decide(command, asked))

    @api.post("/people/{name}/contacts/{target}/verify", responses=_CHANGES)
    def verify(name: Name, target: Name, body: bodies.CodeBody, asked: Asked) -> models.DoneAnswer:
        """Enter the code: the contact is verified."""
        check = on_call.roster().check(name, target)
        digest = on_call.code_digest(body.code, check.nonce if check else "")
        if deciding.decide(facts.EnterCode(name, asked.actor(body.actor), target, digest), asked) == "wrong":
            raise Refused("that is not the code", remedy="look at the last one that came, or have another one sent")
        return models.DoneAnswer(id=f"{name}/{target}")

    @api.post("/tests/{schedule}/{person}/{start}/answer", responses=_CHANGES)
    def answer_test(schedule: Name, person: Name, start: Name, body: ActorBody, asked: Asked) -> models.DoneAnswer:
        """Answer a test page, as the person who got it."""
        command = facts.AnswerTestPage(f"{schedule}/{person}/{start}", asked.actor(body.actor), "api")
        return models.DoneAnswer(id=deciding.decide(command, asked))


def _importing(api: APIRouter, on_call: OnCall, deciding: Deciding, new_identity: NewIdentity) -> None:
    @api.post("/schedules/{name}/import", responses=_CHANGES)
    def import_calendar(name: Name, body: bodies.ImportBody, asked: Asked) -> models.ImportAnswer:
        """Read a calendar: what is understood, and what is not. With `apply`, what is understood becomes overrides."""
        roster = on_call.roster()
        known(roster, name)
        since, until = _period(body.start, body.end, roster.now, _CALENDAR_AHEAD_SECONDS)
        zone = roster.schedules[name].zone
        read = on_call.calendar(body.calendar.encode(), zone, since, until)
        times = tuple((one.people[0], one.start, one.end) for one in read.times if len(one.people) == 1)
        if body.apply:
            actor = asked.actor(body.actor)
            deciding.decide_once(
                (name, body), lambda: facts.TakeTimes(new_identity(), actor, name, times, body.reason), asked
            )
        return answers.import_answer(read, schedule_document(name, zone, read.times), applied=body.apply)


def _calendars(api: APIRouter, on_call: OnCall, deciding: Deciding) -> None:
    @api.get("/calendars", responses=problems(503))
    def calendars() -> models.CalendarsAnswer:
        """The calendar addresses that were given out and not revoked, without their secret parts."""
        found = [one for one in on_call.roster().kept.calendars if one.revoked_at is None]
        return models.CalendarsAnswer(items=[answers.calendar_item(one) for one in found])

    @api.post("/calendars", status_code=201, responses=_CHANGES)
    def make(body: bodies.CalendarBody, asked: Asked, request: HttpRequest) -> models.CalendarItem:
        """Make a secret address of a person's or a schedule's calendar. It is told this once."""
        token = on_call.new_token()
        identity = token_digest(token)
        deciding.decide(facts.MakeCalendar(identity, asked.actor(body.actor), body.subject, body.name), asked)
        made = next(one for one in on_call.roster().kept.calendars if one.identity == identity)
        return answers.calendar_item(made, f"{str(request.base_url).rstrip('/')}/calendar/{token}.ics")

    @api.delete("/calendars/{identity}", responses=problems(404, 422, 503))
    def revoke(identity: Name, asked: Asked, actor: Actor = "") -> models.DoneAnswer:
        """Nobody reads at that address any more."""
        return models.DoneAnswer(id=deciding.decide(facts.RevokeCalendar(identity, asked.actor(actor)), asked))
