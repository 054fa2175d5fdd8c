"""What was said about an incident, as its timeline tells of it: messages, the promised update, its channel."""

from dataclasses import dataclass, replace
from typing import assert_never

from covet_sre.incident.message_events import (
    ChannelArchived,
    ChannelMade,
    MessageEvent,
    MessageSent,
    UpdatePromised,
    UpdateReminded,
)
from covet_sre.incident.templates import MessageKind

REMIND_AGAIN_SECONDS = 300.0
"""After so long the next one is reminded of a promise that is not kept."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """`told` is to how many it went; `delivered` and `failed` are what is known of them by now."""

    number: int
    kind: MessageKind
    by: str
    at: float
    told: int
    delivered: int = 0
    failed: int = 0

    @property
    def waiting(self) -> int:
        return max(self.told - self.delivered - self.failed, 0)


@dataclass(frozen=True, slots=True)
class Promise:
    """An update is promised for `due_at`. `reminded` are those who were reminded of it, in order."""

    due_at: float
    reminded: tuple[str, ...] = ()
    reminded_at: float = 0.0
    is_over: bool = False

    @property
    def remind_at(self) -> float | None:
        """When the next one is reminded, None when nobody is any more."""
        if self.is_over:
            return None
        return self.reminded_at + REMIND_AGAIN_SECONDS if self.reminded else self.due_at


@dataclass(frozen=True, slots=True)
class Said:
    """`channel` is the id of the incident's own channel at the target `channel_target`; empty while there is none."""

    messages: tuple[SentMessage, ...] = ()
    promise: Promise | None = None
    channel: str = ""
    channel_name: str = ""
    channel_target: str = ""
    channel_is_over: bool = False

    def last(self, *kinds: MessageKind) -> SentMessage | None:
        return next((one for one in reversed(self.messages) if one.kind in kinds), None)


def message_key(incident: str, number: int) -> str:
    """What the keys of all notifications of one message begin with."""
    return f"{incident}/message/{number}/"


def said_after(said: Said, event: MessageEvent, at: float, actor: str) -> Said:
    match event:
        case MessageSent(number, kind, _, _, told):
            sent = SentMessage(number, kind, actor, at, told)
            promise = None if kind is MessageKind.RESOLUTION else said.promise
            return replace(said, messages=(*said.messages, sent), promise=promise)
        case UpdatePromised(due_at):
            return replace(said, promise=Promise(due_at))
        case UpdateReminded():
            return replace(said, promise=_reminded(said.promise, event, at))
        case ChannelMade(target, channel, name):
            return replace(said, channel=channel, channel_name=name, channel_target=target, channel_is_over=False)
        case ChannelArchived():
            return replace(said, channel_is_over=True)
        case _:
            assert_never(event)


def nothing_promised(said: Said) -> Said:
    """It is over: nobody waits for an update any more."""
    return replace(said, promise=None) if said.promise is not None else said


def came_to(said: Said, incident: str, key: str, *, is_delivered: bool) -> Said:
    """What became of one notification, where it belongs to a message."""
    start = f"{incident}/message/"
    number = key.removeprefix(start).partition("/")[0] if key.startswith(start) else ""
    if not number.isdecimal():
        return said
    delivered, failed = (1, 0) if is_delivered else (0, 1)
    messages = tuple(
        replace(one, delivered=one.delivered + delivered, failed=one.failed + failed)
        if one.number == int(number)
        else one
        for one in said.messages
    )
    return replace(said, messages=messages)


def _reminded(promise: Promise | None, event: UpdateReminded, at: float) -> Promise | None:
    if promise is None or promise.due_at != event.due_at:
        return promise
    return replace(promise, reminded=(*promise.reminded, event.person), reminded_at=at, is_over=event.is_last)
