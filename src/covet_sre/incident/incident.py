"""An incident: the fold of its timeline."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from covet_sre.alerting.severity import Severity
from covet_sre.incident.crew import Crew, crew_after
from covet_sre.incident.events import (
    Acknowledged,
    AlertEnded,
    AlertJoined,
    AlertMoved,
    Assigned,
    Closed,
    DeadlineMissed,
    Entry,
    EpisodeBegan,
    FalseAlarm,
    MergedInto,
    Mitigated,
    MitigationBegan,
    Moment,
    NoteAdded,
    NotTold,
    Opened,
    Reopened,
    Resolved,
    ReviewAsked,
    SeverityChanged,
    StepCancelled,
    StepHeld,
    StepsMissed,
    StepTaken,
    StepUnroutable,
    TicketMade,
    TimeCorrected,
    Told,
    TookIn,
)
from covet_sre.incident.message_events import (
    ChannelArchived,
    ChannelMade,
    MessageSent,
    UpdatePromised,
    UpdateReminded,
)
from covet_sre.incident.plan import NO_PLAN, Plan
from covet_sre.incident.role_events import (
    DutyTicked,
    Joined,
    Left,
    RoleAsked,
    RoleDeclined,
    RoleHandedOver,
    RoleLaidDown,
    RoleRequestEnded,
    RoleTaken,
)
from covet_sre.incident.roles import Role
from covet_sre.incident.said import Said, came_to, nothing_promised, said_after
from covet_sre.oncall.target import Channel


class State(StrEnum):
    """A place in the handbook's graph: `paged`, `team-formed` for P0 and P1, `ticketed`, `assigned` for P2 and P3."""

    DETECTED = "detected"
    PAGED = "paged"
    TEAM_FORMED = "team-formed"
    TICKETED = "ticketed"
    ASSIGNED = "assigned"
    MITIGATING = "mitigating"
    RESOLVED = "resolved"
    REVIEW_PENDING = "review-pending"
    CLOSED = "closed"
    FALSE_ALARM = "false-alarm"
    MERGED = "merged"

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about the service."""
        return self in _OPEN


_OPEN = {State.DETECTED, State.PAGED, State.TEAM_FORMED, State.TICKETED, State.ASSIGNED, State.MITIGATING}


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds since the epoch; None has not come yet."""

    impact: float
    detected: float
    acknowledged: float | None = None
    mitigated: float | None = None
    resolved: float | None = None
    closed: float | None = None

    def of(self, moment: Moment) -> float | None:
        return getattr(self, moment.value)


NOBODY, NOTHING_SAID = Crew(), Said()


@dataclass(frozen=True, slots=True)
class Incident:
    """`position` and `digest` are those of the last entry of its timeline.

    `next_step` is the number of the plan's step that comes next; `joined_at` is when the last alert joined, and
    `quiet_since` since when none of its alerts fires but symptoms.
    """

    identity: str
    service: str
    title: str
    severity: Severity
    state: State
    times: Times
    joined_at: float
    quiet_since: float | None = None
    by_hand: bool = False
    alerts: int = 0
    episode: int = 0
    began_at: float = 0.0
    plan: Plan = NO_PLAN
    next_step: int = 0
    deadline_at: float | None = None
    deadline_missed: bool = False
    held_until: float = 0.0
    acknowledged_by: str = ""
    assigned_to: str = ""
    resolution: str = ""
    merged_into: str = ""
    ticket: str = ""
    position: int = 0
    digest: str = ""
    crew: Crew = NOBODY
    said: Said = NOTHING_SAID

    @property
    def is_acknowledged(self) -> bool:
        """Whether somebody takes care in this episode."""
        return bool(self.acknowledged_by)

    @property
    def wants_people(self) -> bool:
        """Whether the next step of the plan is still to be taken."""
        return self.state.is_open and not self.is_acknowledged and self.next_step < len(self.plan.steps)

    @property
    def step_due_at(self) -> float | None:
        """When the next step is due, None when none is: steps end with an acknowledgement."""
        if not self.wants_people:
            return None
        return max(self.began_at + self.plan.steps[self.next_step].due_seconds, self.held_until)

    @property
    def misses_deadline_at(self) -> float | None:
        """When the response time passes, None when it was kept or has passed."""
        if self.deadline_missed or self.is_acknowledged or not self.state.is_open:
            return None
        return self.deadline_at

    @property
    def reminds_at(self) -> float | None:
        """When somebody is reminded of the promised update, None when nobody is."""
        promise = self.said.promise
        return promise.remind_at if promise is not None and self.state.is_open else None


def folded(entries: Iterable[Entry]) -> Incident:
    """The incident that a whole timeline tells of. Raises ValueError for a timeline that does not begin with Opened."""
    incident: Incident | None = None
    for entry in entries:
        incident = begun(entry) if incident is None else after(incident, entry)
    if incident is None:
        raise ValueError("a timeline begins with Opened")
    return incident


def begun(entry: Entry) -> Incident:
    """The incident after its first entry. Raises ValueError for another event than Opened."""
    event = entry.event
    if not isinstance(event, Opened):
        raise ValueError(f"{entry.incident}: a timeline begins with Opened, and not with {type(event).__name__}")
    return Incident(
        identity=entry.incident,
        service=event.service,
        title=event.title,
        severity=event.severity,
        state=State.DETECTED,
        times=Times(min(event.impact_at, entry.at), entry.at),
        joined_at=entry.at,
        by_hand=event.by_hand,
        position=entry.position,
        digest=entry.digest,
    )


def after(incident: Incident, entry: Entry) -> Incident:
    """The incident after one more entry."""
    return replace(_changed(incident, entry), position=entry.position, digest=entry.digest)


def _changed(incident: Incident, entry: Entry) -> Incident:
    match entry.event:
        case Opened():
            raise ValueError(f"{incident.identity} was opened twice")
        case AlertJoined(number=number):
            quiet_since = incident.quiet_since if entry.event.is_symptom else None
            return replace(incident, joined_at=entry.at, quiet_since=quiet_since, alerts=number)
        case AlertEnded(_, _, firing):
            return replace(incident, quiet_since=None if firing else entry.at)
        case AlertMoved(alerts=number, firing=firing):
            quiet_since = None if firing else incident.quiet_since or entry.at
            return replace(incident, alerts=number, quiet_since=quiet_since)
        case SeverityChanged(after=severity, title=title):
            return replace(incident, severity=severity, title=title or incident.title)
        case EpisodeBegan(episode, plan, deadline_at):
            return _asking(incident, episode, plan, deadline_at, entry.at)
        case StepTaken(_, step, _) | StepUnroutable(_, step, _) | StepCancelled(_, step, _):
            return replace(incident, next_step=step + 1)
        case StepHeld(_, _, until):
            return replace(incident, held_until=until)
        case StepsMissed(_, _, last):
            return replace(incident, next_step=last + 1)
        case DeadlineMissed():
            return replace(incident, deadline_missed=True)
        case Acknowledged():
            return _taken_on(incident, entry)
        case Assigned(person):
            return replace(incident, assigned_to=person)
        case MitigationBegan():
            return replace(incident, state=State.MITIGATING)
        case Mitigated():
            times = replace(incident.times, mitigated=entry.at)
            return replace(incident, state=State.MITIGATING, times=times)
        case Resolved(how):
            times = replace(incident.times, resolved=entry.at, mitigated=incident.times.mitigated or entry.at)
            said = nothing_promised(incident.said)
            return replace(incident, state=State.RESOLVED, times=times, resolution=how, said=said)
        case ReviewAsked():
            return replace(incident, state=State.REVIEW_PENDING)
        case Closed():
            return replace(incident, state=State.CLOSED, times=replace(incident.times, closed=entry.at))
        case FalseAlarm(why):
            times = replace(incident.times, resolved=incident.times.resolved or entry.at, closed=entry.at)
            said = nothing_promised(incident.said)
            return replace(incident, state=State.FALSE_ALARM, times=times, resolution=why, said=said)
        case Reopened():
            times = replace(incident.times, mitigated=None, resolved=None, closed=None)
            state = State.TEAM_FORMED if incident.is_acknowledged else State.DETECTED
            return replace(incident, state=state, times=times, resolution="")
        case TimeCorrected(moment, _, value):
            return replace(incident, times=replace(incident.times, **{moment.value: value}))
        case MergedInto(other):
            times = replace(incident.times, closed=entry.at)
            said = nothing_promised(incident.said)
            return replace(incident, state=State.MERGED, merged_into=other, times=times, said=said)
        case TicketMade(_, reference, _):
            return replace(incident, ticket=reference)
        case Told(key) | NotTold(key):
            said = came_to(incident.said, incident.identity, key, is_delivered=isinstance(entry.event, Told))
            return replace(incident, said=said) if said is not incident.said else incident
        case NoteAdded() | TookIn():
            return incident
        case RoleTaken(role=role, person=person) | RoleHandedOver(role=role, to=person):
            crew = crew_after(incident.crew, entry.event, entry.at, entry.actor)
            return replace(incident, crew=crew, assigned_to=person if role is Role.RESOLVER else incident.assigned_to)
        case RoleLaidDown() | RoleAsked() | RoleDeclined() | RoleRequestEnded() | DutyTicked() | Joined() | Left():
            return replace(incident, crew=crew_after(incident.crew, entry.event, entry.at, entry.actor))
        case MessageSent() | UpdatePromised() | UpdateReminded() | ChannelMade() | ChannelArchived():
            return replace(incident, said=said_after(incident.said, entry.event, entry.at, entry.actor))
        case _:
            assert_never(entry.event)


def _asking(incident: Incident, episode: int, plan: Plan, deadline_at: float | None, at: float) -> Incident:
    pages = any(Channel.PAGE in step.channels and not step.is_catch_all for step in plan.steps)
    return replace(
        incident,
        episode=episode,
        plan=plan,
        began_at=at,
        next_step=0,
        deadline_at=deadline_at,
        deadline_missed=False,
        held_until=0.0,
        acknowledged_by="",
        state=State.PAGED if pages else State.TICKETED,
    )


def _taken_on(incident: Incident, entry: Entry) -> Incident:
    times = replace(incident.times, acknowledged=incident.times.acknowledged or entry.at)
    states = {
        State.DETECTED: State.TEAM_FORMED,
        State.PAGED: State.TEAM_FORMED,
        State.TICKETED: State.ASSIGNED,
    }
    return replace(
        incident,
        state=states.get(incident.state, incident.state),
        times=times,
        acknowledged_by=entry.actor,
        assigned_to=incident.assigned_to or entry.actor,
    )
