"""How what arrived is read: one reader for each source of arrivals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from covet_sre.alerting.labels import Labels
from covet_sre.alerting.report import Report
from covet_sre.incident.facts import Command


@dataclass(frozen=True, slots=True)
class Read:
    """What an arrival says: reports of alerts, commands, and the items of it that cannot be used, with the reason.

    `note` is what people should know of the request as a whole. `reference` is what the sender is told in return, and
    `secret` what the body itself shows so that it may be heard: PagerDuty's dedup_key and routing_key.
    """

    reports: Sequence[Report] = ()
    commands: Sequence[Command] = ()
    refused: Sequence[str] = ()
    note: str = ""
    reference: str = ""
    secret: str = ""


KeyOf = Callable[[Labels], str]
"""What an alert with these labels is known by: see alerting.identity. The doors, which only look, need no keys."""


class Reader(Protocol):
    """One format. Reading the same arrival again gives the same: it is read once to be accepted, once to be decided."""

    def __call__(self, body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:
        """Raises Refused, with the place in the body, where nothing of it can be used."""
        ...


Readers = Mapping[str, Reader]
"""By `Arrival.source`."""


Glance = Callable[[bytes, float], bool]
"""Whether a body, received at a time, holds alerts, every one of which its reader would take as it stands: told many
times faster than it is read. False where that takes a closer look."""

Glances = Mapping[str, Glance]
"""By `Arrival.source`, for those that come in great numbers."""
