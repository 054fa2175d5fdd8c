"""The people of an incident, as its timeline tells of them: who holds which role, who is asked, who is there."""

from dataclasses import dataclass, replace
from typing import assert_never

from covet_sre.incident.role_events import (
    DutyTicked,
    Joined,
    Left,
    RoleAsked,
    RoleDeclined,
    RoleEvent,
    RoleHandedOver,
    RoleLaidDown,
    RoleRequestEnded,
    RoleTaken,
)
from covet_sre.incident.roles import CHARTERS, Role


@dataclass(frozen=True, slots=True)
class Holding:
    """`since` is in seconds since the epoch; `domain` is an expert's."""

    role: Role
    person: str
    since: float
    domain: str = ""


@dataclass(frozen=True, slots=True)
class RoleRequest:
    """`people` were asked and have not declined."""

    number: int
    role: Role
    people: tuple[str, ...]
    by: str
    at: float
    schedule: str = ""
    domain: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tick:
    role: Role
    duty: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Crew:
    """`requests` are open ones; `asked` is how many there ever were."""

    holdings: tuple[Holding, ...] = ()
    requests: tuple[RoleRequest, ...] = ()
    ticks: tuple[Tick, ...] = ()
    participants: tuple[str, ...] = ()
    asked: int = 0

    def holders(self, role: Role) -> tuple[str, ...]:
        return tuple(one.person for one in self.holdings if one.role is role)

    def holder(self, role: Role) -> str:
        """Empty where nobody holds it."""
        return next(iter(self.holders(role)), "")

    def holding(self, role: Role, person: str) -> Holding | None:
        return next((one for one in self.holdings if (one.role, one.person) == (role, person)), None)

    def request(self, number: int) -> RoleRequest | None:
        return next((one for one in self.requests if one.number == number), None)

    def roles_of(self, person: str) -> tuple[Role, ...]:
        return tuple(one.role for one in self.holdings if one.person == person)

    def ticked(self, role: Role, duty: str) -> Tick | None:
        return next((one for one in self.ticks if (one.role, one.duty) == (role, duty)), None)


def crew_after(crew: Crew, event: RoleEvent, at: float, actor: str) -> Crew:
    """The people after one more event."""
    match event:
        case RoleTaken(role, person, domain):
            return _held(crew, Holding(role, person, at, domain))
        case RoleHandedOver(role, person, to, _, domain):
            return _held(_without(crew, role, person), Holding(role, to, at, domain))
        case RoleLaidDown(role, person):
            return _without(crew, role, person)
        case RoleAsked(number, role, people, schedule, domain, note):
            request = RoleRequest(number, role, people, actor, at, schedule, domain, note)
            return replace(crew, requests=(*crew.requests, request), asked=number)
        case RoleDeclined(number, _, person):
            return _declined(crew, number, person)
        case RoleRequestEnded(number):
            return replace(crew, requests=tuple(one for one in crew.requests if one.number != number))
        case DutyTicked(role, duty, done):
            others = tuple(one for one in crew.ticks if (one.role, one.duty) != (role, duty))
            return replace(crew, ticks=(*others, Tick(role, duty, actor, at)) if done else others)
        case Joined(person):
            return _with(crew, person)
        case Left(person):
            return replace(crew, participants=tuple(one for one in crew.participants if one != person))
        case _:
            assert_never(event)


def _held(crew: Crew, holding: Holding) -> Crew:
    """Whoever holds a role takes part. A role of one person has no other holder afterwards."""
    is_single = CHARTERS[holding.role].is_single
    others = tuple(
        one for one in crew.holdings if one.role is not holding.role or (not is_single and one.person != holding.person)
    )
    return _with(replace(crew, holdings=(*others, holding)), holding.person)


def _without(crew: Crew, role: Role, person: str) -> Crew:
    return replace(crew, holdings=tuple(one for one in crew.holdings if (one.role, one.person) != (role, person)))


def _with(crew: Crew, person: str) -> Crew:
    return replace(crew, participants=tuple(dict.fromkeys((*crew.participants, person))))


def _declined(crew: Crew, number: int, person: str) -> Crew:
    left = (
        replace(one, people=tuple(name for name in one.people if name != person)) if one.number == number else one
        for one in crew.requests
    )
    return replace(crew, requests=tuple(one for one in left if one.people))
