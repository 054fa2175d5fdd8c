"""The API's addresses that change an incident: each body becomes one command, which happens once per key."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Response

from covet_sre.access.principal import LOOPBACK
from covet_sre.api import incident_answers as answers
from covet_sre.api import incident_bodies as bodies
from covet_sre.api import incident_models as models
from covet_sre.api.idempotency import OncePerKey
from covet_sre.api.problems import problems
from covet_sre.errors import Unavailable
from covet_sre.flows.acting import acting
from covet_sre.flows.incidents import Incidents
from covet_sre.incident.facts import Command

ANONYMOUS = LOOPBACK.name
"""Who acts when nobody says so, while nobody has an account. Whoever has signed in acts under their own name."""

Identity = Annotated[
    str, Path(max_length=100, pattern=bodies.NO_NUL, description="The incident's id, `INC-2026-1126-001`.")
]
Key = Annotated[str | None, Header(alias="idempotency-key", max_length=200)]
ActorHeader = Annotated[str, Header(alias="x-covet-sre-actor", max_length=100)]

_CHANGES = problems(404, 409, 422, 503)


@dataclass(frozen=True, slots=True)
class Deciding:
    """Has commands carried out, each key's once.

    A command that is only kept counts as sent: the same key does not keep it twice.
    """

    incidents: Incidents
    _once: OncePerKey[str | Unavailable] = field(default_factory=OncePerKey[str | Unavailable])

    def decide(self, command: Command, request: "Request") -> str:
        """What it made or changed. Raises what `Incidents.decide` does, and Conflict for a key of something else."""
        return self.decide_once(command, lambda: command, request)

    def decide_once(self, meant: object, command: Callable[[], Command], request: "Request") -> str:
        """The same for a command that holds the present time: equal requests are told by what they mean."""
        # One person's key is not another's.
        meant = (acting().name, meant)
        made, repeated = self._once.do(request.key, meant, lambda: self._carried_out(command()))
        if isinstance(made, Unavailable):
            raise made
        if repeated:
            request.response.headers["idempotency-replayed"] = "true"
        return made

    def incident(self, command: Command, request: "Request") -> models.IncidentItem:
        """The incident after the command: the one that it made or changed."""
        return answers.incident_item(self.incidents.incident(self.decide(command, request)).incident)

    def _carried_out(self, command: Command) -> str | Unavailable:
        try:
            return self.incidents.decide(command)
        except Unavailable as error:
            return error


@dataclass(frozen=True, slots=True)
class Request:
    """What stands beside a body: who asks, under which key, and the answer's headers."""

    key: str | None
    named: str
    response: Response

    def actor(self, in_body: str = "") -> str:
        """The body's word counts before the header's."""
        return in_body.strip() or self.named.strip() or ANONYMOUS


def _request(
    response: Response,
    idempotency_key: Key = None,
    actor: ActorHeader = "",
) -> Request:
    return Request(idempotency_key, actor, response)


Asked = Annotated[Request, Depends(_request)]


def changing_routes(api: APIRouter, incidents: Incidents) -> None:
    """Declaring, everything that people do about an incident, and trying a target."""
    deciding = Deciding(incidents)
    _beginning(api, deciding)
    _working(api, deciding)
    _ending(api, deciding)
    _mending(api, deciding)
    _targets(api, incidents)


def _beginning(api: APIRouter, deciding: Deciding) -> None:
    @api.post("/incidents", status_code=201, responses=_CHANGES)
    def declare(body: bodies.DeclareBody, asked: Asked) -> models.IncidentItem:
        """Declare an incident by hand; its people are told as if an alert had opened it."""
        return deciding.incident(body.command(asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/acknowledge", responses=_CHANGES)
    def acknowledge(identity: Identity, body: bodies.AcknowledgeBody, asked: Asked) -> models.IncidentItem:
        """Somebody takes care: nobody else is asked any more."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/assign", responses=_CHANGES)
    def assign(identity: Identity, body: bodies.AssignBody, asked: Asked) -> models.IncidentItem:
        """Say whose it is."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)


def _working(api: APIRouter, deciding: Deciding) -> None:
    @api.post("/incidents/{identity}/notes", responses=_CHANGES)
    def note(identity: Identity, body: bodies.NoteBody, asked: Asked) -> models.IncidentItem:
        """Write something on the timeline."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/severity", responses=_CHANGES)
    def severity(identity: Identity, body: bodies.SeverityBody, asked: Asked) -> models.IncidentItem:
        """Change the severity; a higher one asks people anew."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/mitigate", responses=_CHANGES)
    def mitigate(identity: Identity, body: bodies.MitigateBody, asked: Asked) -> models.IncidentItem:
        """Users are no longer hurt; with `done` false, work on that begins."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)


def _ending(api: APIRouter, deciding: Deciding) -> None:
    @api.post("/incidents/{identity}/resolve", responses=_CHANGES)
    def resolve(identity: Identity, body: bodies.ResolveBody, asked: Asked) -> models.IncidentItem:
        """The service is well again."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/close", responses=_CHANGES)
    def close(identity: Identity, body: bodies.CloseBody, asked: Asked) -> models.IncidentItem:
        """Nothing more is to be done."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/false-alarm", responses=_CHANGES)
    def false_alarm(identity: Identity, body: bodies.FalseAlarmBody, asked: Asked) -> models.IncidentItem:
        """There was nothing wrong."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/reopen", responses=_CHANGES)
    def reopen(identity: Identity, body: bodies.ReopenBody, asked: Asked) -> models.IncidentItem:
        """It is not over after all."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)


def _mending(api: APIRouter, deciding: Deciding) -> None:
    @api.post("/incidents/{identity}/times", responses=_CHANGES)
    def times(identity: Identity, body: bodies.TimesBody, asked: Asked) -> models.IncidentItem:
        """Correct one of the times; the old one stays on the timeline."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/split", responses=_CHANGES)
    def split(identity: Identity, body: bodies.SplitBody, asked: Asked) -> models.IncidentItem:
        """Take alerts out into an incident of their own, which is the answer."""
        return deciding.incident(body.command(identity, asked.actor(body.actor)), asked)

    @api.post("/incidents/{identity}/merge", responses=_CHANGES)
    def merge(identity: Identity, body: bodies.MergeBody, asked: Asked) -> models.IncidentItem:
        """Have everything of this incident go on in another, which is the answer."""
        deciding.decide(body.command(identity, asked.actor(body.actor)), asked)
        return answers.incident_item(deciding.incidents.incident(body.into).incident)


def _targets(api: APIRouter, incidents: Incidents) -> None:
    @api.post("/targets/{name}/test", responses=problems(404, 422, 503))
    def test_target(
        name: Annotated[str, Path(max_length=300, pattern=bodies.NO_NUL)], body: bodies.ActorBody, asked: Asked
    ) -> models.TestedAnswer:
        """Send a test notification now. 422 with what the target said when it did not take it."""
        return models.TestedAnswer(target=name, said=incidents.test_target(name, asked.actor(body.actor)))
