"""What happens to the desk, beside reports of alerts and the time that passes: people decide, deliveries come back."""

from dataclasses import dataclass

from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence
from covet_sre.incident.events import Moment
from covet_sre.incident.message_facts import MessageCommand, SubscriptionCommand
from covet_sre.incident.outgoing import Receipt
from covet_sre.incident.role_facts import RoleCommand
from covet_sre.incident.status_facts import StatusCommand


@dataclass(frozen=True, slots=True)
class Declare:
    """Somebody declares an incident by hand."""

    actor: str
    service: str
    severity: Severity
    title: str
    impact_at: float | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    incident: str
    actor: str
    via: str = "page"


@dataclass(frozen=True, slots=True)
class AcknowledgeAlert:
    """The sender of an alert, by the alert's key, says that somebody takes care: of the incident that holds it."""

    key: str
    actor: str
    via: str


@dataclass(frozen=True, slots=True)
class AddNote:
    incident: str
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class ChangeSeverity:
    incident: str
    actor: str
    severity: Severity
    why: str


@dataclass(frozen=True, slots=True)
class Assign:
    incident: str
    actor: str
    person: str


@dataclass(frozen=True, slots=True)
class Mitigate:
    """`done` false: work on it begins; true: users are no longer hurt."""

    incident: str
    actor: str
    how: str = ""
    done: bool = True


@dataclass(frozen=True, slots=True)
class Resolve:
    incident: str
    actor: str
    how: str


@dataclass(frozen=True, slots=True)
class Close:
    incident: str
    actor: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class CallFalseAlarm:
    incident: str
    actor: str
    why: str


@dataclass(frozen=True, slots=True)
class Reopen:
    incident: str
    actor: str
    why: str


@dataclass(frozen=True, slots=True)
class CorrectTime:
    incident: str
    actor: str
    moment: Moment
    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Split:
    """Take alerts out of an incident into one of their own."""

    incident: str
    actor: str
    alerts: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Merge:
    """Everything of `incident` goes on in `into`."""

    incident: str
    actor: str
    into: str
    why: str


@dataclass(frozen=True, slots=True)
class SetSilence:
    """Make a silence, or change the one of the same identity."""

    silence: Silence


@dataclass(frozen=True, slots=True)
class ExpireSilence:
    identity: str
    actor: str


@dataclass(frozen=True, slots=True)
class EndReconciling:
    """The database was restored, and what it says has been looked into: escalation goes on as usual."""

    actor: str


Command = (
    Declare
    | Acknowledge
    | AcknowledgeAlert
    | AddNote
    | ChangeSeverity
    | Assign
    | Mitigate
    | Resolve
    | Close
    | CallFalseAlarm
    | Reopen
    | CorrectTime
    | Split
    | Merge
    | SetSilence
    | ExpireSilence
    | RoleCommand
    | MessageCommand
    | SubscriptionCommand
    | EndReconciling
    | StatusCommand
)
"""What people decide."""


@dataclass(frozen=True, slots=True)
class CameBack:
    """An attempt to deliver a notification came back. `tries` is which attempt: an older one is no news unless it
    arrived, at `target`.
    """

    key: str
    tries: int
    receipt: Receipt
    target: str = ""
