"""A desk with a status page and subscribers, on a clock that the test moves."""

from dataclasses import replace

from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Outgoing, Purpose
from covet_sre.incident.rules import Rules
from covet_sre.incident.status_facts import ConfirmStatusSubscription, SubscribeToStatus
from covet_sre.status.page import Component, StatusPage
from covet_sre.status.subscriber import Subscriber, SubscriberKind
from tests.incident.house import START, House, rules

PAGE = StatusPage(
    name="public",
    title="Example status",
    address="https://status.example.com",
    time_zone="Europe/London",
    components=(
        Component("ordering", "Ordering", services=("api", "database")),
        Component("search", "Search", services=("shop",)),
        Component("support", "Customer support", manual=True),
    ),
    mail_target="mailbox",
    takes_webhooks=True,
    subscribe_address="https://status.example.com",
)


def with_page(page: StatusPage | None = PAGE) -> Rules:
    return replace(rules(), status_page=page)


class PublicHouse(House):
    def __init__(self) -> None:
        super().__init__(Desk(with_page()))

    def subscribe(self, number: int, *components: str, kind: SubscriberKind = SubscriberKind.EMAIL) -> str:
        """A confirmed subscriber."""
        address = (
            f"reader{number}@example.org" if kind is SubscriberKind.EMAIL else f"https://example.org/hook/{number}"
        )
        token = f"token-{number:05}".ljust(43, "x")
        identity = self.do(SubscribeToStatus(kind, address, token, f"key-{number:05}".ljust(43, "y"), components))
        self.do(ConfirmStatusSubscription(identity, token))
        self.sent.clear()
        return identity

    @property
    def notices(self) -> list[Outgoing]:
        return [one for one in self.sent if one.purpose is Purpose.NOTICE]

    def subscriber(self, identity: str) -> Subscriber:
        return self.desk.records(Subscriber)[identity]


BEGIN = START
