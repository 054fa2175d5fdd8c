"""Who was told of an incident, how, and what became of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from covet_sre.incident.outgoing import Delivery, Outgoing, Purpose
from covet_sre.incident.said import message_key
from covet_sre.web.incidents import words
from covet_sre.web.incidents.words import Badge

_OUTCOMES = {
    Delivery.WAITING: Badge("Waits", "warning"),
    Delivery.CLAIMED: Badge("On its way", "warning"),
    Delivery.DELIVERED: Badge("Delivered", "ok"),
    Delivery.FAILED: Badge("Failed", "critical"),
    Delivery.CANCELLED: Badge("Not needed", "unknown"),
}

_PURPOSES = {
    Purpose.TRIGGER: "asked",
    Purpose.ACKNOWLEDGE: "told who takes care",
    Purpose.RESOLVE: "told that it is over",
    Purpose.UPDATE: "told the news",
    Purpose.TEST: "tried",
    Purpose.HEARTBEAT: "a heartbeat",
    Purpose.NOTICE: "told",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One notification and what became of it."""

    when: str
    machine: str
    whom: str
    how: str
    purpose: str
    outcome: Badge
    detail: str


def told_beside_messages(notifications: Iterable[Outgoing]) -> tuple[Told, ...]:
    """All but those that carry one of the three messages: they stand with it."""
    return tuple(told(one) for one in notifications if not one.key.startswith(f"{one.incident}/message/"))


def told_of_message(notifications: Iterable[Outgoing], incident: str, number: int) -> tuple[Told, ...]:
    """Those that carry one message."""
    start = message_key(incident, number)
    return tuple(told(one) for one in notifications if one.key.startswith(start))


def told(each: Outgoing) -> Told:
    tried = f"{each.tries} attempts" if each.tries > 1 else ""
    unknown = f"{each.unknowns} without an answer" if each.unknowns else ""
    subject = each.notice.subject.removeprefix(f"{each.incident}: ") if each.notice and not _is_message(each) else ""
    detail = "; ".join(part for part in (subject, each.detail, tried, unknown) if part)
    by = words.CHANNEL_WORDS[each.channel]
    whom = each.person or each.address or each.current_target
    return Told(
        words.clock(each.due_at),
        words.machine(each.due_at),
        whom,
        f"{by} by {each.current_target}" if whom != each.current_target else by,
        _PURPOSES[each.purpose],
        _OUTCOMES[each.delivery],
        detail,
    )


def _is_message(each: Outgoing) -> bool:
    return each.key.startswith(f"{each.incident}/message/")
