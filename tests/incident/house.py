"""A small house for stories: a desk with a team, its rotation and targets, on a clock that the test moves."""

from dataclasses import dataclass, field

from covet_sre.alerting.alert import Disposition
from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.labels import labels_of
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.report import Report, Saying
from covet_sre.alerting.silence import Silence
from covet_sre.incident.commands import carry_out
from covet_sre.incident.deliveries import begin_attempts, came_back
from covet_sre.incident.desk import Desk
from covet_sre.incident.facts import Command
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outcome, Outgoing, Receipt
from covet_sre.incident.reports import take_report
from covet_sre.incident.rules import Rules, ServiceRule
from covet_sre.incident.step import pass_time
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.escalation import EscalationPolicy, EscalationStep, Recipient, RecipientKind
from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.schedule import Always
from covet_sre.oncall.target import LOCAL_INBOX, Channel, NotificationTarget, TargetKind

MINUTE = 60.0
START = 1_795_000_000.0
"""2026-11-18 11:06:40 UTC, a Wednesday."""


def person(name: str, page: str = "pager") -> Person:
    return Person(name, name.title(), {Channel.PAGE: (page, "backup-pager")}, {"email": f"{name}@example.org"})


def directory() -> Directory:
    """alice is asked first, five minutes later bob; the team has a channel, a mailbox and a list of tickets."""
    alice, bob = person("alice"), person("bob")
    team = Team(
        "platform",
        "Platform",
        (alice, bob),
        {Channel.SLACK: ("channel",), Channel.EMAIL: ("mailbox",), Channel.TICKET: ("tickets",)},
        "platform",
    )
    policy = EscalationPolicy(
        "platform",
        (
            EscalationStep((Recipient(RecipientKind.SCHEDULE, "primary"),)),
            EscalationStep((Recipient(RecipientKind.PERSON, "bob"),), 5 * MINUTE),
        ),
    )
    targets = [
        LOCAL_INBOX,
        NotificationTarget("pager", TargetKind.PAGERDUTY),
        NotificationTarget("backup-pager", TargetKind.WEBHOOK),
        NotificationTarget("channel", TargetKind.SLACK),
        NotificationTarget("mailbox", TargetKind.EMAIL),
        NotificationTarget("tickets", TargetKind.TICKETS),
    ]
    return Directory(
        people={one.name: one for one in (alice, bob)},
        teams={team.name: team},
        schedules={"primary": Always("primary", ("alice",))},
        escalations={policy.name: policy},
        targets={one.name: one for one in targets},
    )


def rules(*inhibitions: InhibitRule) -> Rules:
    """`web` depends on `api`, which depends on `database`; `shop` stands alone."""
    services = [
        ServiceRule("database", "platform"),
        ServiceRule("api", "platform", depends_on=("database",)),
        ServiceRule("web", "platform", depends_on=("api",)),
        ServiceRule("shop", "platform"),
    ]
    return Rules(
        directory(),
        {one.name: one for one in services},
        inhibitions=inhibitions,
        slos={"api-availability": "api"},
    )


def report(
    name: str = "HighErrors",
    service: str = "api",
    severity: str = "critical",
    *,
    at: float = START,
    resolved: bool = False,
    reporter: str = "alertmanager",
    **labels: str,
) -> Report:
    known = labels_of({"alertname": name, "service": service, "severity": severity, **labels})
    saying = Saying(at, True, at + MINUTE) if resolved else Saying(at, False)
    return Report(alert_key(known, {"api-availability"}), known, (), saying, reporter)


@dataclass
class House:
    """Whoever is told answers at once, with `outcome`; what was sent is in `sent`."""

    desk: Desk = field(default_factory=lambda: Desk(rules()))
    now: float = START
    outcome: Outcome = Outcome.DELIVERED
    sent: list[Outgoing] = field(default_factory=list)

    def hear(self, *reports: Report) -> list[Disposition]:
        heard = [take_report(self.desk, one, self.now) for one in reports]
        self.settle()
        return heard

    def do(self, command: Command) -> str:
        done = carry_out(self.desk, command, self.now)
        self.settle()
        return done

    def wait(self, seconds: float, step: float = 10.0) -> None:
        """Let time pass, and everything that is due on the way happen."""
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + step, until)
            pass_time(self.desk, self.now)
            self.settle()

    def settle(self) -> None:
        for outgoing in begin_attempts(self.desk, 1000, self.now):
            self.sent.append(outgoing)
            came_back(self.desk, outgoing.key, outgoing.tries, Receipt(self.outcome), self.now)

    @property
    def incidents(self) -> list[Incident]:
        return list(self.desk.incidents.values())

    @property
    def only(self) -> Incident:
        (incident,) = self.incidents
        return incident

    def told(self, purpose: str = "trigger") -> list[str]:
        """Who was told, as "person target"."""
        return [f"{one.person or '-'} {one.current_target}" for one in self.sent if one.purpose.value == purpose]


def silence(now: float, seconds: float = 600.0, **labels: str) -> Silence:
    matchers = tuple(LabelMatcher(name, value) for name, value in labels.items())
    return Silence("one", matchers, now, now + seconds, "carol", "planned work", now)
