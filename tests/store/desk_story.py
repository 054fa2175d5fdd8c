"""A desk over a store, as a server has it: random reports are taken, and what follows from each is written."""

import random
from collections.abc import Iterator
from typing import Any

from covet_sre.alerting.labels import labels_of
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.report import Report, Saying
from covet_sre.alerting.silence import Silence
from covet_sre.incident.changes import Changes
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import Closed, Resolved
from covet_sre.incident.outgoing import Outcome, Receipt, attempted, claimed
from covet_sre.incident.reports import take_report
from covet_sre.incident.rules import Rules, ServiceRule
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.escalation import EscalationPolicy, EscalationStep, Recipient, RecipientKind
from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.target import LOCAL_INBOX, Channel, NotificationTarget, TargetKind
from covet_sre.ports import DeskStore

NOON = 1_795_608_000.0
HOLDER = "server-1"

_TARGETS = (
    LOCAL_INBOX,
    NotificationTarget("pager", TargetKind.PAGERDUTY),
    NotificationTarget("chat", TargetKind.SLACK),
)
_ANA = Person("ana", "Ana", {Channel.PAGE: ("pager", "inbox")})
_TEAM = Team("core", "Core", (_ANA,), {Channel.SLACK: ("chat",), Channel.EMAIL: ("inbox",)}, "pages")
_PAGES = EscalationPolicy("pages", (EscalationStep((Recipient(RecipientKind.PERSON, "ana"),), 60),), 1, 300)

RULES = Rules(
    Directory(
        people={"ana": _ANA},
        teams={"core": _TEAM},
        escalations={"pages": _PAGES},
        targets={target.name: target for target in _TARGETS},
    ),
    {
        "database": ServiceRule("database", "core"),
        "api": ServiceRule("api", "core", depends_on=("database",)),
        "jobs": ServiceRule("jobs", "core"),
    },
)


def report(name: str, service: str, at: float, *, ends_at: float | None = None, **labels: str) -> Report:
    """One alert, firing until somebody says otherwise, or over at a time."""
    known = labels_of({"alertname": name, "service": service, **labels})
    saying = Saying(at, is_resolved=False) if ends_at is None else Saying(at, is_resolved=True, ends_at=ends_at)
    return Report(f"{service}/{name}", known, labels_of({"summary": f"{name} on {service}"}), saying, "am")


def silence(identity: str, start: float, end: float, name: str = "HighLatency") -> Silence:
    return Silence(identity, (LabelMatcher("alertname", name),), start, end, "ana", "a drill", start)


def random_days(seed: int, reports: int) -> Iterator[tuple[Desk, float, Changes]]:
    """A desk after each of many things that happen to it over some days, and what that changed."""
    chance = random.Random(seed)
    desk, now = Desk(RULES), NOON
    for number in range(reports):
        now += chance.choice((0.0, 1.5, 40.0, 700.0, 2500.0))
        _happens(desk, chance, number, now)
        yield desk, now, desk.take_changes()


def _happens(desk: Desk, chance: random.Random, number: int, now: float) -> None:
    match chance.randrange(12):
        case 0:
            desk.put_silence(silence(f"silence-{number % 5}", now, now + chance.choice((60.0, 90_000.0))))
        case 1 if desk.outgoing:
            waiting = chance.choice(sorted(desk.outgoing.values(), key=lambda one: one.key))
            receipt = Receipt(chance.choice(list(Outcome)), "so it went", f"reference-{number}")
            desk.put_outgoing(attempted(claimed(waiting, now), receipt, now))
        case 2 if any(one.state.is_open for one in desk.incidents.values()):
            open_ones = [identity for identity, one in desk.incidents.items() if one.state.is_open]
            desk.record(chance.choice(open_ones), Resolved("mended"), now, "ana")
        case 3 if any(not one.state.is_open for one in desk.incidents.values()):
            finished = [identity for identity, one in desk.incidents.items() if not one.state.is_open]
            desk.record(chance.choice(finished), Closed("seen"), now, "ana")
        case 4 if any(not one.is_firing for one in desk.alerts.values()):
            desk.forget_alert(chance.choice([key for key, one in desk.alerts.items() if not one.is_firing]))
        case _:
            name = chance.choice(("HighLatency", "Errors", "Full"))
            service = chance.choice(("api", "database", "jobs", "nobody-s"))
            known = desk.alerts.get(f"{service}/{name}")
            over = now if chance.random() < 0.4 else None
            began = known.starts_at if known is not None and over is not None else now
            severity = chance.choice(("critical", "page", "warning", "info"))
            take_report(desk, report(name, service, began, ends_at=over, severity=severity), now)


def laid_out(desk: Desk) -> dict[str, Any]:
    """Everything that a desk decides by, in a form in which two can be compared."""
    open_ones = {identity for identity, one in desk.incidents.items() if one.state.is_open}
    return {
        "alerts": desk.alerts,
        "incidents": desk.incidents,
        "silences": desk.silences,
        "outgoing": desk.outgoing,
        "firing_of": desk.firing_of,
        "suppressed": desk.suppressed,
        "sources": desk.sources,
        "targets": desk.targets,
        "symptoms_of": desk.symptoms_of,
        "open_of": {service: set(found) for service, found in desk.open_of.items() if found},
        "delivered": {identity: found for identity, found in desk.delivered.items() if identity in open_ones},
        "led": desk.led,
        "numbers": desk._numbers,
    }


def write(store: DeskStore, changes: Changes, now: float, holder: str = HOLDER) -> None:
    """Write as the server that decides."""
    assert store.acquire_desk(holder, now, 60.0)
    store.write(changes, (), now, holder)
