"""The API's addresses of silences and maintenance windows."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from covet_sre.api import incident_answers as answers
from covet_sre.api import incident_models as models
from covet_sre.api.alertmanager.silences import NewIdentity, found_silence
from covet_sre.api.incident_bodies import NO_NUL, SilenceBody
from covet_sre.api.incident_changes import ANONYMOUS, Asked, Deciding
from covet_sre.api.models import Page
from covet_sre.api.problems import problems
from covet_sre.flows.incidents import Incidents
from covet_sre.incident.facts import ExpireSilence, SetSilence


def silence_routes(api: APIRouter, incidents: Incidents, new_identity: NewIdentity) -> None:
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
        made = deciding.decide_once(body, lambda: SetSilence(body.silence(_identity(body.id), incidents.now())), asked)
        return answers.silence_item(found_silence(incidents.silences(), made), incidents.now())

    def _identity(named: str) -> str:
        return found_silence(incidents.silences(), named).identity if named else new_identity()

    @api.delete("/silences/{identity}", responses=problems(404, 422, 503))
    def expire(
        identity: Annotated[str, Path(max_length=100, pattern=NO_NUL)],
        author: Annotated[str, Query(max_length=100, pattern=NO_NUL)] = "",
    ) -> models.SilenceItem:
        """End a silence now. It stays on record."""
        incidents.decide(ExpireSilence(identity, author.strip() or ANONYMOUS))
        return answers.silence_item(found_silence(incidents.silences(), identity), incidents.now())
