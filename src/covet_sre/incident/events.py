"""What stands on an incident's timeline. An incident is the fold of these: see `incident.incident`."""

from dataclasses import dataclass
from enum import StrEnum

from covet_sre.alerting.severity import Severity
from covet_sre.incident.message_events import MESSAGE_EVENTS, MessageEvent
from covet_sre.incident.plan import Plan
from covet_sre.incident.role_events import ROLE_EVENTS, RoleEvent


class Moment(StrEnum):
    """The times of an incident that people may correct. Each is at or after the one before."""

    IMPACT = "impact"
    DETECTED = "detected"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Opened:
    """An incident began. `impact_at` is when users began to be hurt, as far as is known."""

    service: str
    severity: Severity
    title: str
    impact_at: float
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class AlertJoined:
    """`why` says by which rule the alert belongs here. `number` counts the incident's alerts with it.

    Of an incident's many alerts the first fifty stand here one by one, then each doubling; all of them have a record.
    """

    alert: str
    name: str
    severity: Severity
    why: str
    number: int
    is_symptom: bool = False


@dataclass(frozen=True, slots=True)
class AlertEnded:
    """`firing` is how many of the incident's alerts still fire that are no symptoms."""

    alert: str
    name: str
    firing: int


@dataclass(frozen=True, slots=True)
class AlertMoved:
    """An alert went from one incident `to` another: it stands on both timelines, with what each has then."""

    alert: str
    to: str
    alerts: int
    firing: int
    why: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class SeverityChanged:
    """`title` is what the incident is called from now on: the most urgent alert says best what is wrong."""

    before: Severity
    after: Severity
    why: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class EpisodeBegan:
    """People are asked, from the first step on. `plan` is what the policies said at that moment."""

    episode: int
    plan: Plan
    deadline_at: float | None


@dataclass(frozen=True, slots=True)
class StepTaken:
    """A step was due and people are being told: each `told` is "person by target"."""

    episode: int
    step: int
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepUnroutable:
    """A step was due and there was nobody to tell: it was passed on at once."""

    episode: int
    step: int
    why: str


@dataclass(frozen=True, slots=True)
class StepCancelled:
    """A step was due and nobody needed to be told any more."""

    episode: int
    step: int
    why: str


@dataclass(frozen=True, slots=True)
class StepHeld:
    """A step waits: everything that fires is silenced until then."""

    episode: int
    step: int
    until: float
    why: str


@dataclass(frozen=True, slots=True)
class StepsMissed:
    """Steps fell due while nothing ran: the last of them is taken, the others are not replayed."""

    episode: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class DeadlineMissed:
    """Nobody acknowledged in time."""

    episode: int


@dataclass(frozen=True, slots=True)
class Told:
    """A notification was delivered."""

    key: str
    target: str
    person: str
    purpose: str
    tries: int


@dataclass(frozen=True, slots=True)
class NotTold:
    """A notification could not be delivered, or need not be any more. `outcome` is failed, cancelled or unknown."""

    key: str
    target: str
    person: str
    purpose: str
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody takes care. `via` is the door: page, command line, API, PagerDuty, Slack, link."""

    via: str


@dataclass(frozen=True, slots=True)
class Assigned:
    person: str


@dataclass(frozen=True, slots=True)
class NoteAdded:
    text: str


@dataclass(frozen=True, slots=True)
class MitigationBegan:
    pass


@dataclass(frozen=True, slots=True)
class Mitigated:
    """Users are no longer hurt; the cause may still be there."""

    how: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """`by_alerts`: all its alerts were over for long enough."""

    how: str
    by_alerts: bool = False


@dataclass(frozen=True, slots=True)
class ReviewAsked:
    """A post-incident review is due."""


@dataclass(frozen=True, slots=True)
class Closed:
    why: str


@dataclass(frozen=True, slots=True)
class FalseAlarm:
    why: str


@dataclass(frozen=True, slots=True)
class Reopened:
    why: str


@dataclass(frozen=True, slots=True)
class TimeCorrected:
    moment: Moment
    before: float | None
    after: float
    reason: str


@dataclass(frozen=True, slots=True)
class MergedInto:
    """This incident's alerts and story go on in another one."""

    other: str
    why: str


@dataclass(frozen=True, slots=True)
class TookIn:
    """Another incident was merged into this one."""

    other: str
    why: str


@dataclass(frozen=True, slots=True)
class TicketMade:
    target: str
    reference: str
    address: str


Event = (
    Opened
    | AlertJoined
    | AlertEnded
    | AlertMoved
    | SeverityChanged
    | EpisodeBegan
    | StepTaken
    | StepUnroutable
    | StepCancelled
    | StepHeld
    | StepsMissed
    | DeadlineMissed
    | Told
    | NotTold
    | Acknowledged
    | Assigned
    | NoteAdded
    | MitigationBegan
    | Mitigated
    | Resolved
    | ReviewAsked
    | Closed
    | FalseAlarm
    | Reopened
    | TimeCorrected
    | MergedInto
    | TookIn
    | TicketMade
    | RoleEvent
    | MessageEvent
)

KINDS: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        *(Opened, AlertJoined, AlertEnded, AlertMoved, SeverityChanged, EpisodeBegan, StepTaken, StepUnroutable),
        *(StepCancelled, StepHeld, StepsMissed, DeadlineMissed, Told, NotTold, Acknowledged, Assigned, NoteAdded),
        *(MitigationBegan, Mitigated, Resolved, ReviewAsked, Closed, FalseAlarm, Reopened, TimeCorrected),
        *(MergedInto, TookIn, TicketMade),
        *ROLE_EVENTS,
        *MESSAGE_EVENTS,
    )
}
"""By the name under which a timeline keeps them."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline. `actor` is a person's name, or `covet-sre`. `digest` chains it to all lines before it."""

    incident: str
    position: int
    at: float
    actor: str
    event: Event
    digest: str = ""


US = "covet-sre"
"""The actor of what nobody did by hand."""
