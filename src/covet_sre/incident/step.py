"""One step of the desk: a fact, a time, and what follows. It does nothing but decide: the same desk, fact and time give
the same changes, in the simulation and in production."""

from covet_sre.alerting.silence import SilenceState
from covet_sre.incident.asking import take_due_steps
from covet_sre.incident.channel_end import ChannelEnd
from covet_sre.incident.channels import archive_due, keep_channels
from covet_sre.incident.commands import resolve
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import US, Resolved
from covet_sre.incident.heartbeats import miss_beats
from covet_sre.incident.records import Record
from covet_sre.incident.reminders import remind
from covet_sre.incident.reports import end_alert, free_symptoms, look_at_inhibited
from covet_sre.incident.rules import Rules
from covet_sre.incident.silencing import silence_turned
from covet_sre.incident.status_mailing import send_batch
from covet_sre.incident.status_maintenance import go_on
from covet_sre.incident.status_subscriptions import let_expire
from covet_sre.status.mailing import Mailing
from covet_sre.status.maintenance import Maintenance
from covet_sre.status.subscriber import Subscriber

FORGET_SECONDS = 86400.0
"""An alert that is over is known for so long: what was delivered late or twice is recognised."""


def pass_time(desk: Desk, now: float) -> None:
    """Everything that is due: ends of alerts, turns of silences, steps, deadlines, ends of quiet."""
    miss_beats(desk, now)
    for alert in list(desk.due_ends(now)):
        _end_or_wait(desk, alert.key, now)
    for silence in list(desk.due_silences(now)):
        if silence.state(now) is SilenceState.EXPIRED:
            silence_turned(desk, silence.identity, now)
    for incident in list(desk.due_incidents(now)):
        take_due_steps(desk, incident, now)
        remind(desk, desk.incident(incident.identity), now)
        incident = desk.incident(incident.identity)
        settles_at = desk.settles_at(incident)
        if settles_at is not None and settles_at <= now:
            resolve(desk, incident, Resolved("all its alerts are over", by_alerts=True), US, now)
            free_symptoms(desk, incident.identity, now)
    for record in list(desk.due_records(now)):
        _come_due(desk, record, now)
    keep_channels(desk, now)


def _come_due(desk: Desk, record: Record, now: float) -> None:
    match record:
        case ChannelEnd():
            archive_due(desk, record, now)
        case Maintenance():
            go_on(desk, record, now)
        case Mailing():
            send_batch(desk, record, now)
        case Subscriber():
            let_expire(desk, record, now)
        case _:
            # Others only change what is shown.
            return


def take_up(desk: Desk, rules: Rules, now: float) -> None:
    """Go by other files from now on."""
    desk.take_up(rules)
    look_at_inhibited(desk, now)


def forget_old(desk: Desk, now: float) -> None:
    """Let go of what is over for a day."""
    for key in [key for key, alert in desk.alerts.items() if not alert.is_firing and _is_old(alert.heard_at, now)]:
        desk.forget_alert(key)
    desk.let_go(now - FORGET_SECONDS)


def _is_old(at: float, now: float) -> bool:
    return now - at > FORGET_SECONDS


def _end_or_wait(desk: Desk, key: str, now: float) -> None:
    alert = desk.alerts[key]
    if not alert.fires_at(now):
        end_alert(desk, alert, now, "its sender let it run out")
    elif now - alert.heard_at >= desk.rules.timing.stale_seconds:
        end_alert(desk, alert, now, "nobody spoke of it for too long: its sender may be lost")
    else:
        desk.watch_end(alert)
