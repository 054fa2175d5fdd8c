"""The one place where a message meets the status page."""

from covet_sre.errors import Refused
from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident
from covet_sre.incident.rules import Rules
from covet_sre.incident.status_commands import public_incident_of, tell_of
from covet_sre.incident.templates import MessageKind
from covet_sre.status.public_incident import PublicIncident, PublicStatus


def can_publish(rules: Rules) -> bool:
    """Whether there is a status page to publish on: pages ask for a public text only then."""
    return rules.status_page is not None


def publish_on_status_page(
    desk: Desk, incident: Incident, kind: MessageKind, public: str, actor: str, now: float, confirmed: str = ""
) -> None:
    """Show the public text of a message there. `confirmed` is why what looks internal in it may be told.

    Raises Refused where there is no status page, and where the text holds internal names and nobody says why.
    """
    if not can_publish(desk.rules):
        raise Refused("there is no status page to publish on", remedy="send it without a public text")
    told = public_incident_of(desk, incident.identity)
    tell_of(desk, incident, _status(kind, told), public, actor, now, confirmed)


def _status(kind: MessageKind, told: PublicIncident | None) -> PublicStatus:
    """An update leaves it as far as it was."""
    match kind:
        case MessageKind.INITIAL:
            return told.status if told else PublicStatus.INVESTIGATING
        case MessageKind.UPDATE:
            return told.status if told else PublicStatus.IDENTIFIED
        case MessageKind.RESOLUTION:
            return PublicStatus.RESOLVED
