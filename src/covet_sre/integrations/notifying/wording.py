"""What a message says, in plain words that every target quotes in its own way."""

from datetime import UTC, datetime
from typing import assert_never

from covet_sre.incident.outgoing import Line, Message, Purpose

CLIENT = "Covet SRE"


def headline(message: Message) -> str:
    """One line that says what happened to what."""
    if message.purpose is Purpose.NOTICE:
        return message.title
    about = " ".join(part for part in (message.severity, f"{message.service}:" if message.service else "") if part)
    about = f"{about} {message.title}".strip()
    return f"{_beginning(message.purpose)}{about}"


def _beginning(purpose: Purpose) -> str:
    match purpose:
        case Purpose.TRIGGER | Purpose.NOTICE:
            return ""
        case Purpose.ACKNOWLEDGE:
            return "Acknowledged: "
        case Purpose.RESOLVE:
            return "Resolved: "
        case Purpose.UPDATE:
            return "Update: "
        case Purpose.TEST:
            return "Test: "
        case Purpose.HEARTBEAT:
            return ""
        case _:
            assert_never(purpose)


def others(message: Message) -> str:
    """That more incidents are bundled into this message; empty when none are."""
    match message.others:
        case count if count <= 0:
            return ""
        case 1:
            return "1 more incident is bundled into this message: see the list of open incidents"
        case count:
            return f"{count} more incidents are bundled into this message: see the list of open incidents"


def time_of(at: float) -> str:
    """A time in UTC, to the second; empty for one that no calendar has."""
    try:
        return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OverflowError, ValueError, OSError):
        return ""


def facts(message: Message) -> tuple[Line, ...]:
    """The incident itself and everything that helps, as lines. A notice says by itself what it is about."""
    if message.purpose is Purpose.NOTICE:
        return (*([Line("More", message.address, message.address)] if message.address else []), *message.lines)
    own = (
        Line("Incident", message.incident, message.address),
        Line("State", message.state),
        Line("Since", time_of(message.started_at)),
        Line("For", message.person),
    )
    return (*(line for line in own if line.text), *message.lines)


def whole_text(message: Message) -> str:
    """Everything in plain text, for e-mail, tickets, and where nothing better is taken."""
    parts = [headline(message), message.summary, others(message)]
    parts.append("\n".join(_told(line) for line in facts(message)))
    parts.append("\n".join(_told(line) for line in message.links))
    if message.acknowledge_address:
        parts.append(f"Acknowledge (opens a page that asks): {message.acknowledge_address}")
    if message.unsubscribe_address:
        parts.append(f"Not to be told any more: {message.unsubscribe_address}")
    return "\n\n".join(part for part in parts if part)


def _told(line: Line) -> str:
    text = f"{line.label}: {line.text}" if line.label and line.label != line.text else line.text
    return f"{text} {line.address}" if line.address and line.address not in line.text else text
