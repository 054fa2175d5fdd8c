"""What people decide about messages to others: drafts, what is sent to whom, promises, subscriptions."""

from dataclasses import dataclass

from covet_sre.incident.stakeholders import Interest
from covet_sre.incident.templates import MessageKind

FieldValues = tuple[tuple[str, str], ...]
"""(field's name, what is written there)."""


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Keep what somebody has written so far. `version` is the draft that they saw: an older one is refused."""

    incident: str
    actor: str
    kind: MessageKind
    fields: FieldValues
    version: int


@dataclass(frozen=True, slots=True)
class SendMessage:
    """Send one of the three messages. `audiences` are keys as `audiences.audiences_of` gives them.

    `public` is the text of the status page, which nothing is copied into; empty where it is told nothing. `confirmed`:
    somebody saw that mandatory fields are empty. `public_why` is why what looks like an internal name may stand in the
    public text.
    """

    incident: str
    actor: str
    kind: MessageKind
    fields: FieldValues
    version: int
    audiences: tuple[str, ...]
    public: str = ""
    confirmed: bool = False
    public_why: str = ""


@dataclass(frozen=True, slots=True)
class PromiseUpdate:
    """Promise the next update for another time, without a message. `at` as a draft's ETA: a time, or `30m`."""

    incident: str
    actor: str
    at: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class SubscribeToMessages:
    """`identity` is new and cannot be guessed; `person` is who is told, by `target`."""

    identity: str
    actor: str
    person: str
    interest: Interest
    target: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class UnsubscribeFromMessages:
    """Whoever has the identity may."""

    identity: str
    actor: str


MessageCommand = SaveDraft | SendMessage | PromiseUpdate
SubscriptionCommand = SubscribeToMessages | UnsubscribeFromMessages
