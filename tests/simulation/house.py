"""Who lives in the simulated world: services, people, targets; small enough that everything meets everything."""

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Never

from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.labels import Labels, labels_of
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.report import Report, Saying
from covet_sre.flows.arriving import Read
from covet_sre.incident.rules import Rules, ServiceRule
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.escalation import EscalationPolicy, EscalationStep, Recipient, RecipientKind
from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.schedule import Always
from covet_sre.oncall.target import LOCAL_INBOX, Channel, NotificationTarget, TargetKind

MINUTE = 60.0
SOURCE = "simulated"
UNREADABLE, UNDECIDABLE = b"unreadable", b"undecidable"
"""Bodies at which the reader, or whoever decides about what it read, raises what nobody expects."""

NAMES = ("HighErrors", "Slow", "NodeDown", "DiskSlow")
SERVICES = ("database", "api", "web", "shop", "unreached", "nobody-knows")
SEVERITIES = ("critical", "critical", "page", "warning", "info")


def _person(name: str) -> Person:
    return Person(name, name.title(), {Channel.PAGE: ("pager", "backup-pager")}, {"email": f"{name}@example.org"})


def _directory() -> Directory:
    """alice is asked, then bob, then both again; `unreached` has a policy whose first steps reach nobody."""
    alice, bob = _person("alice"), _person("bob")
    team = Team(
        "platform",
        "Platform",
        (alice, bob),
        {Channel.SLACK: ("channel",), Channel.EMAIL: ("mailbox",), Channel.TICKET: ("tickets",)},
        "platform",
    )
    primary, nobody = Recipient(RecipientKind.SCHEDULE, "primary"), Recipient(RecipientKind.SCHEDULE, "nobody")
    bob_himself = Recipient(RecipientKind.PERSON, "bob")
    policies = [
        EscalationPolicy(
            "platform",
            (EscalationStep((primary,)), EscalationStep((bob_himself,), 5 * MINUTE)),
            repeat=1,
            catch_all=("duty-manager",),
        ),
        EscalationPolicy(
            "unreached",
            (EscalationStep((nobody,)), EscalationStep((nobody,), 2 * MINUTE), EscalationStep((bob_himself,), MINUTE)),
        ),
    ]
    targets = [
        LOCAL_INBOX,
        NotificationTarget("pager", TargetKind.PAGERDUTY),
        NotificationTarget("backup-pager", TargetKind.WEBHOOK),
        NotificationTarget("duty-manager", TargetKind.PAGERDUTY),
        NotificationTarget("channel", TargetKind.SLACK),
        NotificationTarget("mailbox", TargetKind.EMAIL),
        NotificationTarget("tickets", TargetKind.TICKETS),
    ]
    return Directory(
        people={one.name: one for one in (alice, bob)},
        teams={team.name: team},
        schedules={"primary": Always("primary", ("alice",)), "nobody": Always("nobody", ())},
        escalations={policy.name: policy for policy in policies},
        targets={one.name: one for one in targets},
    )


RULES = Rules(
    _directory(),
    {
        one.name: one
        for one in (
            ServiceRule("database", "platform"),
            ServiceRule("api", "platform", depends_on=("database",)),
            ServiceRule("web", "platform", depends_on=("api",)),
            ServiceRule("shop", "platform"),
            ServiceRule("unreached", "platform", escalation="unreached"),
        )
    },
    inhibitions=(
        InhibitRule(
            "node-down", (LabelMatcher("alertname", "NodeDown"),), (LabelMatcher("alertname", "DiskSlow"),), ("node",)
        ),
    ),
)


def written(reports: Collection[tuple[str, str, str, str, float, bool]]) -> bytes:
    """A delivery's body, from (name, service, severity, reporter, start, whether it is over) of each alert."""
    return json.dumps(list(reports)).encode()


def read(body: bytes, note: str, received_at: float, key_of: Callable[[Labels], str]) -> Read:
    """A `Reader`."""
    if body == UNREADABLE:
        raise ZeroDivisionError("poison")
    if body == UNDECIDABLE:
        good = _report("Fine", "shop", "info", "alertmanager", received_at, False)
        return Read([good, replace(good, key="poison", labels=_Undecidable())])
    return Read(reports_in(body))


class _Undecidable(tuple[()]):
    __slots__ = ()

    def __iter__(self) -> Never:
        raise ZeroDivisionError("poison")


def reports_in(body: bytes) -> tuple[Report, ...]:
    return tuple(_report(*one) for one in json.loads(body))


def _report(name: str, service: str, severity: str, reporter: str, at: float, resolved: bool) -> Report:
    labels = labels_of({"alertname": name, "service": service, "severity": severity, "node": "a"})
    saying = Saying(at, True, at + MINUTE) if resolved else Saying(at, False)
    return Report(alert_key(labels), labels, (), saying, reporter)
