"""What the doors read and do about alerts and incidents: one Protocol behind the pages, the API and the commands.

Times are seconds since the epoch, UTC, on the server's clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence
from covet_sre.incident.events import Entry
from covet_sre.incident.facts import Command
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Line, Outgoing
from covet_sre.incident.rules import Rules
from covet_sre.oncall.duty import Duty
from covet_sre.ports import Arrival, DisposedArrival, Kind


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """What a list shows. `before` is the identity of the last one seen."""

    is_open: bool | None = None
    service: str = ""
    severity: Severity | None = None
    before: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """One incident with everything that belongs to it.

    `context` is what helps at night: which window burned, what is left of the budget, similar incidents, the runbook.
    `spent` is the share of the budget of each of its SLOs that was spent while it was open, None where it is unknown.
    """

    incident: Incident
    entries: tuple[Entry, ...]
    alerts: tuple[Alert, ...]
    more_alerts: int
    notifications: tuple[Outgoing, ...]
    context: tuple[Line, ...] = ()
    spent: tuple[tuple[str, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Backlog:
    """How far behind the desk is: arrivals that wait, and for how long the oldest notification has been due."""

    waiting: int
    oldest_due_seconds: float
    decides: bool
    """Whether this server decides, or another one that shares the database."""


class Incidents(Protocol):
    """Everything about alerts and incidents that a person or a program may read or do here."""

    def now(self) -> float: ...

    def rules(self) -> Rules: ...

    def incidents(self, wanted: IncidentFilter) -> Sequence[Incident]:
        """The newest first."""
        ...

    def incident(self, identity: str) -> IncidentDetail:
        """Raises NotFound."""
        ...

    def alerts(
        self,
        *,
        firing: bool | None = True,
        incident: str = "",
        service: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Sequence[Alert]:
        """By key, those after a key."""
        ...

    def arrivals(self, before: int | None = None, limit: int = 50) -> Sequence[DisposedArrival]:
        """What came in and what was made of it, the newest first."""
        ...

    def silences(self) -> Sequence[Silence]:
        """Pending and active ones, and those that ended within a day."""
        ...

    def inbox(self, limit: int = 20) -> Sequence[Outgoing]:
        """Notifications to the local inbox, the newest first."""
        ...

    def on_call(self) -> Sequence[Duty]:
        """Every schedule by name."""
        ...

    def backlog(self) -> Backlog: ...

    def records(self, kind: type[Kind]) -> Sequence[Kind]:
        """All records of a kind, by identity."""
        ...

    def find_record(self, kind: type[Kind], identity: str) -> Kind | None: ...

    def decide(self, command: Command) -> str:
        """Have a command carried out, durably; what it made or changed, by identity.

        Raises NotFound and Refused as the desk does, StoreError, and Unavailable when nothing decides now: the command
        is kept then, and carried out as soon as somebody does.
        """
        ...

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[int]:
        """Keep what came in, in one transaction; returns when it is durable."""
        ...

    def wait_for(self, numbers: Sequence[int], seconds: float) -> bool:
        """Wait until these arrivals are disposed of, at most so long; whether they are."""
        ...

    def test_target(self, target: str, actor: str) -> str:
        """Send a test notification now; what the target said. Raises NotFound and Refused (with what went wrong)."""
        ...
