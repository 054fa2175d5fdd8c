"""Roles as people take, ask for, hand over and lay them down. What is refused says who holds what, and what to do."""

from typing import assert_never

from covet_sre.errors import NotFound, Refused
from covet_sre.incident.checking import check_length, check_text, needs_open
from covet_sre.incident.crew import Holding, RoleRequest
from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Notice
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
from covet_sre.incident.role_facts import (
    AnswerRoleRequest,
    AskForRole,
    AssignRole,
    HandOverRole,
    JoinIncident,
    LayDownRole,
    LeaveIncident,
    RoleCommand,
    TickDuty,
    WithdrawRoleRequest,
)
from covet_sre.incident.roles import CHARTERS, Role, title_of
from covet_sre.incident.telling import tell_person

LONGEST_NAME, LONGEST_DOMAIN, LONGEST_NOTE = 100, 100, 2000

_PROGRAMS = frozenset({"pagerduty-events"})
"""Doors through which programs acknowledge what they sent."""


def change_roles(desk: Desk, command: RoleCommand, now: float) -> None:
    """Raises NotFound and Refused, and then nothing has changed."""
    incident = desk.incident(command.incident)
    check_text(command.actor, "who does it", LONGEST_NAME)
    match command:
        case AssignRole():
            _assign(desk, incident, command, now)
        case AskForRole():
            _ask(desk, incident, command, now)
        case AnswerRoleRequest():
            _answer(desk, incident, command, now)
        case WithdrawRoleRequest(_, actor, number, why):
            check_length(why, "why", LONGEST_NOTE)
            request = _request(incident, number)
            desk.record(incident.identity, RoleRequestEnded(number, request.role, why), now, actor)
        case HandOverRole(_, actor, role, person, to, note):
            check_text(note, "the hand-over note", LONGEST_NOTE)
            _hand_over(desk, incident, role, person, to, note, actor, now)
        case LayDownRole(_, actor, role, person, why):
            check_length(why, "why", LONGEST_NOTE)
            _lay_down(desk, incident, role, person, why, actor, now)
        case TickDuty():
            _tick(desk, incident, command, now)
        case JoinIncident(_, actor, person):
            _join(desk, incident, person or actor, actor, now)
        case LeaveIncident(_, actor, person):
            _leave(desk, incident, person or actor, actor, now)
        case _:
            assert_never(command)


def take_first_roles(desk: Desk, identity: str, actor: str, via: str, now: float) -> None:
    """The first who acknowledges takes the roles that the severity's policy says, as far as nobody holds them.

    A program that acknowledges, or somebody whom nobody can name, holds none: whoever looks would seek them in vain.
    """
    incident = desk.incident(identity)
    response = desk.rules.response_to(incident.service, incident.severity)
    person = actor.partition(" via ")[0]
    if via in _PROGRAMS or person.startswith("somebody"):
        return
    for role in response.first_takes:
        if not incident.crew.holders(role):
            why = f"the first who acknowledged a {incident.severity}"
            _take(desk, incident, RoleTaken(role, person, why=why), actor, now)
            incident = desk.incident(identity)


def hand_to(desk: Desk, incident: Incident, person: str, actor: str, now: float) -> None:
    """Whoever the incident is assigned to resolves it: the role goes along, if somebody holds it."""
    holder = incident.crew.holder(Role.RESOLVER)
    if holder and holder != person:
        handed = RoleHandedOver(Role.RESOLVER, holder, person, "the incident was assigned")
        _settle_requests(desk, incident, handed, actor, now)


def bring_crew(desk: Desk, incident: Incident, into: str, actor: str, now: float) -> None:
    """The people of an incident go on in another: as what they were, where nobody there is that."""
    why = f"{incident.identity} was merged into it"
    for holding in incident.crew.holdings:
        crew = desk.incident(into).crew
        is_free = crew.holding(holding.role, holding.person) is None
        if is_free and not (CHARTERS[holding.role].is_single and crew.holders(holding.role)):
            taken = RoleTaken(holding.role, holding.person, holding.domain, why)
            _take(desk, desk.incident(into), taken, actor, now)
    for person in incident.crew.participants:
        _join(desk, desk.incident(into), person, actor, now)


def _assign(desk: Desk, incident: Incident, command: AssignRole, now: float) -> None:
    role, person = command.role, command.person.strip()
    needs_open(incident)
    check_text(person, "the person", LONGEST_NAME)
    _check_domain(role, command.domain)
    _check_free(incident, role, person, command.domain)
    _take(desk, incident, RoleTaken(role, person, command.domain.strip()), command.actor, now)
    if person != command.actor:
        _tell(
            desk, incident, person, f"You are {_named(role, command.domain)}", f"{command.actor} gave it to you.", now
        )


def _check_free(incident: Incident, role: Role, person: str, domain: str) -> None:
    crew = incident.crew
    known = crew.holding(role, person)
    if known is not None and known.domain == domain.strip():
        raise Refused(f"{person} is {_named(role, known.domain)} already")
    holder = crew.holder(role)
    if CHARTERS[role].is_single and holder:
        problem = f"{holder} is {title_of(role)} of {incident.identity}"
        raise Refused(problem, remedy=f"hand it over from {holder} with a note, or ask for it: one person holds it")


def _ask(desk: Desk, incident: Incident, command: AskForRole, now: float) -> None:
    role, domain, note = command.role, command.domain.strip(), command.note.strip()
    needs_open(incident)
    _check_domain(role, domain)
    check_length(note, "the note", LONGEST_NOTE)
    people = _asked_people(desk, command, now)
    held = [person for person in people if person in incident.crew.holders(role)]
    if held:
        raise Refused(f"{held[0]} is {title_of(role)} already", remedy="ask somebody else, or nobody")
    for earlier in incident.crew.requests:
        same = (earlier.role, earlier.domain) == (role, domain)
        if same and (asked := [person for person in people if person in earlier.people]):
            raise Refused(f"{asked[0]} has been asked already and has not answered", remedy="wait, or withdraw that")
    number = incident.crew.asked + 1
    asked = RoleAsked(number, role, tuple(people), command.schedule.strip(), domain, note)
    incident = desk.record(incident.identity, asked, now, command.actor)
    holder = incident.crew.holder(role)
    instead = f" instead of {holder}" if CHARTERS[role].is_single and holder else ""
    said = "\n".join(part for part in (note, "Accept or decline it on the incident's page.") if part)
    for person in people:
        subject = f"{command.actor} asks you to be {_named(role, domain)}{instead}"
        _tell(desk, incident, person, subject, said, now)


def _asked_people(desk: Desk, command: AskForRole, now: float) -> list[str]:
    person, name = command.person.strip(), command.schedule.strip()
    if bool(person) == bool(name):
        raise Refused("who is asked is not clear", remedy="name a person, or a schedule, and not both")
    if person:
        check_text(person, "the person", LONGEST_NAME)
        return [person]
    schedule = desk.directory.schedules.get(name)
    if schedule is None:
        raise NotFound(f"there is no schedule {name}", remedy="see who is on call")
    people = list(dict.fromkeys(schedule.on_call(now)))
    if not people:
        raise Refused(f"nobody is on call on {name} now", remedy="ask a person by name")
    return people


def _answer(desk: Desk, incident: Incident, command: AnswerRoleRequest, now: float) -> None:
    needs_open(incident)
    check_length(command.why, "why", LONGEST_NOTE)
    request = _request(incident, command.request)
    person = _answering(request, command)
    if not command.accepts:
        declined = RoleDeclined(request.number, request.role, person, command.why)
        desk.record(incident.identity, declined, now, command.actor)
        why = f" {command.why}" if command.why else ""
        _tell(desk, incident, request.by, f"{person} declined to be {title_of(request.role)}", f"{person}:{why}", now)
        return
    holder = incident.crew.holder(request.role)
    if CHARTERS[request.role].is_single and holder and holder != person:
        note = request.note or f"{request.by} asked {person}, who accepted"
        handed = RoleHandedOver(request.role, holder, person, note)
        _settle_requests(desk, incident, handed, command.actor, now)
        _tell(desk, incident, holder, f"{person} is {title_of(request.role)} now", "You have handed it over.", now)
    else:
        accepted = RoleTaken(request.role, person, request.domain, f"{request.by} asked")
        _take(desk, incident, accepted, command.actor, now)
    _end(desk, incident, request, f"{person} accepted", now)
    if request.by != person:
        subject = f"{person} is {_named(request.role, request.domain)}"
        _tell(desk, incident, request.by, subject, "You asked, and it was accepted.", now)


def _answering(request: RoleRequest, command: AnswerRoleRequest) -> str:
    person = command.person.strip() or command.actor
    if person in request.people:
        return person
    if len(request.people) == 1 and not command.person.strip():
        return request.people[0]
    names = ", ".join(request.people)
    raise Refused(f"{person} was not asked, but {names}", remedy="say who of them answers")


def _request(incident: Incident, number: int) -> RoleRequest:
    request = incident.crew.request(number)
    if request is None:
        problem = f"nobody is asked by the number {number} any more: it was answered, or somebody holds the role"
        raise Refused(problem, remedy="see who holds it now")
    return request


def _hand_over(
    desk: Desk, incident: Incident, role: Role, person: str, to: str, note: str, actor: str, now: float
) -> None:
    needs_open(incident)
    to = to.strip()
    check_text(to, "the person who takes it over", LONGEST_NAME)
    holding = _holding(incident, role, person)
    if to == person:
        raise Refused(f"{person} holds it already", remedy="name somebody else")
    if incident.crew.holding(role, to):
        raise Refused(f"{to} is {title_of(role)} already", remedy=f"lay it down for {person} instead")
    handed = RoleHandedOver(role, person, to, note, holding.domain)
    _settle_requests(desk, incident, handed, actor, now)
    for one in (to, person):
        if one != actor:
            subject = f"{to} is {_named(role, holding.domain)} instead of {person}"
            _tell(desk, incident, one, subject, f"{actor} handed it over: {note}", now)


def _lay_down(desk: Desk, incident: Incident, role: Role, person: str, why: str, actor: str, now: float) -> None:
    _holding(incident, role, person)
    if CHARTERS[role].is_kept and incident.state.is_open:
        problem = f"{incident.identity} is open and would have no {title_of(role)}"
        raise Refused(problem, remedy="hand it over to somebody, with a note")
    desk.record(incident.identity, RoleLaidDown(role, person, why), now, actor)


def _holding(incident: Incident, role: Role, person: str) -> Holding:
    holding = incident.crew.holding(role, person)
    if holding is None:
        holders = ", ".join(incident.crew.holders(role)) or "nobody"
        raise Refused(
            f"{person or 'nobody'} is not {title_of(role)}: {holders} is", remedy="look again, and name who is"
        )
    return holding


def _tick(desk: Desk, incident: Incident, command: TickDuty, now: float) -> None:
    role, duty = command.role, command.duty
    duties = desk.rules.severities_of(incident.service).duties[role]
    is_ticked = incident.crew.ticked(role, duty) is not None
    if duty not in duties and not is_ticked:
        raise NotFound(f"{title_of(role)} has no duty {duty!r}", remedy="see the list of its duties")
    if is_ticked is not command.done:
        desk.record(incident.identity, DutyTicked(role, duty, command.done), now, command.actor)


def _join(desk: Desk, incident: Incident, person: str, actor: str, now: float) -> None:
    person = person.strip()
    check_text(person, "who joins", LONGEST_NAME)
    if person not in incident.crew.participants:
        desk.record(incident.identity, Joined(person), now, actor)


def _leave(desk: Desk, incident: Incident, person: str, actor: str, now: float) -> None:
    person = person.strip()
    if person not in incident.crew.participants:
        raise Refused(f"{person} does not take part", remedy="see who does")
    roles = incident.crew.roles_of(person)
    kept = [role for role in roles if CHARTERS[role].is_kept]
    if kept and incident.state.is_open:
        problem = f"{person} is {title_of(kept[0])} of {incident.identity}, which is open"
        raise Refused(problem, remedy="hand that over to somebody first, with a note")
    for role in roles:
        desk.record(incident.identity, RoleLaidDown(role, person, "left the incident"), now, actor)
    desk.record(incident.identity, Left(person), now, actor)


def _take(desk: Desk, incident: Incident, taken: RoleTaken, actor: str, now: float) -> None:
    _settle_requests(desk, incident, taken, actor, now)


def _settle_requests(desk: Desk, incident: Incident, event: RoleTaken | RoleHandedOver, actor: str, now: float) -> None:
    """Record it; nobody is asked any more for what somebody holds now."""
    incident = desk.record(incident.identity, event, now, actor)
    person = event.to if isinstance(event, RoleHandedOver) else event.person
    for request in incident.crew.requests:
        is_settled = request.role is event.role and (CHARTERS[event.role].is_single or request.people == (person,))
        if is_settled:
            _end(desk, incident, request, f"{person} is {title_of(event.role)}", now)


def _end(desk: Desk, incident: Incident, request: RoleRequest, why: str, now: float) -> None:
    incident = desk.incident(incident.identity)
    if incident.crew.request(request.number) is not None:
        ended: RoleEvent = RoleRequestEnded(request.number, request.role, why)
        desk.record(incident.identity, ended, now)


def _check_domain(role: Role, domain: str) -> None:
    if CHARTERS[role].is_single:
        if domain.strip():
            raise Refused(f"{title_of(role)} has no domain", remedy="leave the domain out: experts have one")
    else:
        check_text(domain, "the domain that the expert knows", LONGEST_DOMAIN)


def _named(role: Role, domain: str) -> str:
    return f"{title_of(role)} ({domain.strip()})" if domain.strip() else title_of(role)


def _tell(desk: Desk, incident: Incident, person: str, subject: str, text: str, now: float) -> None:
    """By the words and the time the notice is told from others: nothing is said twice in one moment."""
    incident = desk.incident(incident.identity)
    about = f"{incident.severity} {incident.service}: {incident.title}"
    notice = Notice(f"{incident.identity}: {subject}", f"{text}\n\n{about}", f"/incidents/{incident.identity}")
    tell_person(desk, incident.identity, person, notice, f"{incident.identity}/role/{incident.position}", now)
