"""People who subscribe to messages, and who end it."""

import re

from covet_sre.errors import NotFound, Refused
from covet_sre.incident.checking import check_text
from covet_sre.incident.desk import Desk
from covet_sre.incident.message_facts import SubscribeToMessages, SubscriptionCommand, UnsubscribeFromMessages
from covet_sre.incident.stakeholders import Subscription
from covet_sre.oncall.target import NotificationTarget, TargetKind

MOST_SUBSCRIPTIONS = 10_000
_SHORTEST_IDENTITY = 16
_EMAIL = re.compile(r"[^@\s<>(),;:\"\\\[\]\x00-\x1f]{1,64}@[A-Za-z0-9]([A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}")


def change_subscriptions(desk: Desk, command: SubscriptionCommand, now: float) -> str:
    """The subscription's identity. Raises NotFound and Refused, and then nothing has changed."""
    match command:
        case SubscribeToMessages():
            subscription = _checked(desk, command, now)
            desk.put_record(subscription)
            return subscription.identity
        case UnsubscribeFromMessages(identity, actor):
            check_text(actor, "who does it", 100)
            known = desk.records(Subscription).get(identity)
            if known is None:
                raise NotFound("there is no such subscription", remedy="nothing is sent to you because of it")
            desk.forget_record(known)
            return identity


def _checked(desk: Desk, command: SubscribeToMessages, now: float) -> Subscription:
    check_text(command.actor, "who does it", 100)
    check_text(command.person, "who is told", 100)
    if len(command.identity) < _SHORTEST_IDENTITY:
        raise Refused("the subscription's identity could be guessed", remedy="please report this with the log")
    for service in command.interest.services:
        if service not in desk.rules.services:
            raise NotFound(f"there is no service {service}", remedy="see the list of services")
    if not command.interest.messages:
        raise Refused("no message is chosen", remedy="choose at least one of the three")
    target = desk.rules.directory.targets.get(command.target)
    if target is None:
        raise NotFound(f"there is no target {command.target}", remedy="see the NotificationTargets in the files")
    address = _address(target, command.address.strip())
    known = desk.records(Subscription)
    if len(known) >= MOST_SUBSCRIPTIONS:
        raise Refused(f"there are {MOST_SUBSCRIPTIONS:,} subscriptions", remedy="have some removed that nobody reads")
    mine = (command.person, command.target, address, command.interest)
    for one in known.values():
        if (one.person, one.target, one.address, one.interest) == mine:
            raise Refused(f"{one.person} has just this subscription already", remedy="nothing more is to be done")
    return Subscription(command.identity, command.person, command.interest, command.target, now, address)


def _address(target: NotificationTarget, address: str) -> str:
    """What the target must know, checked. Raises Refused."""
    match target.kind:
        case TargetKind.EMAIL:
            if not _EMAIL.fullmatch(address):
                raise Refused("that is no e-mail address", remedy="write it like ann@example.com")
        case TargetKind.SLACK:
            if address and not _MEMBER.fullmatch(address):
                raise Refused("that is no Slack member id", remedy="write it like U012AB3CD, or leave it out")
        case TargetKind.WEBHOOK:
            if address:
                raise Refused("a webhook has the address of its declaration", remedy="leave the address out")
        case _:
            raise Refused(f"{target.name} carries no messages", remedy="choose e-mail, Slack or a webhook")
    return address
