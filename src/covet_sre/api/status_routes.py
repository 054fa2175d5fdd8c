"""The API's addresses for those who run the status page. What the public reads stands below /status."""

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Path, Query

from covet_sre.api import status_answers as answers
from covet_sre.api import status_models as models
from covet_sre.api.incident_bodies import NO_NUL
from covet_sre.api.incident_changes import Asked, Deciding
from covet_sre.api.models import Page
from covet_sre.api.problems import ProblemRoute, problems
from covet_sre.errors import NotFound
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.status_page import PublicStatus
from covet_sre.incident.status_facts import ClearComponentState, RemoveStatusSubscriber
from covet_sre.status.page import StatusPage

Files = Callable[[], Mapping[str, bytes]]
"""The public page as files. Raises NotFound where there is none."""

Identity = Annotated[str, Path(max_length=100, pattern=NO_NUL)]
Actor = Annotated[str, Query(max_length=100, pattern=NO_NUL)]

_CHANGES = problems(404, 409, 422, 503)


def status_router(public: PublicStatus, incidents: Incidents, files: Files) -> APIRouter:
    """Everything under /api/v1/status-page."""
    api = APIRouter(prefix="/api/v1/status-page", route_class=ProblemRoute, tags=["status page"])
    deciding = Deciding(incidents)
    _reading(api, public, files)
    _incidents(api, public, deciding)
    _maintenance(api, public, deciding)
    _components(api, public, deciding)
    _subscribers(api, public, deciding)
    return api


def _reading(api: APIRouter, public: PublicStatus, files: Files) -> None:
    @api.get("", responses=problems(404, 503))
    def show() -> models.StatusPageAnswer:
        """How everything stands for the public, with what is internal about it."""
        return answers.status_page(public)

    @api.post("/check", responses=problems(404, 422, 503))
    def check(body: models.CheckBody) -> models.CheckedAnswer:
        """Look for internal names in a text that is to be told. Nothing changes."""
        found = public.leaks([body.text], body.incident)
        return models.CheckedAnswer(leaks=[models.LeakItem(what=one.what, found=one.found) for one in found])

    @api.get("/files", responses=problems(404, 503))
    def rendered() -> models.FilesAnswer:
        """The public page as static files, as they stand now."""
        return models.FilesAnswer(files={name: content.decode() for name, content in files().items()})


def _incidents(api: APIRouter, public: PublicStatus, deciding: Deciding) -> None:
    def item(identity: str) -> models.PublicIncidentItem:
        return answers.incident_item(public.incident(identity), _page(public))

    @api.get("/incidents/{identity}", responses=problems(404, 422, 503))
    def show_incident(identity: Identity) -> models.PublicIncidentItem:
        """One public incident, with what is internal about it."""
        return item(identity)

    @api.post("/incidents", status_code=201, responses=_CHANGES)
    def publish(body: models.PublishBody, asked: Asked) -> models.PublicIncidentItem:
        """Tell the public of trouble."""
        return item(deciding.decide(body.command(asked.actor(body.actor)), asked))

    @api.post("/incidents/{identity}/updates", status_code=201, responses=_CHANGES)
    def update(identity: Identity, body: models.UpdateBody, asked: Asked) -> models.PublicIncidentItem:
        """Tell how it goes on; with `resolved`, that it is over."""
        return item(deciding.decide(body.command(identity, asked.actor(body.actor)), asked))

    @api.put("/incidents/{identity}/updates/{number}", responses=_CHANGES)
    def correct(
        identity: Identity, number: Annotated[int, Path(ge=1, le=10_000)], body: models.CorrectBody, asked: Asked
    ) -> models.PublicIncidentItem:
        """Mend a public text. Nobody is told again."""
        return item(deciding.decide(body.command(identity, number, asked.actor(body.actor)), asked))


def _maintenance(api: APIRouter, public: PublicStatus, deciding: Deciding) -> None:
    def item(identity: str) -> models.MaintenanceItem:
        return answers.maintenance_item(public.maintenance(identity), _page(public))

    @api.get("/maintenances/{identity}", responses=problems(404, 422, 503))
    def show_maintenance(identity: Identity) -> models.MaintenanceItem:
        """One maintenance, with what is internal about it."""
        return item(identity)

    @api.post("/maintenances", status_code=201, responses=_CHANGES)
    def schedule(body: models.ScheduleBody, asked: Asked) -> models.MaintenanceItem:
        """Announce planned work; it begins and ends by itself."""
        return item(deciding.decide(body.command(asked.actor(body.actor)), asked))

    @api.post("/maintenances/{identity}/updates", status_code=201, responses=_CHANGES)
    def change(identity: Identity, body: models.MaintenanceBody, asked: Asked) -> models.MaintenanceItem:
        """Tell how the work goes on, move it, or complete it."""
        return item(deciding.decide(body.command(identity, asked.actor(body.actor)), asked))


def _components(api: APIRouter, public: PublicStatus, deciding: Deciding) -> None:
    def item(identity: str) -> models.ComponentItem:
        found = next(one for one in public.standing().components if one.component.identity == identity)
        return answers.component_item(public, found)

    @api.post("/components/{identity}", responses=_CHANGES)
    def set_state(identity: Identity, body: models.StateBody, asked: Asked) -> models.ComponentItem:
        """Set a component's state by hand, until a time or until somebody ends it."""
        _page(public).component(identity)
        return item(deciding.decide(body.command(identity, asked.actor(body.actor)), asked))

    @api.delete("/components/{identity}", responses=_CHANGES)
    def clear_state(
        identity: Identity, asked: Asked, version: Annotated[int, Query(ge=0, le=2**53)], actor: Actor = ""
    ) -> models.ComponentItem:
        """From now on its state is what is measured and told."""
        _page(public).component(identity)
        return item(deciding.decide(ClearComponentState(asked.actor(actor), identity, version), asked))


def _subscribers(api: APIRouter, public: PublicStatus, deciding: Deciding) -> None:
    @api.get("/subscribers", responses=problems(404, 503))
    def subscribers() -> Page[models.SubscriberItem]:
        """Everybody who is told, and who was asked to confirm."""
        return Page(items=[answers.subscriber_item(one) for one in public.subscribers()], next=None)

    @api.delete("/subscribers/{identity}", responses=problems(404, 422, 503))
    def remove(
        identity: Identity,
        asked: Asked,
        reason: Annotated[str, Query(min_length=1, max_length=1000, pattern=NO_NUL)],
        actor: Actor = "",
    ) -> models.RemovedAnswer:
        """End somebody's subscription, and forget their address."""
        removed = deciding.decide(RemoveStatusSubscriber(asked.actor(actor), identity, reason), asked)
        return models.RemovedAnswer(id=removed)


def _page(public: PublicStatus) -> StatusPage:
    page = public.page()
    if page is None:
        raise NotFound("there is no status page", remedy="declare a StatusPage in the reliability files")
    return page
