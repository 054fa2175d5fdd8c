"""What leaves: one row for each (incident, episode, step, target, channel), and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from covet_sre.oncall.target import Channel


class Purpose(StrEnum):
    """What a notification is for. TRIGGER asks somebody; NOTICE says what stands in it; the others tell those who were
    asked how it went on."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    UPDATE = "update"
    TEST = "test"
    HEARTBEAT = "heartbeat"
    NOTICE = "notice"


class Delivery(StrEnum):
    """Where a notification stands. UNKNOWN will be sent again, with the same key."""

    WAITING = "waiting"
    CLAIMED = "claimed"
    DELIVERED = "delivered"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (Delivery.DELIVERED, Delivery.FAILED, Delivery.CANCELLED)


class Outcome(StrEnum):
    """What a target made of one attempt.

    REFUSED: it will never take this (400). BUSY: later, not our fault (429, 5xx with Retry-After). FAILED: it did not
    take it, and may (connection refused, 5xx). UNKNOWN: something was sent, and no answer came.
    """

    DELIVERED = "delivered"
    REFUSED = "refused"
    BUSY = "busy"
    FAILED = "failed"
    UNKNOWN = "unknown"

    @property
    def is_delivered(self) -> bool:
        return self is Outcome.DELIVERED


@dataclass(frozen=True, slots=True)
class Receipt:
    """One attempt's outcome. `reference` is the target's own name for what was made there (a message, a ticket)."""

    outcome: Outcome
    detail: str = ""
    reference: str = ""
    retry_after_seconds: float | None = None


UNHEARD = Receipt(Outcome.UNKNOWN, "the attempt did not come back")
"""For an attempt whose process died, or was stopped for too long."""


NOT_BEGUN = Receipt(Outcome.FAILED, "it was not begun in time")
"""For an attempt that may not begin any more: see `may_begin`. That is no fault of its target."""


class RoomChange(StrEnum):
    """What is done to a channel that an incident has of its own."""

    CREATE = "create"
    TOPIC = "topic"
    INVITE = "invite"
    ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Room:
    """An incident's own channel, and what is done to it. `channel` is its id; `name` is what a new one is called."""

    change: RoomChange
    name: str = ""
    channel: str = ""
    topic: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notification says by itself, where that is not worked out from an incident when it leaves.

    `subject` is one line, `text` is plain text of several; `link` is where there is more. `unsubscribe` is the address
    at which the recipient ends what they subscribed to. Both may be empty.
    """

    subject: str
    text: str
    link: str = ""
    unsubscribe: str = ""
    room: Room | None = None
    """Where a channel is changed, and nothing is said."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One notification. `key` is its idempotency key, the same on every attempt.

    `targets` are tried in order: the next after two definite failures or 20 s. `due_at` is when it should leave,
    `try_at` when it is tried next; `claimed_until` is until when an attempt may be under way. `lead`
    is the key of the notification that carries this one, in a storm. `perhaps` are the targets that may have taken it
    and did not say so: they must hear how it went on, too.
    """

    key: str
    incident: str
    episode: int
    step: int
    channel: Channel
    purpose: Purpose
    targets: tuple[str, ...]
    due_at: float
    try_at: float
    person: str = ""
    address: str = ""
    delivery: Delivery = Delivery.WAITING
    target: int = 0
    since: float | None = None
    tries: int = 0
    failures: int = 0
    unknowns: int = 0
    claimed_until: float = 0.0
    reference: str = ""
    detail: str = ""
    lead: str = ""
    died: int = 0
    """Attempts that ended with their server: they say nothing of the target, and make no pause longer."""
    perhaps: tuple[str, ...] = ()
    not_before: float = 0.0
    """When its person wants it at the earliest: something else tells them before."""
    notice: Notice | None = None
    """What a NOTICE says; it has an incident only where it is about one."""

    @property
    def current_target(self) -> str:
        return self.targets[self.target]

    @property
    def told(self) -> tuple[str, ...]:
        """The targets that took it, or may have."""
        took = (self.current_target,) if self.delivery is Delivery.DELIVERED else ()
        return tuple(dict.fromkeys((*took, *self.perhaps)))

    def is_under_way(self, now: float) -> bool:
        """Whether an attempt may not have come back yet."""
        return self.delivery is Delivery.CLAIMED and now < self.claimed_until

    @property
    def is_first_attempt(self) -> bool:
        """Whether nothing was sent before, to any target, as far as is known."""
        return not (self.failures or self.unknowns or self.target)

    @property
    def is_urgent(self) -> bool:
        """A page asks somebody now: it goes before everything else."""
        return self.purpose is Purpose.TRIGGER and self.channel is Channel.PAGE


def outgoing_key(incident: str, episode: int, step: int, first_target: str, person: str, purpose: Purpose) -> str:
    """Unique per incident, episode, step, target, person and purpose; the same for a repetition."""
    return "/".join((incident, str(episode), str(step), first_target, person or "-", purpose.value))


CLAIM_SECONDS = 26.0
"""An attempt that has not come back after so long may be repeated: its outcome is unknown. It begins within 15 s and
takes 10 at most; and one that a dying process left behind must be made by another within 30 s."""

BEGINS_WITHIN_SECONDS = 15.0
"""An attempt that has not begun so long after it was claimed does not begin: somebody else may have taken it up."""

NEXT_TARGET_AFTER_FAILURES, NEXT_TARGET_AFTER_SECONDS = 2, 20.0
GIVE_UP_SECONDS = 6 * 3600.0
"""A notification that nobody took for so long is recorded as failed."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 300.0


def claimed(outgoing: Outgoing, now: float) -> Outgoing:
    """An attempt begins."""
    since = now if outgoing.since is None else outgoing.since
    until = now + CLAIM_SECONDS
    return replace(
        outgoing, delivery=Delivery.CLAIMED, tries=outgoing.tries + 1, since=since, claimed_until=until, try_at=until
    )


def may_begin(outgoing: Outgoing, now: float) -> bool:
    """Whether a claimed attempt may still begin, however long its process was stopped in between."""
    return now <= outgoing.claimed_until - CLAIM_SECONDS + BEGINS_WITHIN_SECONDS


def attempted(outgoing: Outgoing, receipt: Receipt, now: float) -> Outgoing:
    """An attempt came back: delivered, given up, or to be tried again, perhaps at the next target."""
    detail, reference = receipt.detail, receipt.reference or outgoing.reference
    outgoing = replace(outgoing, detail=detail, reference=reference, claimed_until=0.0)
    if receipt == NOT_BEGUN:
        return replace(outgoing, delivery=Delivery.WAITING, try_at=now + _FIRST_PAUSE_SECONDS)
    match receipt.outcome:
        case Outcome.DELIVERED:
            return replace(outgoing, delivery=Delivery.DELIVERED)
        case Outcome.REFUSED:
            return _at_next_target(outgoing, now) or replace(outgoing, delivery=Delivery.FAILED)
        case Outcome.UNKNOWN:
            outgoing = replace(perhaps_told(outgoing), unknowns=outgoing.unknowns + 1)
        case Outcome.FAILED | Outcome.BUSY:
            outgoing = replace(outgoing, failures=outgoing.failures + 1)
    tried_for = now - (outgoing.since or now)
    if outgoing.failures >= NEXT_TARGET_AFTER_FAILURES or tried_for >= NEXT_TARGET_AFTER_SECONDS:
        moved = _at_next_target(outgoing, now)
        if moved is not None:
            return moved
    if now - outgoing.due_at >= GIVE_UP_SECONDS:
        return replace(outgoing, delivery=Delivery.FAILED)
    pause = min(_FIRST_PAUSE_SECONDS * 2 ** min(max(outgoing.tries - 1 - outgoing.died, 0), 20), _LONGEST_PAUSE_SECONDS)
    pause = max(pause, receipt.retry_after_seconds or 0.0)
    return replace(outgoing, delivery=Delivery.WAITING, try_at=now + pause)


def perhaps_told(outgoing: Outgoing) -> Outgoing:
    """Its target may have taken it."""
    return replace(outgoing, perhaps=tuple(dict.fromkeys((*outgoing.perhaps, outgoing.current_target))))


def _at_next_target(outgoing: Outgoing, now: float) -> Outgoing | None:
    if outgoing.target + 1 >= len(outgoing.targets):
        return None
    return replace(outgoing, delivery=Delivery.WAITING, target=outgoing.target + 1, since=None, failures=0, try_at=now)


@dataclass(frozen=True, slots=True)
class Line:
    """One fact that helps: `label` in a word or two, `text` short, `address` where there is more."""

    label: str
    text: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said, in plain text: each target quotes it in its own way.

    `thread` is what all messages about one incident to one target have in common; `reference` is what the target called
    the first of them. `acknowledge_address` opens a page that asks; opening it changes nothing.
    """

    key: str
    purpose: Purpose
    incident: str
    thread: str
    title: str
    service: str
    severity: str
    state: str
    summary: str
    at: float
    started_at: float
    lines: tuple[Line, ...] = ()
    links: tuple[Line, ...] = ()
    address: str = ""
    acknowledge_address: str = ""
    person: str = ""
    recipient: str = ""
    reference: str = ""
    others: int = 0
    """How many more incidents are bundled into this one notification."""
    labels: Mapping[str, str] = field(default_factory=dict)
    unsubscribe_address: str = ""
    room: Room | None = None
