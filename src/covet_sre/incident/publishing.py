"""The one place where a message meets the status page."""

from covet_sre.errors import Refused
from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident
from covet_sre.incident.rules import Rules
from covet_sre.incident.templates import MessageKind


def can_publish(rules: Rules) -> bool:
    """Whether there is a status page to publish on: pages ask for a public text only then."""
    del rules
    return False


def publish_on_status_page(
    desk: Desk, incident: Incident, kind: MessageKind, public: str, actor: str, now: float
) -> None:
    """Show the public text of a message there. Raises Refused where there is no status page."""
    del incident, kind, public, actor, now
    if not can_publish(desk.rules):
        raise Refused("there is no status page to publish on", remedy="send it without a public text")
