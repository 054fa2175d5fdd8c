"""News to subscribers, batch by batch: what lies on the desk for them is bounded, whatever their number."""

from dataclasses import replace

from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Delivery, Notice, Outgoing, Purpose
from covet_sre.oncall.target import SUBSCRIBER_WEBHOOK, Channel
from covet_sre.status.mailing import BATCH, PAUSE_SECONDS, Mailing
from covet_sre.status.page import StatusPage
from covet_sre.status.subscriber import Subscriber, SubscriberKind

_KEY = "status/"


def tell_subscribers(
    desk: Desk, identity: str, subject: str, text: str, link: str, components: tuple[str, ...], now: float
) -> None:
    """Begin to tell everybody who wants to hear of these components. `identity` is unique for each news."""
    if any(one.is_confirmed for one in desk.records(Subscriber).values()):
        desk.put_record(Mailing(identity, subject, text, link, components, now, now))


def send_batch(desk: Desk, mailing: Mailing, now: float) -> None:
    """As many as there is room for; the rest later."""
    page = desk.rules.status_page
    if page is None:
        desk.forget_record(mailing)
        return
    room = BATCH - sum(key.startswith(_KEY) for key in desk.outgoing)
    waiting = sorted(one for one in desk.records(Subscriber) if one > mailing.after)
    for number, identity in enumerate(waiting):
        subscriber = desk.records(Subscriber)[identity]
        if room <= 0:
            after = waiting[number - 1] if number else mailing.after
            desk.put_record(replace(mailing, after=after, due=now + PAUSE_SECONDS))
            return
        if subscriber.wants(mailing.components) and (subscriber.confirmed_at or 0.0) <= mailing.made_at:
            room -= _tell(desk, page, subscriber, f"{_KEY}{mailing.identity}/{identity}", mailing, now)
    desk.forget_record(mailing)


def ask_to_confirm(desk: Desk, page: StatusPage, subscriber: Subscriber, token: str, now: float) -> None:
    """Send the link that confirms a subscription."""
    link = f"{page.subscribe_address}/confirm/{subscriber.identity}/{token}"
    text = (
        f"Somebody, you perhaps, asked that news of {page.title} be sent to this address.\n"
        "Open the link within a day to confirm it. If it was not you, do nothing: you will hear no more of it."
    )
    notice = Notice(f"{page.title}: please confirm your subscription", text, link)
    _put(desk, page, subscriber, f"status-confirm/{subscriber.identity}/{subscriber.confirm_digest[:16]}", notice, now)


def stop_telling(desk: Desk, subscriber: Subscriber) -> None:
    """What is on its way to them need not leave any more."""
    for outgoing in list(desk.outgoing.values()):
        mine = outgoing.key.startswith(_KEY) and outgoing.key.endswith(f"/{subscriber.identity}")
        if mine and outgoing.delivery is Delivery.WAITING:
            desk.put_outgoing(replace(outgoing, delivery=Delivery.CANCELLED, detail="no longer subscribed"))


def end_address(page: StatusPage, subscriber: Subscriber) -> str:
    """Where the subscription is ended."""
    return f"{page.subscribe_address}/unsubscribe/{subscriber.identity}/{subscriber.key}"


def _tell(desk: Desk, page: StatusPage, subscriber: Subscriber, key: str, mailing: Mailing, now: float) -> bool:
    notice = Notice(mailing.subject, mailing.text, mailing.link, end_address(page, subscriber))
    return _put(desk, page, subscriber, key, notice, now)


def _put(desk: Desk, page: StatusPage, subscriber: Subscriber, key: str, notice: Notice, now: float) -> bool:
    """Whether there is a way to tell them: the files may have changed since they subscribed."""
    is_mail = subscriber.kind is SubscriberKind.EMAIL
    target = page.mail_target if is_mail else SUBSCRIBER_WEBHOOK if page.takes_webhooks else ""
    if not target:
        return False
    desk.put_outgoing(
        Outgoing(
            key=key,
            incident="",
            episode=0,
            step=0,
            channel=Channel.EMAIL,
            purpose=Purpose.NOTICE,
            targets=(target,),
            due_at=now,
            try_at=now,
            # A webhook's target must know whose it is: its secret depends on that.
            address=subscriber.address if is_mail else f"{subscriber.address}#{subscriber.subscription}",
            notice=notice,
        )
    )
    return True
