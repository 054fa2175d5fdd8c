"""Alerts that move from one incident to another, and incidents that go on in another."""

from collections.abc import Sequence
from dataclasses import replace

from covet_sre.alerting.alert import Alert, Disposition, Verdict
from covet_sre.incident.asking import ask, stop_asking
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import AlertMoved, MergedInto, SeverityChanged, TookIn
from covet_sre.incident.following import tell_on
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Purpose
from covet_sre.incident.role_commands import bring_crew

LISTED_ALERTS = 50
"""So many alerts of an incident stand on its timeline one by one."""


def merge(desk: Desk, incident: Incident, into: Incident, why: str, actor: str, now: float, cause: str = "") -> None:
    """Everything of `incident` goes on in `into`; people are asked anew only if it was the more urgent."""
    alerts = [alert for alert in desk.alerts.values() if alert.incident == incident.identity]
    alerts.sort(key=lambda alert: alert.key)
    move(desk, alerts, into.identity, why, actor, now, cause)
    stop_asking(desk, incident, f"it was merged into {into.identity}", now)
    merged = desk.record(incident.identity, MergedInto(into.identity, why), now, actor)
    tell_on(desk, merged, Purpose.RESOLVE, now)
    desk.record(into.identity, TookIn(incident.identity, why), now, actor)
    bring_crew(desk, incident, into.identity, actor, now)
    into = desk.incident(into.identity)
    if incident.severity.outranks(into.severity):
        why = f"{incident.identity} is {incident.severity}"
        raised = SeverityChanged(into.severity, incident.severity, why, incident.title)
        ask(desk, desk.record(into.identity, raised, now), now)


def move(desk: Desk, alerts: Sequence[Alert], to: str, why: str, actor: str, now: float, cause: str = "") -> None:
    """Alerts, firing or not, belong to another incident from now on; as symptoms of `cause`, where one is named.

    Of many, the first fifty stand on both timelines, and the last, with what each incident has then.
    """
    for place, alert in enumerate(alerts, start=1):
        source = alert.incident
        disposition = Disposition(Verdict.ATTACHED, f"moved by {actor}: {why}", to, by=cause)
        desk.put_alert(replace(alert, disposition=disposition))
        for identity, change in ((source, -1), (to, 1)):
            desk.joined[identity] += change
            if place <= LISTED_ALERTS or place == len(alerts):
                moved = AlertMoved(alert.key, to, desk.joined[identity], desk.causes(identity), why, alert.name)
                desk.record(identity, moved, now, actor)
