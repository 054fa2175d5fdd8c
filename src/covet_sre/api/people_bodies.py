"""What programs send about roles, participants, messages and subscriptions; each body knows its command."""

from typing import Annotated

from pydantic import Field

from covet_sre.alerting.severity import Severity
from covet_sre.api.incident_bodies import NO_NUL, ActorBody, Maybe, Name
from covet_sre.flows.acting import own_name
from covet_sre.incident.message_facts import FieldValues, PromiseUpdate, SaveDraft, SendMessage, SubscribeToMessages
from covet_sre.incident.role_facts import (
    AnswerRoleRequest,
    AskForRole,
    AssignRole,
    HandOverRole,
    JoinIncident,
    LayDownRole,
    LeaveIncident,
    TickDuty,
    WithdrawRoleRequest,
)
from covet_sre.incident.roles import Role
from covet_sre.incident.stakeholders import ALL_MESSAGES, Interest
from covet_sre.incident.templates import MessageKind

MaybeName = Annotated[str, Field(max_length=100, pattern=NO_NUL)]
Note = Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
Written = Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
Public = Annotated[str, Field(max_length=5000, pattern=NO_NUL)]
Key = Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]


class AssignRoleBody(ActorBody):
    """Without `person` whoever acts takes it. An expert has a `domain`."""

    role: Role
    person: MaybeName = ""
    domain: MaybeName = ""

    def command(self, incident: str, actor: str) -> AssignRole:
        return AssignRole(incident, actor, self.role, self.person or own_name(actor), self.domain)


class AskForRoleBody(ActorBody):
    """Either a `person`, or whoever is on call on a `schedule`."""

    role: Role
    person: MaybeName = ""
    schedule: MaybeName = ""
    domain: MaybeName = ""
    note: Note = ""

    def command(self, incident: str, actor: str) -> AskForRole:
        return AskForRole(incident, actor, self.role, self.person, self.schedule, self.domain, self.note)


class AnswerRoleBody(ActorBody):
    """`person` is who was asked, where that is another one than who acts."""

    request: int = Field(ge=1, le=1_000_000)
    accepts: bool
    why: Note = ""
    person: MaybeName = ""

    def command(self, incident: str, actor: str) -> AnswerRoleRequest:
        return AnswerRoleRequest(incident, actor, self.request, self.accepts, self.why, self.person or own_name(actor))


class WithdrawRoleBody(ActorBody):
    request: int = Field(ge=1, le=1_000_000)
    why: Note = ""

    def command(self, incident: str, actor: str) -> WithdrawRoleRequest:
        return WithdrawRoleRequest(incident, actor, self.request, self.why)


class HandOverRoleBody(ActorBody):
    """From `person`, who holds it, `to` another."""

    role: Role
    person: Name
    to: Name
    note: Annotated[str, Field(min_length=1, max_length=2000, pattern=NO_NUL)]

    def command(self, incident: str, actor: str) -> HandOverRole:
        return HandOverRole(incident, actor, self.role, self.person, self.to, self.note)


class LayDownRoleBody(ActorBody):
    """Without `person` whoever acts."""

    role: Role
    person: MaybeName = ""
    why: Note = ""

    def command(self, incident: str, actor: str) -> LayDownRole:
        return LayDownRole(incident, actor, self.role, self.person or own_name(actor), self.why)


class TickDutyBody(ActorBody):
    """`duty` as the list of roles has it."""

    role: Role
    duty: Annotated[str, Field(min_length=1, max_length=200, pattern=NO_NUL)]
    done: bool = True

    def command(self, incident: str, actor: str) -> TickDuty:
        return TickDuty(incident, actor, self.role, self.duty, self.done)


class JoinBody(ActorBody):
    """Without `person` whoever acts."""

    person: MaybeName = ""

    def command(self, incident: str, actor: str) -> JoinIncident:
        return JoinIncident(incident, actor, self.person or own_name(actor))


class LeaveBody(ActorBody):
    """Without `person` whoever acts."""

    person: MaybeName = ""

    def command(self, incident: str, actor: str) -> LeaveIncident:
        return LeaveIncident(incident, actor, self.person or own_name(actor))


class DraftBody(ActorBody):
    """`fields` by their names; `version` is that of the draft that was read, 0 where nobody has saved one."""

    kind: MessageKind
    fields: dict[Key, Written] = Field(max_length=20)
    version: int = Field(ge=0, le=1_000_000_000)

    @property
    def written(self) -> FieldValues:
        return tuple(self.fields.items())

    def command(self, incident: str, actor: str) -> SaveDraft:
        return SaveDraft(incident, actor, self.kind, self.written, self.version)


class SendBody(DraftBody):
    """Fields that are not given are as the draft has them. `audiences` left out: the usual ones.

    `public` is the text of the status page. `confirmed`: it may go though mandatory fields are empty.
    `public_why` is why what looks like an internal name may stand in the public text.
    """

    audiences: list[Key] | None = Field(None, max_length=200)
    public: Public = ""
    confirmed: bool = False
    public_why: Maybe = ""

    def sending(self, incident: str, actor: str, fields: FieldValues, usual: tuple[str, ...]) -> SendMessage:
        chosen = usual if self.audiences is None else tuple(dict.fromkeys(self.audiences))
        return SendMessage(
            incident, actor, self.kind, fields, self.version, chosen, self.public, self.confirmed, self.public_why
        )


class PromiseBody(ActorBody):
    """`at`: `30m`, `19:30`, or `2026-11-26 19:30 UTC`."""

    at: Annotated[str, Field(min_length=1, max_length=60, pattern=NO_NUL)]
    why: Maybe = ""

    def command(self, incident: str, actor: str) -> PromiseUpdate:
        return PromiseUpdate(incident, actor, self.at, self.why)


class SubscribeBody(ActorBody):
    """Without `person` whoever acts. `address`: an e-mail address, or a Slack member id."""

    person: MaybeName = ""
    services: list[Name] = Field(default_factory=list, max_length=200)
    at_least: Severity = Severity.P3
    messages: list[MessageKind] = Field(default_factory=lambda: list(ALL_MESSAGES), min_length=1, max_length=3)
    target: Name
    address: Annotated[str, Field(max_length=320, pattern=NO_NUL)] = ""

    def command(self, identity: str, actor: str) -> SubscribeToMessages:
        services, messages = tuple(dict.fromkeys(self.services)), tuple(dict.fromkeys(self.messages))
        interest = Interest(services, self.at_least, messages)
        return SubscribeToMessages(identity, actor, self.person or own_name(actor), interest, self.target, self.address)
