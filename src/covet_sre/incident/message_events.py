"""What stands on a timeline about what was said to others: messages word for word, and the update that is promised."""

from dataclasses import dataclass

from covet_sre.incident.templates import MessageKind


@dataclass(frozen=True, slots=True)
class MessageSent:
    """`text` is what was sent, word for word; `told` is to how many; `public` is what the status page was given.

    `audiences` are who was meant, in words. `missing` are the fields that were empty, and that somebody confirmed.
    """

    number: int
    kind: MessageKind
    text: str
    audiences: tuple[str, ...]
    told: int
    public: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UpdatePromised:
    """The next update is promised for then."""

    due_at: float
    why: str = ""


@dataclass(frozen=True, slots=True)
class UpdateReminded:
    """`person` was reminded of the update that was promised for `due_at`; nobody where there is nobody to remind.

    `is_last`: nobody else is left to be reminded of this promise.
    """

    due_at: float
    person: str
    as_what: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class ChannelMade:
    """The incident has a channel of its own: `channel` is its id there, `name` what people see."""

    target: str
    channel: str
    name: str


@dataclass(frozen=True, slots=True)
class ChannelArchived:
    target: str
    channel: str


MessageEvent = MessageSent | UpdatePromised | UpdateReminded | ChannelMade | ChannelArchived

MESSAGE_EVENTS = (MessageSent, UpdatePromised, UpdateReminded, ChannelMade, ChannelArchived)
