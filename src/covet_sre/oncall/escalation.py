"""Escalation: who is asked first, who next, and what is left when nobody answers."""

from dataclasses import dataclass, field
from enum import StrEnum

from covet_sre.errors import Location
from covet_sre.oncall.target import Channel


class RecipientKind(StrEnum):
    """Whom a step names. A schedule gives whoever is on call when the step is due."""

    SCHEDULE = "schedule"
    PERSON = "person"
    TEAM = "team"
    TARGET = "target"


@dataclass(frozen=True, slots=True)
class Recipient:
    kind: RecipientKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}"


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """`delay_seconds` after the step before, or after the beginning."""

    recipients: tuple[Recipient, ...]
    delay_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """Steps that page, one after another, from the first again `repeat` more times, then the catch-all targets."""

    name: str
    steps: tuple[EscalationStep, ...]
    repeat: int = 0
    repeat_after_seconds: float = 300.0
    catch_all: tuple[str, ...] = ()
    location: Location = field(default_factory=lambda: Location(""))


@dataclass(frozen=True, slots=True)
class Reach:
    """One way in which one recipient is told. `targets` are tried one after another; `person` is empty for a team's."""

    channel: Channel
    targets: tuple[str, ...]
    person: str = ""
    address: str = ""
    """What the target must know about the person: an e-mail address, a Slack member id."""
    after_seconds: float = 0.0
    """How much later than the others of its step."""
    by_own_rule: bool = False
    """The person wants to be told so whatever the channel: once is enough."""
