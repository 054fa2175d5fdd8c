"""An incident in a few lines: on the page of what needs attention, and in lists."""

from dataclasses import dataclass

from covet_sre.incident.incident import Incident
from covet_sre.web.addresses import incident_address, service_address
from covet_sre.web.incidents import words
from covet_sre.web.incidents.words import Badge, SeverityBadge


@dataclass(frozen=True, slots=True)
class IncidentCard:
    """`who` is empty while nobody takes care. `next_line` says who is told next."""

    identity: str
    address: str
    title: str
    service: str
    service_address: str
    severity: SeverityBadge
    state: Badge
    is_open: bool
    is_acknowledged: bool
    who: str
    since: str
    since_machine: str
    lasted: str
    next_line: str
    is_late: bool
    alerts: int
    resolution: str


def incident_card(incident: Incident, now: float) -> IncidentCard:
    return IncidentCard(
        identity=incident.identity,
        address=incident_address(incident.identity),
        title=incident.title,
        service=incident.service,
        service_address=service_address(incident.service),
        severity=words.severity_badge(incident.severity),
        state=words.state_badge(incident),
        is_open=incident.state.is_open,
        is_acknowledged=incident.is_acknowledged,
        who=incident.assigned_to or incident.acknowledged_by,
        since=words.moment(incident.times.detected),
        since_machine=words.machine(incident.times.detected),
        lasted=words.open_for(incident, now),
        next_line=words.next_step(incident, now),
        is_late=incident.deadline_missed and not incident.is_acknowledged and incident.state.is_open,
        alerts=incident.alerts,
        resolution=incident.resolution,
    )


def most_urgent_first(incident: Incident) -> tuple[bool, int, float]:
    """What nobody takes care of, then by severity, then the oldest."""
    return incident.is_acknowledged, incident.severity.rank, incident.times.detected
