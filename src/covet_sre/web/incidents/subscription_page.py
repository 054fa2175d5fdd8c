"""Who is told of incidents without working on them: one's own subscriptions, and ending one by its link."""

from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.alerting.severity import TITLES, Severity
from covet_sre.errors import Refused
from covet_sre.flows.acting import own_name
from covet_sre.flows.communications import may_end
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.incident.message_facts import SubscribeToMessages
from covet_sre.incident.stakeholders import ALL_MESSAGES, Interest, Subscription
from covet_sre.incident.templates import TEMPLATES, MessageKind
from covet_sre.oncall.target import TargetKind
from covet_sre.web.incidents import words
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.shell import Shell, shell
from covet_sre.web.words import listed

Fields = Mapping[str, str]

_KINDS = {TargetKind.EMAIL: "e-mail", TargetKind.SLACK: "Slack", TargetKind.WEBHOOK: "webhook"}


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """`address` of the page that ends it is empty where that is not for whoever looks."""

    person: str
    what: str
    how: str
    since: str
    end_address: str


@dataclass(frozen=True, slots=True)
class SubscriptionsPage:
    shell: Shell
    rows: tuple[SubscriptionRow, ...]
    lists: tuple[tuple[str, str], ...]
    targets: tuple[tuple[str, str], ...]
    services: tuple[str, ...]
    severities: tuple[tuple[str, str], ...]
    messages: tuple[tuple[str, str], ...]
    actor: str
    typed: Fields
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class EndPage:
    """`row` is None where there is no such subscription any more."""

    shell: Shell
    row: SubscriptionRow | None
    address: str


def subscriptions_page(
    reliability: Reliability,
    incidents: Incidents,
    actor: str,
    typed: Fields | None = None,
    trouble: Trouble | None = None,
) -> SubscriptionsPage:
    frame, rules = shell(reliability, "Subscriptions", "incidents"), incidents.rules()
    now = incidents.now()
    known = sorted(incidents.records(Subscription), key=lambda one: (one.made_at, one.identity))
    return SubscriptionsPage(
        shell=frame,
        rows=tuple(_row(one, now) for one in known),
        lists=tuple((one.title, _what(one.interest)) for one in rules.stakeholders.values()),
        targets=tuple(
            (name, _KINDS[one.kind]) for name, one in sorted(rules.directory.targets.items()) if one.kind in _KINDS
        ),
        services=tuple(sorted(rules.services)),
        severities=tuple((each.value, TITLES[each]) for each in Severity),
        messages=tuple((each.value, TEMPLATES[each].title) for each in MessageKind),
        actor=actor,
        typed=typed or {},
        trouble=trouble,
    )


def end_page(reliability: Reliability, incidents: Incidents, identity: str) -> EndPage:
    frame = shell(reliability, "Not to be told any more", "incidents")
    found = incidents.find_record(Subscription, identity)
    return EndPage(frame, _row(found, incidents.now()) if found else None, found.link if found else "")


def subscription_of(identity: str, actor: str, fields: Fields) -> SubscribeToMessages:
    """What a form asks for. Raises Refused."""
    severity = fields.get("at_least", "")
    if severity not in set(Severity):
        raise Refused(f"no such severity: {severity!r}", remedy="choose P0, P1, P2 or P3")
    messages = tuple(each for each in MessageKind if f"message:{each.value}" in fields)
    service = fields.get("service", "").strip()
    interest = Interest((service,) if service else (), Severity(severity), messages)
    address = fields.get("address", "").strip()
    return SubscribeToMessages(identity, actor, own_name(actor), interest, fields.get("target", "").strip(), address)


def _row(one: Subscription, now: float) -> SubscriptionRow:
    how = f"{one.target}, {one.address}" if one.address else one.target
    return SubscriptionRow(
        one.person, _what(one.interest), how, words.ago(one.made_at, now), one.link if may_end(one) else ""
    )


def _what(interest: Interest) -> str:
    services = listed(list(interest.services)) or "every service"
    kinds = (
        "" if interest.messages == ALL_MESSAGES else f": {listed([TEMPLATES[one].title for one in interest.messages])}"
    )
    least = "all severities" if interest.at_least is Severity.P3 else f"{interest.at_least} and worse"
    return f"{services}, {least}{kinds}"
