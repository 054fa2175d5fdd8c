"""What people decide about incidents and silences. What the state does not allow is refused, with the reason."""

from itertools import pairwise
from typing import assert_never

from covet_sre.alerting.severity import most_urgent
from covet_sre.errors import NotFound, Refused
from covet_sre.incident import facts
from covet_sre.incident.asking import ask, stop_asking
from covet_sre.incident.checking import check_text as _check_text
from covet_sre.incident.checking import needs_open as _needs_open
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import (
    Acknowledged,
    Assigned,
    Closed,
    Event,
    FalseAlarm,
    Mitigated,
    MitigationBegan,
    Moment,
    NoteAdded,
    Opened,
    Reopened,
    Resolved,
    ReviewAsked,
    SeverityChanged,
    TimeCorrected,
)
from covet_sre.incident.following import tell_on
from covet_sre.incident.incident import Incident, State
from covet_sre.incident.merging import merge, move
from covet_sre.incident.message_commands import communicate
from covet_sre.incident.message_facts import MessageCommand, SubscriptionCommand
from covet_sre.incident.outgoing import Purpose
from covet_sre.incident.reconciling import RESTORED
from covet_sre.incident.restored import end_reconciling
from covet_sre.incident.role_commands import change_roles, hand_to, take_first_roles
from covet_sre.incident.role_facts import RoleCommand
from covet_sre.incident.silencing import expire_silence, set_silence
from covet_sre.incident.status_commands import decide_about_status
from covet_sre.incident.status_facts import StatusCommand
from covet_sre.incident.subscription_commands import change_subscriptions


def carry_out(desk: Desk, command: facts.Command, now: float) -> str:
    """Do it; the identity of what was made or changed. Raises NotFound and Refused, and then nothing has changed."""
    if isinstance(command, RoleCommand):
        change_roles(desk, command, now)
        return command.incident
    if isinstance(command, MessageCommand):
        return communicate(desk, command, now)
    if isinstance(command, SubscriptionCommand):
        return change_subscriptions(desk, command, now)
    if isinstance(command, StatusCommand):
        return decide_about_status(desk, command, now)
    match command:
        case facts.Declare():
            return _declare(desk, command, now)
        case facts.AcknowledgeAlert(key, actor, via):
            identity = _incident_of(desk, key)
            return carry_out(desk, facts.Acknowledge(identity, actor, via), now)
        case facts.Split():
            return _split(desk, command, now)
        case facts.SetSilence(silence):
            return set_silence(desk, silence, now)
        case facts.ExpireSilence(identity):
            return expire_silence(desk, identity, now)
        case facts.EndReconciling(actor):
            return _end_reconciling(desk, actor, now)
        case _:
            _on_incident(desk, command, now)
            return command.incident


OnIncident = (
    facts.Acknowledge
    | facts.AddNote
    | facts.ChangeSeverity
    | facts.Assign
    | facts.Mitigate
    | facts.Resolve
    | facts.Close
    | facts.CallFalseAlarm
    | facts.Reopen
    | facts.CorrectTime
    | facts.Merge
)


def _on_incident(desk: Desk, command: OnIncident, now: float) -> None:
    incident = desk.incident(command.incident)
    _check_text(command.actor, "who does it", 100)
    match command:
        case facts.Acknowledge(_, actor, via):
            acknowledge(desk, incident, actor, via, now)
        case facts.AddNote(_, actor, text):
            _check_text(text, "the note", 10_000)
            _tell(desk, incident, NoteAdded(text), actor, now)
        case facts.ChangeSeverity():
            _change_severity(desk, incident, command, now)
        case facts.Assign(_, actor, person):
            _needs_open(incident)
            _check_text(person, "the person", 100)
            _tell(desk, incident, Assigned(person), actor, now)
            hand_to(desk, desk.incident(incident.identity), person, actor, now)
        case facts.Mitigate(_, actor, how, done):
            _needs_open(incident)
            incident = _taken_on(desk, incident, actor, now)
            _tell(desk, incident, Mitigated(how) if done else MitigationBegan(), actor, now)
        case facts.Resolve(_, actor, how):
            _needs_open(incident)
            resolve(desk, incident, Resolved(how), actor, now)
        case facts.Close(_, actor, why):
            if incident.state not in (State.RESOLVED, State.REVIEW_PENDING):
                raise Refused(f"{incident.identity} is {incident.state}", remedy="resolve it first")
            desk.record(incident.identity, Closed(why), now, actor)
        case facts.CallFalseAlarm(_, actor, why):
            _needs_open(incident)
            _check_text(why, "why it is a false alarm", 1000)
            _over(desk, incident, FalseAlarm(why), actor, now)
        case facts.Reopen(_, actor, why):
            _reopen(desk, incident, actor, why, now)
        case facts.CorrectTime():
            _correct_time(desk, incident, command, now)
        case facts.Merge():
            _merge(desk, incident, command, now)
        case _:
            assert_never(command)


def _incident_of(desk: Desk, key: str) -> str:
    alert = desk.alerts.get(key)
    if alert is None or not alert.incident:
        raise NotFound(f"no incident holds the alert {key}", remedy="see what was made of it in the alert inbox")
    return alert.incident


def acknowledge(desk: Desk, incident: Incident, actor: str, via: str, now: float) -> None:
    """Somebody takes care: nobody else is asked any more. A repetition by the same person changes nothing."""
    _needs_open(incident)
    if incident.acknowledged_by == actor:
        return
    incident = desk.record(incident.identity, Acknowledged(via), now, actor)
    take_first_roles(desk, incident.identity, actor, via, now)
    stop_asking(desk, incident, f"{actor} acknowledged", now)
    tell_on(desk, desk.incident(incident.identity), Purpose.ACKNOWLEDGE, now)


def resolve(desk: Desk, incident: Incident, event: Resolved, actor: str, now: float) -> None:
    """The incident is over; a review is due."""
    _over(desk, incident, event, actor, now)
    desk.record(incident.identity, ReviewAsked(), now)


def _declare(desk: Desk, command: facts.Declare, now: float) -> str:
    _check_text(command.actor, "who declares it", 100)
    _check_text(command.title, "the title", 300)
    if command.service not in desk.rules.services:
        raise NotFound(f"there is no service {command.service}", remedy="see the list of services")
    impact_at = min(now if command.impact_at is None else command.impact_at, now)
    opened = Opened(command.service, command.severity, command.title, impact_at, by_hand=True)
    incident = desk.open(opened, now, command.actor)
    ask(desk, incident, now)
    return incident.identity


def _change_severity(desk: Desk, incident: Incident, command: facts.ChangeSeverity, now: float) -> None:
    _needs_open(incident)
    _check_text(command.why, "why it changes", 1000)
    if command.severity is incident.severity:
        raise Refused(f"{incident.identity} is {incident.severity} already")
    changed = SeverityChanged(incident.severity, command.severity, command.why)
    raised = command.severity.outranks(incident.severity)
    incident = desk.record(incident.identity, changed, now, command.actor)
    if raised or not incident.is_acknowledged:
        # More urgent: people are asked anew. Less urgent, and nobody has answered: they are asked as it is now.
        ask(desk, incident, now)
    tell_on(desk, desk.incident(incident.identity), Purpose.UPDATE, now)


def _reopen(desk: Desk, incident: Incident, actor: str, why: str, now: float) -> None:
    if incident.state.is_open or incident.state is State.MERGED:
        raise Refused(f"{incident.identity} is {incident.state}", remedy="only what is over can be reopened")
    _check_text(why, "why it is reopened", 1000)
    ask(desk, desk.record(incident.identity, Reopened(why), now, actor), now)


def _correct_time(desk: Desk, incident: Incident, command: facts.CorrectTime, now: float) -> None:
    _check_text(command.reason, "the reason", 1000)
    before = incident.times.of(command.moment)
    if before is None and command.moment is not Moment.IMPACT:
        raise Refused(
            f"{incident.identity} was not {command.moment} yet", remedy="a time that has come can be corrected"
        )
    times = [(moment, incident.times.of(moment)) for moment in Moment]
    wanted = [(moment, command.at if moment is command.moment else at) for moment, at in times]
    known = [(moment, at) for moment, at in wanted if at is not None]
    for (earlier, first), (later, second) in pairwise(known):
        if first > second:
            raise Refused(f"it would be {later} before it was {earlier}", remedy="correct the other time first")
    if command.at > now:
        raise Refused("that time has not come yet", remedy="give a time in the past")
    corrected = TimeCorrected(command.moment, before, command.at, command.reason)
    desk.record(incident.identity, corrected, now, command.actor)


def _split(desk: Desk, command: facts.Split, now: float) -> str:
    incident = desk.incident(command.incident)
    _check_text(command.actor, "who does it", 100)
    _check_text(command.why, "why they are taken out", 1000)
    alerts = [desk.alerts[key] for key in dict.fromkeys(command.alerts) if key in desk.alerts]
    alerts = [alert for alert in alerts if alert.incident == incident.identity]
    if not alerts:
        raise Refused(f"none of these alerts belongs to {incident.identity}", remedy="see its list of alerts")
    severity = most_urgent(alert.severity for alert in alerts)
    title = f"Taken out of {incident.identity}: {incident.title}"
    impact_at = min(now, *(alert.starts_at for alert in alerts))
    opened = Opened(alerts[0].service, severity, title, impact_at)
    other = desk.open(opened, now, command.actor)
    move(desk, alerts, other.identity, command.why, command.actor, now)
    ask(desk, desk.incident(other.identity), now)
    return other.identity


def _merge(desk: Desk, incident: Incident, command: facts.Merge, now: float) -> None:
    other = desk.incident(command.into)
    _check_text(command.why, "why they belong together", 1000)
    _needs_open(other)
    if other.identity == incident.identity or incident.state is State.MERGED:
        raise Refused(f"{incident.identity} cannot be merged into {other.identity}", remedy="name two that are not one")
    merge(desk, incident, other, command.why, command.actor, now)


def _end_reconciling(desk: Desk, actor: str, now: float) -> str:
    _check_text(actor, "who does it", 100)
    if not end_reconciling(desk, actor, now):
        raise Refused("nothing is held back", remedy="nothing to do: incidents ask as usual")
    return RESTORED


def _taken_on(desk: Desk, incident: Incident, actor: str, now: float) -> Incident:
    """Who works on it has acknowledged it."""
    if not incident.is_acknowledged:
        acknowledge(desk, incident, actor, "work", now)
    return desk.incident(incident.identity)


def _over(desk: Desk, incident: Incident, event: Event, actor: str, now: float) -> None:
    desk.record(incident.identity, event, now, actor)
    stop_asking(desk, incident, "it is over", now)
    tell_on(desk, desk.incident(incident.identity), Purpose.RESOLVE, now)


def _tell(desk: Desk, incident: Incident, event: Event, actor: str, now: float) -> None:
    incident = desk.record(incident.identity, event, now, actor)
    if incident.state.is_open:
        tell_on(desk, incident, Purpose.UPDATE, now)
