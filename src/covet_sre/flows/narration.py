"""A timeline's entries in words: the same sentences on the pages, in the API and in a terminal."""

from datetime import UTC, datetime
from typing import assert_never

from covet_sre.flows.narration_of_people import telling_of_messages, telling_of_roles
from covet_sre.flows.telling import Telling, Tone
from covet_sre.incident.events import (
    Acknowledged,
    AlertEnded,
    AlertJoined,
    AlertMoved,
    Assigned,
    Closed,
    DeadlineMissed,
    EpisodeBegan,
    Event,
    FalseAlarm,
    MergedInto,
    Mitigated,
    MitigationBegan,
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
from covet_sre.incident.message_events import MessageEvent
from covet_sre.incident.role_events import RoleEvent


def telling(event: Event) -> Telling:
    """What an event says."""
    if isinstance(event, RoleEvent):
        return telling_of_roles(event)
    if isinstance(event, MessageEvent):
        return telling_of_messages(event)
    match event:
        case Opened(service, severity, title, _, by_hand):
            how = "declared by hand" if by_hand else "opened"
            return Telling(f"The incident was {how} for {service} as {severity}", title, Tone.BAD, True)
        case AlertJoined() | AlertEnded() | AlertMoved():
            return _of_alerts(event)
        case SeverityChanged(before, after, why):
            worse = after.outranks(before)
            return Telling(f"The severity went from {before} to {after}", why, Tone.BAD if worse else Tone.GOOD, True)
        case (
            EpisodeBegan()
            | StepTaken()
            | StepUnroutable()
            | StepCancelled()
            | StepHeld()
            | StepsMissed()
            | DeadlineMissed()
        ):
            return _of_asking(event)
        case Told() | NotTold():
            return _of_notifications(event)
        case Acknowledged(via):
            return Telling(f"Acknowledged {_door(via)}", "", Tone.GOOD, True)
        case Assigned(person):
            return Telling(f"Assigned to {person}", "", Tone.PEOPLE, True)
        case NoteAdded(text):
            return Telling("A note", text, Tone.PEOPLE, True)
        case MitigationBegan():
            return Telling("Mitigation began", "", Tone.PEOPLE, True)
        case Mitigated(how):
            return Telling("Mitigated: users are no longer hurt", how, Tone.GOOD, True)
        case Resolved(how, by_alerts):
            return Telling(
                "Resolved: all its alerts are over" if by_alerts else "Resolved",
                "" if by_alerts else how,
                Tone.GOOD,
                True,
            )
        case ReviewAsked():
            return Telling("A post-incident review is due", "", Tone.PEOPLE, True)
        case Closed(why):
            return Telling("Closed", why, Tone.GOOD, True)
        case FalseAlarm(why):
            return Telling("Called a false alarm", why, Tone.GOOD, True)
        case Reopened(why):
            return Telling("Reopened", why, Tone.BAD, True)
        case TimeCorrected(moment, before, after, reason):
            old = "unknown" if before is None else written_time(before)
            return Telling(f"The time {moment.value} was corrected from {old} to {written_time(after)}", reason)
        case MergedInto(other, why):
            return Telling(f"Merged into {other}", why, Tone.PEOPLE, True)
        case TookIn(other, why):
            return Telling(f"{other} was merged into this one", why, Tone.PEOPLE, True)
        case TicketMade(target, reference, _):
            return Telling(f"{target} has the ticket {reference}", "", Tone.PEOPLE, True)
        case _:
            assert_never(event)


def written_time(at: float) -> str:
    """RFC 3339, UTC, to the second."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def span(seconds: float) -> str:
    """A time span in its largest unit: 40 s, 12 min, 3 h, 2 d."""
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if seconds >= (2 if unit == "d" else 1) * size:
            return (
                f"{seconds / size:.{1 if unit != 'min' and seconds < 10 * size else 0}f}".removesuffix(".0")
                + f" {unit}"
            )
    return f"{max(seconds, 0):.0f} s"


def _of_alerts(event: AlertJoined | AlertEnded | AlertMoved) -> Telling:
    match event:
        case AlertJoined(_, name, severity, why, number):
            return Telling(f"The alert {name} ({severity}) joined as number {number}", why, Tone.BAD)
        case AlertEnded(_, name, firing):
            if firing:
                return Telling(f"The alert {name} is over; {firing} still fire{'s' if firing == 1 else ''}")
            return Telling(f"The alert {name} is over: nothing fires any more", "", Tone.GOOD, True)
        case AlertMoved(alert=alert, to=to, why=why):
            return Telling(f"The alert {alert} belongs to {to}", why, Tone.PEOPLE, True)


def _of_asking(
    event: EpisodeBegan | StepTaken | StepUnroutable | StepCancelled | StepHeld | StepsMissed | DeadlineMissed,
) -> Telling:
    match event:
        case EpisodeBegan(episode, plan, deadline_at):
            until = f"; to be acknowledged until {written_time(deadline_at)}" if deadline_at is not None else ""
            steps = len(plan.steps)
            return Telling(f"People are asked (episode {episode}, {steps} step{'s' if steps != 1 else ''}){until}")
        case StepTaken(_, step, told):
            return Telling(f"Step {step + 1}: told {', '.join(told)}", "", Tone.PEOPLE, True)
        case StepUnroutable(_, step, why):
            return Telling(f"Step {step + 1} reached nobody, and was passed on at once", why, Tone.BAD, True)
        case StepCancelled(_, step, why):
            return Telling(f"Step {step + 1} was not needed any more", why)
        case StepHeld(_, step, until, why):
            return Telling(f"Step {step + 1} waits until {written_time(until)}", why, Tone.DETAIL, True)
        case StepsMissed(_, first, last):
            which = f"Step {first + 1}" if first == last else f"Steps {first + 1} to {last + 1}"
            return Telling(f"{which} fell due while nothing ran: the latest is taken", "", Tone.BAD, True)
        case DeadlineMissed():
            return Telling("Nobody acknowledged in time", "", Tone.BAD, True)


def _of_notifications(event: Told | NotTold) -> Telling:
    whom = f"{event.person} by {event.target}" if event.person else event.target
    match event:
        case Told(_, _, _, purpose, tries):
            again = f" at attempt {tries}" if tries > 1 else ""
            return Telling(f"Delivered to {whom}{again} ({purpose})")
        case NotTold(_, _, _, purpose, outcome, why):
            failed = outcome == "failed"
            return Telling(
                f"Not delivered to {whom} ({purpose}): {outcome}", why, Tone.BAD if failed else Tone.DETAIL, failed
            )


_DOORS = {
    "page": "on the page",
    "link": "by the link in a notification",
    "api": "over the API",
    "cli": "on the command line",
    "work": "by working on it",
}


def _door(via: str) -> str:
    return _DOORS.get(via.lower(), f"in {via}")
