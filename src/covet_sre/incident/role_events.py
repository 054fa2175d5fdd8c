"""What stands on a timeline about the people of an incident: who holds which role, who was asked, who is there."""

from dataclasses import dataclass

from covet_sre.incident.roles import Role


@dataclass(frozen=True, slots=True)
class RoleTaken:
    """`person` holds a role from now on; `actor` of the entry is who said so. `domain` is what an expert knows of.

    `why` is empty where somebody took it or was given it, else what it followed from.
    """

    role: Role
    person: str
    domain: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class RoleHandedOver:
    """`to` holds it from the very moment in which `person` does not. `note` is what the next one must know."""

    role: Role
    person: str
    to: str
    note: str
    domain: str = ""


@dataclass(frozen=True, slots=True)
class RoleLaidDown:
    role: Role
    person: str
    why: str


@dataclass(frozen=True, slots=True)
class RoleAsked:
    """`people` are asked to take a role: one person, or all who are on call on `schedule`. `request` names it."""

    request: int
    role: Role
    people: tuple[str, ...]
    schedule: str = ""
    domain: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class RoleDeclined:
    """`person` will not take it. Others who were asked still may."""

    request: int
    role: Role
    person: str
    why: str


@dataclass(frozen=True, slots=True)
class RoleRequestEnded:
    """Nobody is asked for it any more."""

    request: int
    role: Role
    why: str


@dataclass(frozen=True, slots=True)
class DutyTicked:
    """A duty of a role's checklist was done, or is to be done after all."""

    role: Role
    duty: str
    done: bool


@dataclass(frozen=True, slots=True)
class Joined:
    person: str


@dataclass(frozen=True, slots=True)
class Left:
    person: str


RoleEvent = (
    RoleTaken | RoleHandedOver | RoleLaidDown | RoleAsked | RoleDeclined | RoleRequestEnded | DutyTicked | Joined | Left
)

ROLE_EVENTS = (
    *(RoleTaken, RoleHandedOver, RoleLaidDown, RoleAsked, RoleDeclined, RoleRequestEnded, DutyTicked, Joined, Left),
)
