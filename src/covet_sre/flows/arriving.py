"""How what arrived is read: one reader for each source of arrivals."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from covet_sre.alerting.report import Report
from covet_sre.incident.facts import Command


@dataclass(frozen=True, slots=True)
class Read:
    """What an arrival says: reports of alerts, commands, and the items of it that cannot be used, with the reason."""

    reports: Sequence[Report] = ()
    commands: Sequence[Command] = ()
    refused: Sequence[str] = ()


class Reader(Protocol):
    """One format. Reading the same arrival again gives the same: it is read once to be accepted, once to be decided."""

    def __call__(self, body: bytes, note: str, received_at: float, slos: Collection[str]) -> Read:
        """`slos` are the names of the declared SLOs. Raises Refused where nothing of it can be used."""
        ...


Readers = Mapping[str, Reader]
"""By `Arrival.source`."""
