"""Alerts and incidents as the API's answers."""

import math
from dataclasses import asdict
from datetime import UTC, datetime

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.identity import ALERT_NAME
from covet_sre.alerting.labels import fingerprint, value_of
from covet_sre.alerting.matcher_text import written
from covet_sre.alerting.silence import Silence
from covet_sre.api import incident_models as models
from covet_sre.flows.incidents import IncidentDetail
from covet_sre.flows.narration import telling, written_time
from covet_sre.incident.events import Entry, Event, TimeCorrected
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Line, Outgoing
from covet_sre.oncall.duty import Duty
from covet_sre.ports import DisposedArrival

_LAST_SECOND = 253_402_300_799.0


def time(at: float) -> datetime:
    """A time of any sender: what no calendar can write is cut to what one can."""
    return datetime.fromtimestamp(min(max(at, 0.0), _LAST_SECOND), UTC)


def maybe(at: float | None) -> datetime | None:
    """None for what has not come."""
    return None if at is None or math.isinf(at) else time(at)


def incident_item(incident: Incident) -> models.IncidentItem:
    times = incident.times
    return models.IncidentItem(
        id=incident.identity,
        service=incident.service,
        severity=incident.severity,
        state=incident.state,
        open=incident.state.is_open,
        title=incident.title,
        times=models.IncidentTimes(
            impact=time(times.impact),
            detected=time(times.detected),
            acknowledged=maybe(times.acknowledged),
            mitigated=maybe(times.mitigated),
            resolved=maybe(times.resolved),
            closed=maybe(times.closed),
        ),
        acknowledged_by=incident.acknowledged_by,
        assigned_to=incident.assigned_to,
        declared_by_hand=incident.by_hand,
        alert_count=incident.alerts,
        acknowledge_until=maybe(incident.deadline_at),
        acknowledged_too_late=incident.deadline_missed,
        next_step=maybe(incident.step_due_at),
        resolution=incident.resolution,
        merged_into=incident.merged_into,
        ticket=incident.ticket,
    )


def incident_detail(detail: IncidentDetail) -> models.IncidentDetailAnswer:
    incident = detail.incident
    return models.IncidentDetailAnswer(
        **dict(incident_item(incident)),
        alerts=[alert_item(alert) for alert in detail.alerts],
        more_alerts=detail.more_alerts,
        timeline=[timeline_item(entry) for entry in detail.entries],
        notifications=[notification_item(each) for each in detail.notifications],
        plan=[
            models.StepItem(
                number=number + 1,
                due=time(incident.began_at + step.due_seconds),
                channels=list(step.channels),
                recipients=[str(each) for each in step.recipients],
                after_deadline=step.after_deadline,
                catch_all=step.is_catch_all,
                passed=number < incident.next_step,
            )
            for number, step in enumerate(incident.plan.steps)
        ],
        context=[line_item(line) for line in detail.context],
        budget_spent=[models.SpentItem(slo=slo, share=share) for slo, share in detail.spent],
    )


def alert_item(alert: Alert) -> models.IncidentAlert:
    return models.IncidentAlert(
        fingerprint=fingerprint(alert.labels),
        key=alert.key,
        status="firing" if alert.is_firing else "resolved",
        name=value_of(alert.labels, ALERT_NAME),
        service=alert.service,
        severity=alert.severity,
        labels=dict(alert.labels),
        annotations=dict(alert.annotations),
        starts=time(alert.starts_at),
        ends=maybe(alert.ends_at),
        heard=time(alert.heard_at),
        link=alert.link,
        disposition=models.DispositionItem.model_validate(alert.disposition),
    )


def timeline_item(entry: Entry) -> models.TimelineItem:
    told = telling(entry.event)
    return models.TimelineItem(
        position=entry.position,
        at=time(entry.at),
        actor=entry.actor,
        kind=type(entry.event).__name__,
        text=told.text,
        said=told.said,
        in_story=told.in_story,
        data=event_data(entry.event),
        digest=entry.digest,
    )


def event_data(event: Event) -> dict[str, object]:
    """What was recorded, times as RFC 3339."""
    are_times = {"before", "after"} if isinstance(event, TimeCorrected) else set[str]()
    return {
        name: written_time(value)
        if isinstance(value, float) and (name in are_times or name == "until" or name.endswith("_at"))
        else value
        for name, value in asdict(event).items()
    }


def notification_item(outgoing: Outgoing) -> models.NotificationItem:
    return models.NotificationItem(
        key=outgoing.key,
        incident=outgoing.incident,
        episode=outgoing.episode,
        step=outgoing.step + 1,
        channel=outgoing.channel,
        purpose=outgoing.purpose,
        target=outgoing.current_target,
        targets=list(outgoing.targets),
        person=outgoing.person,
        outcome=outgoing.delivery,
        due=time(outgoing.due_at),
        tries=outgoing.tries,
        failures=outgoing.failures,
        unknown_outcomes=outgoing.unknowns,
        detail=outgoing.detail,
        reference=outgoing.reference,
    )


def line_item(line: Line) -> models.LineItem:
    return models.LineItem(label=line.label, text=line.text, address=line.address)


def arrival_item(each: DisposedArrival) -> models.ArrivalItem:
    arrival, disposed = each.waiting.arrival, each.disposed
    problem = "" if disposed is None else disposed.quarantined or disposed.refusal
    if disposed is None:
        state = "waiting"
    elif disposed.quarantined:
        state = "quarantined"
    else:
        # What names alerts and a refusal was taken in part: the refusal is about the others in it.
        state = "refused" if disposed.refusal and not disposed.alerts else "disposed"
    return models.ArrivalItem(
        number=each.waiting.number,
        source=arrival.source,
        received=time(arrival.received_at),
        actor=arrival.actor,
        note=arrival.note,
        bytes=len(arrival.body),
        tries=each.waiting.tries,
        state=state,
        disposed=maybe(each.disposed_at),
        alerts=[
            models.AlertDispositionItem(key=key, **dict(models.DispositionItem.model_validate(made)))
            for key, made in (disposed.alerts if disposed else ())
        ],
        answer=disposed.answer if disposed else "",
        problem=problem,
    )


def silence_item(silence: Silence, now: float) -> models.SilenceItem:
    return models.SilenceItem(
        id=silence.identity,
        state=silence.state(now),
        kind=silence.kind,
        matchers=[written(matcher) for matcher in silence.matchers],
        starts=time(silence.starts_at),
        ends=time(silence.ends_at),
        author=silence.author,
        reason=silence.reason,
        updated=time(silence.updated_at),
    )


def duty_item(duty: Duty) -> models.DutyItem:
    return models.DutyItem(
        schedule=duty.schedule,
        person=duty.person,
        until=maybe(duty.until),
        then=duty.then,
        people=list(duty.people),
    )
