"""What people decide where they were told: a button in Slack, an acknowledgement in PagerDuty."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from covet_sre.errors import CovetSreError, NotAllowed, NotFound, Refused, Unavailable
from covet_sre.flows.acting import own_name
from covet_sre.flows.incidents import IncidentFilter, Incidents
from covet_sre.flows.narration import written_time
from covet_sre.incident.facts import Acknowledge, Command, Resolve
from covet_sre.incident.incident import Incident
from covet_sre.incident.message_facts import PromiseUpdate
from covet_sre.incident.role_facts import AssignRole
from covet_sre.incident.roles import title_of
from covet_sre.oncall.duty import Duty

INCIDENT = re.compile(r"INC-\d{4}-\d{4}-\d{3,9}")
"""An incident's name, wherever it stands."""

HELP = (
    "/covet ack INC-… · /covet resolve INC-… [how] · /covet role INC-… commander|resolver|communications"
    " · /covet promise INC-… 30m · /covet list · /covet oncall"
)

# Two clocks may differ by so much: a click soon after an episode began still counts for it.
_CLOCKS_DIFFER_SECONDS = 10.0
_LISTED = 20


class NotSigned(CovetSreError):
    """A delivery has no signature that fits, or an old one. Check the signing secret, and the clocks."""

    code = "signature-wrong"


class SecretMissing(CovetSreError):
    """The secret that deliveries are checked by is not there. Declare it on a target and set it, then reload."""

    code = "secret-missing"


class Question(StrEnum):
    """What somebody may ask without changing anything."""

    LIST = "list"
    ON_CALL = "oncall"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody decided. `episode` is the one it is about, where that is known; `at` is when they decided."""

    command: Acknowledge | Resolve | AssignRole | PromiseUpdate
    episode: int | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class CameBackFrom:
    """One delivery. `identity` is the same when it is delivered again; `sender` is what its system calls who did it."""

    identity: str
    wish: Wish | None = None
    question: Question | None = None
    remark: str = ""
    sender: str = ""


class Reader(Protocol):
    """Checks and reads the deliveries of one sender."""

    def read(self, body: bytes, headers: Mapping[str, str], now: float) -> CameBackFrom:
        """`headers` are asked by names in lower case.

        Raises SecretMissing, NotSigned, and Refused for what is no delivery.
        """
        ...

    def answer(self, text: str) -> Mapping[str, object]:
        """What the sender is answered, so that it shows a text."""
        ...


@dataclass(frozen=True, slots=True)
class Readers:
    """One for each address that something comes back to."""

    slack_interactions: Reader
    slack_commands: Reader
    pagerduty: Reader


def carry_out(incidents: Incidents, came: CameBackFrom) -> str:
    """Do what was decided or answer what was asked; what to tell whoever did.

    Raises StoreError: then nothing was done, and the same delivery may come again.
    """
    if came.question is not None:
        return _answer(incidents, came.question)
    if came.wish is None:
        return came.remark
    try:
        if stale := _stale(incidents, came.wish):
            return stale
        incidents.decide(_by_whom(came.wish.command))
    except Unavailable as kept:
        return f"{kept.problem}; it is carried out as soon as a server decides again"
    except (Refused, NotFound, NotAllowed) as refused:
        return f"Not done: {refused.problem}" + (f"; {refused.remedy}" if refused.remedy else "")
    match came.wish.command:
        case Acknowledge(incident, actor):
            return f"{incident} is acknowledged by {actor}"
        case Resolve(incident, actor):
            return f"{incident} is resolved by {actor}"
        case AssignRole(incident, _, role):
            return f"You are {title_of(role)} of {incident}"
        case PromiseUpdate(incident, _, at):
            return f"The next update about {incident} is promised: {at}"


def _by_whom(command: Acknowledge | Resolve | AssignRole | PromiseUpdate) -> Command:
    """Whoever takes a role is called what people call them, where that is known."""
    return replace(command, person=own_name(command.person)) if isinstance(command, AssignRole) else command


def _stale(incidents: Incidents, wish: Wish) -> str:
    """Why a decision is about what is past: a delivery that comes again must not acknowledge what began since."""
    incident = incidents.incident(wish.command.incident).incident
    of_earlier = wish.episode is not None and wish.episode < incident.episode
    before = wish.at is not None and incident.episode > 1 and wish.at + _CLOCKS_DIFFER_SECONDS < incident.began_at
    if of_earlier or before:
        return f"Not done: {incident.identity} has asked people anew since; look at it again"
    return ""


def _answer(incidents: Incidents, question: Question) -> str:
    match question:
        case Question.LIST:
            found = incidents.incidents(IncidentFilter(is_open=True, limit=_LISTED + 1))
            lines = [_line(incident) for incident in found[:_LISTED]]
            more = ["… and more: see the list of incidents"] if len(found) > _LISTED else []
            return "\n".join([*lines, *more]) or "No incident is open."
        case Question.ON_CALL:
            return "\n".join(_duty(duty) for duty in incidents.on_call()) or "No schedule is declared."
        case Question.HELP:
            return HELP


def _line(incident: Incident) -> str:
    by = f", {incident.acknowledged_by} takes care" if incident.is_acknowledged else ""
    title = incident.title if len(incident.title) <= 120 else f"{incident.title[:119]}…"
    return f"{incident.identity} {incident.severity} {incident.service}: {title} ({incident.state}{by})"


def _duty(duty: Duty) -> str:
    also = f" and {', '.join(duty.people[1:])}" if len(duty.people) > 1 else ""
    until = f", until {written_time(duty.until)}" if duty.until is not None else ""
    return f"{duty.schedule}: {duty.person or 'nobody'}{also}{until}" + (f", then {duty.then}" if duty.then else "")
