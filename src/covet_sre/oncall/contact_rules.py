"""How a person wants to be told: by what, in which order, and after how long, for a page and for what can wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from covet_sre.oncall.target import Channel


class Urgency(StrEnum):
    """A page wakes somebody; everything else is low."""

    PAGE = "page"
    LOW = "low"


_URGENCIES: Mapping[Channel, Urgency] = {
    Channel.PAGE: Urgency.PAGE,
    Channel.EMAIL: Urgency.LOW,
    Channel.SLACK: Urgency.LOW,
}


def urgency_of(channel: Channel) -> Urgency | None:
    """None for tickets: they are a list of work, and tell nobody."""
    return _URGENCIES.get(channel)


@dataclass(frozen=True, slots=True)
class ContactStep:
    """`target` names a NotificationTarget; it is used `after_seconds` after the person is first told."""

    target: str
    after_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ContactRules:
    """A person's own rules, which count before what the files say. Without steps of an urgency, the files count.

    `addresses` are `email` and `slack`, where they differ from the files'. `revision` counts from 1.
    """

    person: str
    page: tuple[ContactStep, ...] = ()
    low: tuple[ContactStep, ...] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    changed_at: float = 0.0
    revision: int = 1

    @property
    def identity(self) -> str:
        return self.person

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        return None

    def steps(self, urgency: Urgency) -> tuple[ContactStep, ...]:
        return self.page if urgency is Urgency.PAGE else self.low
