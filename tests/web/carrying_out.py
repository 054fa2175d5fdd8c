"""People's commands, carried out on a real desk as plainly as can be: for trying the doors.

The rules of the product are in `covet_sre.incident`; here are only those that a door can meet.
"""

from dataclasses import replace

from covet_sre.alerting.alert import Disposition, Verdict
from covet_sre.alerting.silence import check_silence
from covet_sre.errors import NotFound, Refused
from covet_sre.incident import events
from covet_sre.incident.asking import ask, stop_asking
from covet_sre.incident.desk import Desk
from covet_sre.incident.facts import (
    Acknowledge,
    AddNote,
    Assign,
    CallFalseAlarm,
    ChangeSeverity,
    Close,
    Command,
    CorrectTime,
    Declare,
    ExpireSilence,
    Merge,
    Mitigate,
    Reopen,
    Resolve,
    SetSilence,
    Split,
)
from covet_sre.incident.incident import Incident, State


def carry_out(desk: Desk, command: Command, now: float, identity: str) -> str:
    """What was made or changed. `identity` is for a new silence. Raises NotFound and Refused."""
    match command:
        case Declare(actor, service, severity, title, impact_at):
            if service not in desk.rules.services:
                raise NotFound(f"no service is called {service!r}", remedy="see /services for the names")
            opened = events.Opened(service, severity, title, now if impact_at is None else impact_at, by_hand=True)
            incident = desk.open(opened, now, actor)
            ask(desk, incident, now)
            return incident.identity
        case SetSilence(silence):
            check_silence(silence, now)
            made = replace(silence, identity=silence.identity or identity)
            desk.put_silence(made)
            return made.identity
        case ExpireSilence(silence_identity, _):
            found = desk.silences.get(silence_identity)
            if found is None:
                raise NotFound(f"there is no silence {silence_identity}", remedy="see the list of silences")
            if found.ends_at <= now:
                raise Refused(f"the silence {silence_identity} is over already")
            desk.put_silence(replace(found, ends_at=now, updated_at=now))
            return silence_identity
        case _:
            return _about_one(desk, command, desk.incident(command.incident), now)


def _about_one(desk: Desk, command: Command, incident: Incident, now: float) -> str:
    is_open, identity = incident.state.is_open, incident.identity
    actor = command.actor  # type: ignore[union-attr]

    def need(allowed: bool, what: str) -> None:
        if not allowed:
            raise Refused(f"{identity} is {incident.state.value}: {what}", remedy="look at it again")

    def record(event: events.Event) -> str:
        desk.record(identity, event, now, actor)
        return identity

    match command:
        case Acknowledge(_, _, via):
            need(is_open, "nobody is asked any more")
            record(events.Acknowledged(via))
            stop_asking(desk, desk.incident(identity), f"{actor} acknowledged", now)
            return identity
        case AddNote(_, _, text):
            return record(events.NoteAdded(text))
        case ChangeSeverity(_, _, severity, why):
            need(is_open and severity is not incident.severity, f"it cannot become {severity}")
            record(events.SeverityChanged(incident.severity, severity, why))
            if severity.outranks(incident.severity):
                ask(desk, desk.incident(identity), now)
            return identity
        case Assign(_, _, person):
            need(is_open, "nobody works on it any more")
            return record(events.Assigned(person))
        case Mitigate(_, _, how, done):
            need(is_open, "there is nothing to mitigate")
            return record(events.Mitigated(how) if done else events.MitigationBegan())
        case Resolve(_, _, how):
            need(is_open, "it cannot be resolved")
            record(events.Resolved(how))
            stop_asking(desk, desk.incident(identity), "it is resolved", now)
            return record(events.ReviewAsked()) if incident.severity.rank < 2 else identity
        case Close(_, _, why):
            need(incident.state in (State.RESOLVED, State.REVIEW_PENDING), "resolve it first")
            return record(events.Closed(why))
        case CallFalseAlarm(_, _, why):
            need(is_open, "it cannot be called a false alarm")
            record(events.FalseAlarm(why))
            stop_asking(desk, desk.incident(identity), "it was a false alarm", now)
            return identity
        case Reopen(_, _, why):
            need(not is_open and incident.state is not State.MERGED, "it cannot be reopened")
            return record(events.Reopened(why))
        case CorrectTime():
            return _correct(desk, incident, command, now)
        case Split(_, _, alerts, why):
            return _split(desk, incident, alerts, why, now, actor)
        case Merge(_, _, into, why):
            other = desk.incident(into)
            need(is_open and other.state.is_open and into != identity, f"it cannot go on in {into}")
            for key in sorted(desk.firing(identity)):
                _move(desk, key, identity, into, why, now, actor)
            desk.record(into, events.TookIn(identity, why), now, actor)
            record(events.MergedInto(into, why))
            stop_asking(desk, desk.incident(identity), f"it goes on in {into}", now)
            return into
        case _:
            raise AssertionError(command)


def _correct(desk: Desk, incident: Incident, command: CorrectTime, now: float) -> str:
    times = {moment: incident.times.of(moment) for moment in events.Moment}
    if times[command.moment] is None:
        raise Refused(f"{incident.identity} has no time {command.moment.value} yet", remedy="it comes with the event")
    corrected = [at for at in (times | {command.moment: command.at}).values() if at is not None]
    if corrected != sorted(corrected) or command.at > now:
        order = ", ".join(moment.value for moment in events.Moment)
        raise Refused(f"the times would not follow each other: {order}", remedy="correct the others first")
    made = events.TimeCorrected(command.moment, times[command.moment], command.at, command.reason)
    desk.record(incident.identity, made, now, command.actor)
    return incident.identity


def _split(desk: Desk, incident: Incident, alerts: tuple[str, ...], why: str, now: float, actor: str) -> str:
    for key in alerts:
        if key not in desk.alerts or desk.alerts[key].incident != incident.identity:
            raise NotFound(f"{incident.identity} has no alert {key}", remedy="see its alerts")
    first = desk.alerts[alerts[0]]
    made = desk.open(events.Opened(first.service, first.severity, f"Split from {incident.title}", now), now, actor)
    for key in alerts:
        _move(desk, key, incident.identity, made.identity, why, now, actor)
    ask(desk, desk.incident(made.identity), now)
    return made.identity


def _move(desk: Desk, key: str, before: str, after: str, why: str, now: float, actor: str) -> None:
    alert = desk.alerts[key]
    desk.put_alert(replace(alert, disposition=Disposition(Verdict.ATTACHED, f"moved by {actor}: {why}", after)))
    desk.record(before, events.AlertMoved(key, after, why), now, actor)
    desk.record(after, events.AlertMoved(key, after, why), now, actor)
