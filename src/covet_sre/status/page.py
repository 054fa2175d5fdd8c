"""The status page as the files declare it: what it is called, and the components that the public is told of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from covet_sre.errors import Location, NotFound
from covet_sre.status.rules import DEFAULT_RULES, StateRule


@dataclass(frozen=True, slots=True)
class Component:
    """One line of the page. Everything but `services`, `slos` and `uptime_slos` is public.

    `slos` are names of objectives whose alerts and budgets bear on its state, `uptime_slos` those whose events are its
    uptime; incidents of `services` bear on it. `manual`: nothing but people changes its state. Uptime before `since`
    is not shown.
    """

    identity: str
    name: str
    description: str = ""
    group: str = ""
    services: tuple[str, ...] = ()
    slos: tuple[str, ...] = ()
    uptime_slos: tuple[str, ...] = ()
    rules: tuple[StateRule, ...] = DEFAULT_RULES
    manual: bool = False
    since: date | None = None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """`address` is where the public reads it, `subscribe_address` the base under which subscriptions are answered; both
    without a slash at the end, and the second empty where nobody can subscribe.

    `mail_target` names the NotificationTarget of mails to subscribers, empty for none.
    """

    name: str
    title: str
    address: str
    description: str = ""
    support: str = ""
    time_zone: str = "UTC"
    components: tuple[Component, ...] = ()
    mail_target: str = ""
    takes_webhooks: bool = False
    subscribe_address: str = ""
    location: Location = field(default_factory=lambda: Location(""))

    def component(self, identity: str) -> Component:
        """Raises NotFound."""
        for one in self.components:
            if one.identity == identity:
                return one
        known = ", ".join(one.identity for one in self.components)
        raise NotFound(f"the status page has no component {identity!r}", remedy=f"it has {known}")

    def names(self, identities: Iterable[str]) -> tuple[str, ...]:
        """The public names of components, in the page's order; those that the files no longer have are left out."""
        wanted = set(identities)
        return tuple(one.name for one in self.components if one.identity in wanted)

    def written_time(self, at: float) -> str:
        """`26 Nov 2026, 18:40 CET`: on the clock of the page's time zone."""
        return f"{datetime.fromtimestamp(at, ZoneInfo(self.time_zone)):%-d %b %Y, %H:%M %Z}"

    @property
    def public_texts(self) -> tuple[str, ...]:
        """Everything in the declaration that the public reads: words in it are no secrets."""
        own = (self.title, self.description, self.support, self.address)
        return own + tuple(text for one in self.components for text in (one.name, one.description, one.group))
