"""The API's addresses for alerts and incidents that read; `incident_changes` has those that change something."""

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query

from covet_sre.alerting.severity import Severity
from covet_sre.api import incident_answers as answers
from covet_sre.api import incident_models as models
from covet_sre.api.alertmanager.silences import NewIdentity
from covet_sre.api.cursors import cursor_of, read_cursor
from covet_sre.api.incident_bodies import NO_NUL
from covet_sre.api.incident_changes import Identity, changing_routes
from covet_sre.api.models import Page
from covet_sre.api.people_routes import people_routes
from covet_sre.api.problems import ProblemRoute, problems
from covet_sre.api.silence_routes import silence_routes
from covet_sre.errors import Refused
from covet_sre.flows.incidents import IncidentFilter, Incidents

Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str, Query(max_length=400, description="`next` of the page before.")]


class Asked(StrEnum):
    """Which incidents a list shows."""

    OPEN = "open"
    CLOSED = "closed"


def incident_router(incidents: Incidents, new_identity: NewIdentity) -> APIRouter:
    """Everything about alerts and incidents, under /api/v1."""
    api = APIRouter(prefix="/api/v1", route_class=ProblemRoute, tags=["incidents"])
    _reading_routes(api, incidents)
    changing_routes(api, incidents)
    silence_routes(api, incidents, new_identity)
    people_routes(api, incidents, new_identity)
    return api


def _reading_routes(api: APIRouter, incidents: Incidents) -> None:
    @api.get("/incidents", responses=problems(422, 503))
    def list_incidents(
        state: Annotated[Asked | None, Query(description="Whether somebody still has to do something.")] = None,
        service: Annotated[str, Query(max_length=300, pattern=NO_NUL)] = "",
        severity: Severity | None = None,
        limit: Limit = 50,
        cursor: Cursor = "",
    ) -> Page[models.IncidentItem]:
        """Incidents, the newest first."""
        is_open = None if state is None else state is Asked.OPEN
        wanted = IncidentFilter(is_open, service, severity, _identity(cursor), limit + 1)
        found = incidents.incidents(wanted)
        return Page(
            items=[answers.incident_item(each) for each in found[:limit]],
            next=cursor_of(found[limit - 1].identity) if len(found) > limit else None,
        )

    @api.get("/incidents/{identity}", responses=problems(404, 422, 503))
    def show_incident(identity: Identity) -> models.IncidentDetailAnswer:
        """One incident with its alerts, timeline, notifications, plan and context."""
        return answers.incident_detail(incidents.incident(identity))

    @api.get("/inbox", responses=problems(422, 503))
    def inbox(limit: Limit = 50, cursor: Cursor = "") -> Page[models.ArrivalItem]:
        """What came in and what was made of it, and why; the newest first."""
        found = incidents.arrivals(_number(cursor), limit + 1)
        following = cursor_of(str(found[limit - 1].waiting.number)) if len(found) > limit else None
        return Page(items=[answers.arrival_item(each) for each in found[:limit]], next=following)

    @api.get("/oncall", responses=problems(503))
    def on_call() -> models.DutiesAnswer:
        """Who is on call now, of every schedule, and who comes next."""
        return models.DutiesAnswer(items=[answers.duty_item(each) for each in incidents.on_call()])


def _identity(cursor: str) -> str | None:
    key = read_cursor(cursor)
    if key is not None and "\0" in key:
        raise Refused("the cursor is none of ours", remedy="take `next` of the page before, or leave it out")
    return key


def _number(cursor: str) -> int | None:
    key = read_cursor(cursor)
    if key is None:
        return None
    if not (key.isascii() and key.isdigit() and len(key) < 19):
        raise Refused("the cursor is none of ours", remedy="take `next` of the page before, or leave it out")
    return int(key)
