"""Heartbeats on the desk: heard, missed, sent."""

from covet_sre.alerting.alert import Cause, Disposition, Verdict
from covet_sre.alerting.heartbeat import ExpectedHeartbeat
from covet_sre.alerting.labels import labels_of
from covet_sre.alerting.report import Report, Saying
from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Outgoing, Purpose
from covet_sre.incident.reports import take_report
from covet_sre.oncall.target import Channel

_REPORTER = "heartbeats"


def hear_beat(desk: Desk, report: Report, now: float) -> Disposition | None:
    """What is made of a heartbeat; None for an alert that is none. Its end is no beat: silence is what counts."""
    for expected in desk.rules.heartbeats:
        if expected.is_beat(report.labels):
            if not report.saying.is_resolved:
                desk.beats[expected.name] = now
                if (missing := desk.alerts.get(expected.key)) is not None and missing.is_firing:
                    take_report(desk, _about(expected, missing.starts_at, ended_at=now), now)
            why = f"it is the heartbeat {expected.name}: only its absence is news"
            return Disposition(Verdict.SUPPRESSED, why, "", Cause.HEARTBEAT, expected.name)
    return None


def miss_beats(desk: Desk, now: float) -> None:
    """Report every heartbeat that was not heard for too long. One that was never heard counts from our own start."""
    for expected in desk.rules.heartbeats:
        heard_at = desk.beats.setdefault(expected.name, now)
        if now - heard_at >= expected.within_seconds:
            missing = desk.alerts.get(expected.key)
            if missing is None or not missing.is_firing:
                take_report(desk, _about(expected, heard_at), now)


def send_beat(desk: Desk, name: str, now: float) -> None:
    """Our own heartbeat leaves, if the one before it has arrived: a way that is stuck must be missed."""
    for sent in desk.rules.sent_heartbeats:
        if sent.name == name and sent.key not in desk.outgoing:
            desk.put_outgoing(
                Outgoing(
                    key=sent.key,
                    incident="",
                    episode=0,
                    step=0,
                    channel=Channel.EMAIL,
                    purpose=Purpose.HEARTBEAT,
                    targets=(sent.target,),
                    due_at=now,
                    try_at=now,
                )
            )


def _about(expected: ExpectedHeartbeat, heard_at: float, ended_at: float | None = None) -> Report:
    summary = f"No heartbeat {expected.name} for {expected.within_seconds / 60:g} minutes: its alerts may not reach us"
    saying = Saying(heard_at, False) if ended_at is None else Saying(heard_at, True, ended_at)
    annotations = labels_of({"summary": summary})
    return Report(expected.key, expected.missing_labels, annotations, saying, _REPORTER)
