"""What was said about an incident, and the update that is promised, as its page shows it."""

from dataclasses import dataclass

from covet_sre.flows.incidents import IncidentDetail
from covet_sre.incident.incident import Incident, State
from covet_sre.incident.message_events import MessageSent
from covet_sre.incident.said import SentMessage
from covet_sre.incident.templates import TEMPLATES, MessageKind
from covet_sre.web.addresses import incident_address
from covet_sre.web.incidents import words
from covet_sre.web.incidents.told_rows import Told, told_of_message
from covet_sre.web.incidents.words import Badge
from covet_sre.web.words import listed


@dataclass(frozen=True, slots=True)
class SentRow:
    """One message that was sent, with what became of it."""

    number: int
    title: str
    by: str
    when: str
    machine: str
    to: str
    text: str
    public: str
    outcome: Badge
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Compose:
    """A link to where one of the three is written; the next one is the biggest."""

    title: str
    address: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """`left` is how long until it is due, or by how long it is overdue."""

    at: str
    machine: str
    left: str
    is_overdue: bool
    reminded: str


@dataclass(frozen=True, slots=True)
class CommunicationsPanel:
    composes: tuple[Compose, ...]
    sent: tuple[SentRow, ...]
    promise: PromiseLine | None
    channel: str
    is_open: bool


def communications_panel(detail: IncidentDetail, now: float) -> CommunicationsPanel:
    incident = detail.incident
    following = next_message(incident)
    known = {one.number: one for one in incident.said.messages}
    rows = [
        _row(detail, entry.actor, entry.at, event, known[event.number])
        for entry in reversed(detail.entries)
        if isinstance(event := entry.event, MessageSent)
    ]
    return CommunicationsPanel(
        composes=tuple(
            Compose(TEMPLATES[kind].title, compose_address(incident.identity, kind), kind is following)
            for kind in MessageKind
        )
        if incident.state is not State.MERGED
        else (),
        sent=tuple(rows),
        promise=_promise(incident, now),
        channel=incident.said.channel_name,
        is_open=incident.state.is_open,
    )


def compose_address(identity: str, kind: MessageKind) -> str:
    return f"{incident_address(identity)}/communications/{kind.value}"


def next_message(incident: Incident) -> MessageKind | None:
    """Which of the three comes next: the report first, then updates, in the end the notice; None when all is said."""
    said = incident.said
    if not incident.state.is_open:
        is_over = incident.state in (State.RESOLVED, State.REVIEW_PENDING)
        return MessageKind.RESOLUTION if is_over and said.last(MessageKind.RESOLUTION) is None else None
    return MessageKind.INITIAL if said.last(MessageKind.INITIAL) is None else MessageKind.UPDATE


def _row(detail: IncidentDetail, by: str, at: float, event: MessageSent, sent: SentMessage) -> SentRow:
    return SentRow(
        event.number,
        TEMPLATES[event.kind].title,
        by,
        words.clock(at),
        words.machine(at),
        listed(list(event.audiences)),
        event.text,
        event.public,
        _outcome(sent),
        told_of_message(detail.notifications, detail.incident.identity, event.number),
    )


def _outcome(sent: SentMessage) -> Badge:
    if sent.failed:
        return Badge(f"{sent.failed} of {sent.told} failed", "critical")
    if sent.waiting:
        return Badge(f"{sent.delivered} of {sent.told} delivered", "warning")
    return Badge(f"Delivered to {sent.told}" if sent.told else "Published", "ok")


def _promise(incident: Incident, now: float) -> PromiseLine | None:
    promise = incident.said.promise
    if promise is None or not incident.state.is_open:
        return None
    late = now - promise.due_at
    left = f"in {words.lasted(-late)}" if late < 0 else f"overdue by {words.lasted(late)}"
    reminded = listed([one for one in promise.reminded if one])
    return PromiseLine(words.moment(promise.due_at), words.machine(promise.due_at), left, late >= 0, reminded)
