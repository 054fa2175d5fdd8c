"""The page behind the link in a notification: one big button. Opening it changes nothing."""

from collections.abc import Callable
from dataclasses import dataclass

from covet_sre.flows.ack_links import AcknowledgeLink
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.web.incidents.cards import IncidentCard, incident_card
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.shell import Shell, shell

ReadLink = Callable[[str], AcknowledgeLink]
"""What a token says (see `flows.ack_links`). Raises Refused for one that is not ours, was changed, or is too old."""


@dataclass(frozen=True, slots=True)
class AcknowledgePage:
    """`by` is who acknowledged, empty while nobody did."""

    shell: Shell
    card: IncidentCard
    person: str
    by: str
    token: str
    trouble: Trouble | None


def acknowledge_page(
    reliability: Reliability,
    incidents: Incidents,
    token: str,
    link: AcknowledgeLink,
    trouble: Trouble | None = None,
) -> AcknowledgePage:
    """Raises NotFound where the incident is gone."""
    identity = link.incident
    frame = shell(reliability, f"Acknowledge {identity}", "incidents")
    incident = incidents.incident(identity).incident
    card = incident_card(incident, incidents.now())
    return AcknowledgePage(frame, card, link.person, incident.acknowledged_by, token, trouble)
