"""The API's addresses of silences and maintenance windows."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from covet_sre.api import incident_answers as answers
from covet_sre.api import incident_models as models
from covet_sre.api.incident_bodies import SilenceBody
from covet_sre.api.incident_changes import ANONYMOUS, Asked, Deciding
from covet_sre.api.models import Page
from covet_sre.api.problems import problems
from covet_sre.errors import NotFound
from covet_sre.flows.incidents import Incidents
from covet_sre.incident.facts import ExpireSilence, SetSilence


def silence_routes(api: APIRouter, incidents: Incidents) -> None:
    """List, make or change, and end silences."""
    deciding = Deciding(incidents)

    @api.get("/silences", responses=problems(503))
    def silences() -> Page[models.SilenceItem]:
        """Silences and maintenance windows that are to come or hold, and those that ended within a day."""
        now = incidents.now()
        return Page(items=[answers.silence_item(each, now) for each in incidents.silences()], next=None)

    @api.post("/silences", status_code=201, responses=problems(404, 409, 422, 503))
    def silence(body: SilenceBody, asked: Asked) -> models.SilenceItem:
        """Keep alerts quiet for a time. What they say is still kept, and can be read in the inbox."""
        made = deciding.decide_once(body, lambda: SetSilence(body.silence(incidents.now())), asked)
        return _found(incidents, made)

    @api.delete("/silences/{identity}", responses=problems(404, 422, 503))
    def expire(
        identity: Annotated[str, Path(max_length=100)],
        author: Annotated[str, Query(max_length=100)] = "",
    ) -> models.SilenceItem:
        """End a silence now. It stays on record."""
        incidents.decide(ExpireSilence(identity, author.strip() or ANONYMOUS))
        return _found(incidents, identity)


def _found(incidents: Incidents, identity: str) -> models.SilenceItem:
    for each in incidents.silences():
        if each.identity == identity:
            return answers.silence_item(each, incidents.now())
    raise NotFound(f"there is no silence {identity}", remedy="see the list of silences")
