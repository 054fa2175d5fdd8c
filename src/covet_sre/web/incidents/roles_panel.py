"""Who does what in an incident, as its page shows it: four roles with their checklists, who is asked, who is there."""

from dataclasses import dataclass

from covet_sre.incident.crew import Holding
from covet_sre.incident.incident import Incident
from covet_sre.incident.roles import CHARTERS, Duties, Role
from covet_sre.incident.rules import Rules
from covet_sre.web.incidents import words


@dataclass(frozen=True, slots=True)
class DutyRow:
    """`by` is empty while it is to be done."""

    text: str
    done: bool
    by: str


@dataclass(frozen=True, slots=True)
class HolderRow:
    person: str
    initials: str
    domain: str
    since: str


@dataclass(frozen=True, slots=True)
class RoleRow:
    """`is_free`: somebody may take it. `is_mine`: whoever looks holds it."""

    role: str
    title: str
    holders: tuple[HolderRow, ...]
    duties: tuple[DutyRow, ...]
    done: int
    is_single: bool
    is_kept: bool
    is_free: bool
    is_mine: bool


@dataclass(frozen=True, slots=True)
class RequestRow:
    number: int
    title: str
    people: tuple[str, ...]
    by: str
    note: str
    when: str
    instead_of: str


@dataclass(frozen=True, slots=True)
class Participant:
    person: str
    initials: str


@dataclass(frozen=True, slots=True)
class RolesPanel:
    """`others` take part without a role."""

    rows: tuple[RoleRow, ...]
    requests: tuple[RequestRow, ...]
    others: tuple[Participant, ...]
    takes_part: bool
    is_open: bool
    schedules: tuple[str, ...]


def roles_panel(incident: Incident, rules: Rules, actor: str, now: float) -> RolesPanel:
    """`actor` is who looks, as far as that is known."""
    crew = incident.crew
    duties = rules.severities_of(incident.service).duties
    return RolesPanel(
        rows=tuple(_row(incident, role, duties, actor, now) for role in Role),
        requests=tuple(
            RequestRow(
                one.number,
                _titled(one.role, one.domain),
                one.people,
                one.by,
                one.note,
                words.ago(one.at, now),
                crew.holder(one.role) if CHARTERS[one.role].is_single else "",
            )
            for one in crew.requests
        ),
        others=tuple(Participant(one, initials(one)) for one in crew.participants if not crew.roles_of(one)),
        takes_part=actor in crew.participants,
        is_open=incident.state.is_open,
        schedules=tuple(sorted(rules.directory.schedules)),
    )


def initials(name: str) -> str:
    """Two letters at most: of the first two words, else of the one."""
    parts = [part for part in name.replace(".", " ").replace("-", " ").split() if part[0].isalnum()]
    letters = "".join(part[0] for part in parts[:2]) if len(parts) > 1 else name.strip()[:2]
    return letters.upper() or "?"


def _row(incident: Incident, role: Role, duties: Duties, actor: str, now: float) -> RoleRow:
    crew, charter = incident.crew, CHARTERS[role]
    holdings = [one for one in crew.holdings if one.role is role]
    ticks = [(duty, crew.ticked(role, duty)) for duty in duties[role]]
    return RoleRow(
        role=role.value,
        title=charter.title,
        holders=tuple(_holder(one, now) for one in holdings),
        duties=tuple(DutyRow(duty, tick is not None, tick.by if tick else "") for duty, tick in ticks),
        done=sum(tick is not None for _, tick in ticks),
        is_single=charter.is_single,
        is_kept=charter.is_kept and incident.state.is_open,
        is_free=not holdings or not charter.is_single,
        is_mine=any(one.person == actor for one in holdings),
    )


def _holder(one: Holding, now: float) -> HolderRow:
    return HolderRow(one.person, initials(one.person), one.domain, words.ago(one.since, now))


def _titled(role: Role, domain: str) -> str:
    return f"{CHARTERS[role].title} ({domain})" if domain else CHARTERS[role].title
