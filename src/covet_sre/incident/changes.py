"""What a step changes: the store writes it in one transaction, together with the deliveries that it disposes of."""

from dataclasses import dataclass, field

from covet_sre.access.audit import Act
from covet_sre.alerting.alert import Alert
from covet_sre.alerting.silence import Silence
from covet_sre.incident.events import Entry
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outgoing
from covet_sre.incident.records import Record


@dataclass(slots=True)
class Changes:
    """The last value of each thing that changed, by its key, and every new entry of a timeline in order.

    An alert that is None is forgotten. `numbers` are the last incident numbers by day; `records` stand by kind (the
    class' name) and identity, None for one that is deleted; `acts` go to the audit record.
    """

    alerts: dict[str, Alert | None] = field(default_factory=dict[str, Alert | None])
    incidents: dict[str, Incident] = field(default_factory=dict[str, Incident])
    entries: list[Entry] = field(default_factory=list[Entry])
    silences: dict[str, Silence] = field(default_factory=dict[str, Silence])
    outgoing: dict[str, Outgoing] = field(default_factory=dict[str, Outgoing])
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    records: dict[tuple[str, str], Record | None] = field(default_factory=dict[tuple[str, str], Record | None])
    acts: list[Act] = field(default_factory=list[Act])

    def __bool__(self) -> bool:
        return any(
            (
                self.alerts,
                self.incidents,
                self.entries,
                self.silences,
                self.outgoing,
                self.numbers,
                self.records,
                self.acts,
            )
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store gives back at the start: all that is not over, and what is over for less than a day."""

    alerts: tuple[Alert, ...] = ()
    incidents: tuple[Incident, ...] = ()
    silences: tuple[Silence, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    numbers: tuple[tuple[str, int], ...] = ()
    records: tuple[Record, ...] = ()
