"""What people decide about the roles of an incident, and about being there."""

from dataclasses import dataclass

from covet_sre.incident.roles import Role


@dataclass(frozen=True, slots=True)
class AssignRole:
    """Give a role that nobody holds to somebody: to oneself, too. `domain` is what an expert knows of."""

    incident: str
    actor: str
    role: Role
    person: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class AskForRole:
    """Ask one person, or whoever is on call on a schedule, to take a role."""

    incident: str
    actor: str
    role: Role
    person: str = ""
    schedule: str = ""
    domain: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class AnswerRoleRequest:
    """Accept or decline. `person` is who was asked, where that is another one than who acts."""

    incident: str
    actor: str
    request: int
    accepts: bool
    why: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawRoleRequest:
    incident: str
    actor: str
    request: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class HandOverRole:
    """From `person`, who holds it as far as the actor knows, to another."""

    incident: str
    actor: str
    role: Role
    person: str
    to: str
    note: str


@dataclass(frozen=True, slots=True)
class LayDownRole:
    incident: str
    actor: str
    role: Role
    person: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class TickDuty:
    """`done` false: it is to be done after all."""

    incident: str
    actor: str
    role: Role
    duty: str
    done: bool = True


@dataclass(frozen=True, slots=True)
class JoinIncident:
    """`person` is empty for who acts."""

    incident: str
    actor: str
    person: str = ""


@dataclass(frozen=True, slots=True)
class LeaveIncident:
    incident: str
    actor: str
    person: str = ""


RoleCommand = (
    AssignRole
    | AskForRole
    | AnswerRoleRequest
    | WithdrawRoleRequest
    | HandOverRole
    | LayDownRole
    | TickDuty
    | JoinIncident
    | LeaveIncident
)
