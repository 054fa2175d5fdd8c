"""The handbook's table: how soon each severity is answered, how people are told, and what a missed deadline does."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from covet_sre.alerting.severity import SEVERITY_LABELS, UNNAMED, Severity
from covet_sre.errors import Location
from covet_sre.incident.roles import HANDBOOK_DUTIES, Duties, Role
from covet_sre.oncall.target import Channel

MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Response:
    """`deadline_seconds` is the time to acknowledge; None is the end of the next business day.

    When it passes unacknowledged, people are told by `missed` too; a page among them begins the escalation policy.
    `update_seconds` is how soon the next update is promised where nobody says otherwise. `first_takes` are the roles
    that the first who acknowledges takes, as far as nobody holds them.
    """

    severity: Severity
    deadline_seconds: float | None
    channels: tuple[Channel, ...]
    missed: tuple[Channel, ...] = ()
    update_seconds: float = 4 * HOUR
    first_takes: tuple[Role, ...] = ()


FIRST_TAKES = (Role.RESOLVER, Role.COMMANDER)
"""Whoever is there first resolves and commands, until others come."""

UPDATES: Mapping[Severity, float] = {
    Severity.P0: 30 * MINUTE,
    Severity.P1: HOUR,
    Severity.P2: 4 * HOUR,
    Severity.P3: 24 * HOUR,
}
"""How soon an update follows the one before."""

HANDBOOK_RESPONSES: Mapping[Severity, Response] = {
    Severity.P0: Response(Severity.P0, 0.0, (Channel.PAGE,), (), UPDATES[Severity.P0], FIRST_TAKES),
    Severity.P1: Response(
        Severity.P1,
        15 * MINUTE,
        (Channel.EMAIL, Channel.SLACK),
        (Channel.PAGE,),
        UPDATES[Severity.P1],
        FIRST_TAKES,
    ),
    Severity.P2: Response(Severity.P2, HOUR, (Channel.SLACK,), (Channel.EMAIL, Channel.SLACK), UPDATES[Severity.P2]),
    Severity.P3: Response(Severity.P3, None, (Channel.TICKET,), (Channel.SLACK,), UPDATES[Severity.P3]),
}
"""P0 immediate, page on-call; P1 15 minutes, e-mail and Slack; P2 1 hour, Slack; P3 next business day, ticket."""


@dataclass(frozen=True, slots=True)
class SeverityPolicy:
    """What severity labels mean, and what each severity asks of people. `services` empty: of all others."""

    name: str
    labels: Mapping[str, Severity] = field(default_factory=lambda: SEVERITY_LABELS)
    unnamed: Severity = UNNAMED
    responses: Mapping[Severity, Response] = field(default_factory=lambda: HANDBOOK_RESPONSES)
    business_hours: str = ""
    services: tuple[str, ...] = ()
    duties: Duties = field(default_factory=lambda: HANDBOOK_DUTIES)
    location: Location = field(default_factory=lambda: Location(""))

    def severity_of(self, label: str) -> Severity:
        """What a severity label means, in upper or lower case."""
        return self.labels.get(label.lower(), self.unnamed)


HANDBOOK_SEVERITIES = SeverityPolicy("handbook")
