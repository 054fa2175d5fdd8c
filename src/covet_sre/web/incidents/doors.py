"""What the pages of alerts and incidents stand on."""

from collections.abc import Callable
from dataclasses import dataclass

from covet_sre.flows.incidents import Incidents
from covet_sre.flows.status_page import PublicStatus
from covet_sre.web.incidents.acknowledge_page import ReadLink

NewIdentity = Callable[[], str]
"""Gives a UUID that no other silence has."""


@dataclass(frozen=True, slots=True)
class IncidentDoors:
    """`read_link` is None where no link acknowledges: nothing signs them; `public` where nobody tells the public."""

    incidents: Incidents
    new_identity: NewIdentity
    read_link: ReadLink | None = None
    public: PublicStatus | None = None
