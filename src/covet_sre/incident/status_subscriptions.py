"""Subscriptions: asked for by anybody, begun only by whoever reads the address, ended with one key.

Whether an address is subscribed shows nowhere: asking for it always looks the same.
"""

from dataclasses import replace

from covet_sre.errors import NotFound, Refused
from covet_sre.incident.desk import Desk
from covet_sre.incident.status_facts import (
    ConfirmStatusSubscription,
    RemoveStatusSubscriber,
    SubscribeToStatus,
    UnsubscribeFromStatus,
)
from covet_sre.incident.status_mailing import ask_to_confirm, stop_telling
from covet_sre.incident.status_texts import page_of
from covet_sre.status.subscriber import (
    ASK_AGAIN_SECONDS,
    CONFIRM_SECONDS,
    Subscriber,
    SubscriberKind,
    digest,
    identity_of,
    normal_address,
)
from covet_sre.status.texts import LONGEST_REASON, checked_line

MOST_SUBSCRIBERS = 100_000
_SHORTEST_TOKEN = 32


def subscribe(desk: Desk, command: SubscribeToStatus, now: float) -> str:
    """Ask the address to confirm. Raises Refused for what is no address, and NotFound for a component that is none.

    An address is asked once in a quarter of an hour; who is subscribed already confirms only a new choice.
    """
    page = page_of(desk)
    kind = command.kind
    if not (page.mail_target if kind is SubscriberKind.EMAIL else page.takes_webhooks):
        raise Refused(f"the status page takes no subscriptions by {kind}", remedy="see its feeds")
    address = normal_address(kind, command.address)
    components = tuple(dict.fromkeys(page.component(one).identity for one in command.components))
    if min(len(command.token), len(command.key)) < _SHORTEST_TOKEN:
        raise Refused("a token is too short", remedy="please report this")
    identity = identity_of(kind, address)
    before = desk.records(Subscriber).get(identity)
    if before is not None and now - before.asked_at < ASK_AGAIN_SECONDS:
        return identity
    if before is None and len(desk.records(Subscriber)) >= MOST_SUBSCRIBERS:
        raise Refused("there are too many subscribers", remedy="read the feeds meanwhile")
    fresh = Subscriber(identity, kind, address, command.key, now)
    asked = replace(
        before or fresh,
        asked_at=now,
        confirm_digest=digest(command.token),
        expires_at=now + CONFIRM_SECONDS,
        pending_components=components,
    )
    desk.put_record(asked)
    ask_to_confirm(desk, page, asked, command.token, now)
    return identity


def confirm(desk: Desk, command: ConfirmStatusSubscription, now: float) -> str:
    """Begin the subscription, once. Raises Refused for a token that is not, or no longer, the one that was sent."""
    asked = desk.records(Subscriber).get(command.identity)
    if asked is None or not asked.is_confirmed_by(command.token, now):
        raise Refused("this link does not hold any more", remedy="subscribe again")
    desk.put_record(
        replace(
            asked,
            components=asked.pending_components,
            pending_components=(),
            confirm_digest="",
            confirmed_at=asked.confirmed_at or now,
        )
    )
    return asked.identity


def unsubscribe(desk: Desk, command: UnsubscribeFromStatus, now: float) -> str:  # noqa: ARG001 - like every command
    """Forget the subscriber, address and all. A key of nobody changes nothing, and is no error."""
    found = desk.records(Subscriber).get(command.identity)
    if found is not None and found.is_ended_by(command.key):
        stop_telling(desk, found)
        desk.forget_record(found)
    return command.identity


def remove(desk: Desk, command: RemoveStatusSubscriber, now: float) -> str:  # noqa: ARG001 - like every command
    """Somebody who runs the page ends a subscription."""
    checked_line(command.actor, "who does it", 100)
    checked_line(command.reason, "the reason", LONGEST_REASON)
    found = desk.records(Subscriber).get(command.identity)
    if found is None:
        raise NotFound(f"there is no subscriber {command.identity}", remedy="see the list of subscribers")
    stop_telling(desk, found)
    desk.forget_record(found)
    return command.identity


def let_expire(desk: Desk, subscriber: Subscriber, now: float) -> None:
    """Nobody confirmed in time."""
    if now < subscriber.expires_at:
        return
    if subscriber.is_confirmed:
        desk.put_record(replace(subscriber, confirm_digest="", pending_components=()))
    else:
        desk.forget_record(subscriber)
