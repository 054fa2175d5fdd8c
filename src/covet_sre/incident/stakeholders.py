"""Who wants to hear of incidents without working on them: lists in the files, and people's own subscriptions."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from covet_sre.alerting.severity import Severity
from covet_sre.errors import Location
from covet_sre.incident.templates import MessageKind

ALL_MESSAGES = tuple(MessageKind)


@dataclass(frozen=True, slots=True)
class Interest:
    """`services` empty: all of them. `at_least` is the least urgent severity that matters."""

    services: tuple[str, ...] = ()
    at_least: Severity = Severity.P3
    messages: tuple[MessageKind, ...] = ALL_MESSAGES

    def covers(self, service: str, severity: Severity, kind: MessageKind) -> bool:
        is_of_service = not self.services or service in self.services
        return is_of_service and severity.rank <= self.at_least.rank and kind in self.messages


@dataclass(frozen=True, slots=True)
class StakeholderList:
    """Declared in files. `targets` are told as they are; `people` by their own ways; `emails` through `through`."""

    name: str
    title: str
    interest: Interest
    targets: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    through: str = ""
    location: Location = field(default_factory=lambda: Location(""))


@dataclass(frozen=True, slots=True)
class Subscription:
    """Somebody's own, a record. `identity` cannot be guessed: whoever has it, in a link, may end it.

    `target` is a declared target that carries it, `address` what it must know: an e-mail address, a Slack member id;
    empty for a webhook and for a channel.
    """

    identity: str
    person: str
    interest: Interest
    target: str
    made_at: float
    address: str = ""

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        return None

    @property
    def link(self) -> str:
        """The path of the page on which it can be ended."""
        return f"/subscriptions/{self.identity}/end"


def interested(
    subscriptions: Iterable[Subscription], service: str, severity: Severity, kind: MessageKind
) -> list[Subscription]:
    """Those who want this message, in the order in which they subscribed."""
    found = [one for one in subscriptions if one.interest.covers(service, severity, kind)]
    return sorted(found, key=lambda one: (one.made_at, one.identity))
