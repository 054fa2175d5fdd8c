"""What a step changes: the store writes it in one transaction, together with the deliveries that it disposes of."""

from dataclasses import dataclass, field

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.silence import Silence
from covet_sre.incident.events import Entry
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outgoing


@dataclass(slots=True)
class Changes:
    """The last value of each thing that changed, by its key, and every new entry of a timeline in order.

    An alert that is None is forgotten. `numbers` are the last incident numbers by day.
    """

    alerts: dict[str, Alert | None] = field(default_factory=dict[str, Alert | None])
    incidents: dict[str, Incident] = field(default_factory=dict[str, Incident])
    entries: list[Entry] = field(default_factory=list[Entry])
    silences: dict[str, Silence] = field(default_factory=dict[str, Silence])
    outgoing: dict[str, Outgoing] = field(default_factory=dict[str, Outgoing])
    numbers: dict[str, int] = field(default_factory=dict[str, int])

    def __bool__(self) -> bool:
        return bool(self.alerts or self.incidents or self.entries or self.silences or self.outgoing or self.numbers)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a store gives back at the start: all that is not over, and what is over for less than a day."""

    alerts: tuple[Alert, ...] = ()
    incidents: tuple[Incident, ...] = ()
    silences: tuple[Silence, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    numbers: tuple[tuple[str, int], ...] = ()
