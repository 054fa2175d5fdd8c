"""Alerts and incidents in memory: a real desk, a made-up night, and the doors' Protocol over it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.web.sample import NOW

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.labels import labels_of
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.report import Report, Saying
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence
from covet_sre.errors import NotFound, Refused, Unavailable
from covet_sre.flows.incidents import Backlog, IncidentDetail, IncidentFilter
from covet_sre.incident import facts
from covet_sre.incident.commands import carry_out
from covet_sre.incident.deliveries import begin_attempts, came_back
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import Entry
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Line, Outcome, Outgoing, Receipt
from covet_sre.incident.reports import take_report
from covet_sre.incident.rules import Rules, ServiceRule
from covet_sre.incident.step import pass_time
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.duty import Duty
from covet_sre.oncall.escalation import EscalationPolicy, EscalationStep, Recipient, RecipientKind
from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.schedule import Always
from covet_sre.oncall.target import LOCAL_INBOX, Channel, NotificationTarget, TargetKind
from covet_sre.ports import Arrival, Disposed, DisposedArrival, Kind, Waiting

START = NOW * 60.0
"""2026-11-23 09:40 UTC, the minute at which the sample installation stands."""

MINUTE, HOUR = 60.0, 3600.0


def sample_rules() -> Rules:
    """A shop with two people on call, a pager, chat, mail and the local inbox."""
    page, mail = ("pager",), ("mail",)
    people = {
        name: Person(
            name, name.capitalize(), {Channel.PAGE: page, Channel.EMAIL: mail}, {"email": f"{name}@shop.example"}
        )
        for name in ("ana", "sam")
    }
    team = Team("shop", "The shop", tuple(people.values()), {Channel.SLACK: ("chat",), Channel.TICKET: ("inbox",)})
    steps = (
        EscalationStep((Recipient(RecipientKind.SCHEDULE, "shop-primary"),)),
        EscalationStep((Recipient(RecipientKind.PERSON, "sam"),), 300.0),
    )
    directory = Directory(
        people=people,
        teams={"shop": replace(team, escalation="shop")},
        schedules={"shop-primary": Always("shop-primary", ("ana",)), "shop-secondary": Always("shop-secondary", ())},
        escalations={"shop": EscalationPolicy("shop", steps, repeat=1, catch_all=("inbox",))},
        targets={
            "inbox": LOCAL_INBOX,
            "pager": NotificationTarget("pager", TargetKind.PAGERDUTY),
            "chat": NotificationTarget("chat", TargetKind.SLACK),
            "mail": NotificationTarget("mail", TargetKind.EMAIL),
        },
    )
    upstreams = {"checkout": ("api",), "search": ("database",)}
    names = ("api", "database", "checkout", "search", "jobs")
    runbook = "https://runbooks.example/{}"
    services = {name: ServiceRule(name, "shop", "", runbook.format(name), upstreams.get(name, ())) for name in names}
    inhibition = InhibitRule(
        "a-node-takes-its-pods-along",
        (LabelMatcher("alertname", "NodeDown"),),
        (LabelMatcher("alertname", "PodRestarts"),),
        ("node",),
    )
    slos = {"api-availability": "api", "database-availability": "database", "jobs-within-sla": "jobs"}
    return Rules(directory, services, inhibitions=(inhibition,), slos=slos)


@dataclass
class SampleIncidents:
    """Implements `covet_sre.flows.incidents.Incidents`. `changed` is called after each change, as pages are told.

    `is_away` true: commands are kept, and nothing decides. `refusing` targets answer tests with that.
    """

    changed: Callable[[], object] = lambda: None
    at: float = START
    is_away: bool = False
    refusing: Mapping[str, str] = field(default_factory=dict)
    spent: Mapping[str, float | None] = field(default_factory=lambda: {"api-availability": 0.083})
    commands: list[facts.Command] = field(default_factory=list)
    kept: list[facts.Command] = field(default_factory=list)
    files: Rules = field(default_factory=sample_rules)

    def __post_init__(self) -> None:
        self._lock = threading.RLock()
        self.desk = Desk(self.files)
        self.entries: dict[str, list[Entry]] = {}
        self.known: dict[str, Incident] = {}
        self.told: dict[str, Outgoing] = {}
        self.arrived: list[DisposedArrival] = []
        self.number = 0

    # ------------------------------------------------------------ what happens to it

    def report(
        self,
        name: str,
        service: str,
        severity: str,
        *,
        resolved: bool = False,
        reporter: str = "prometheus",
        **more: str,
    ) -> str:
        """One alert comes in, by itself; its key. Labels that begin with `annotation_` are annotations."""
        annotations = {key.removeprefix("annotation_"): value for key, value in more.items() if key.startswith("annot")}
        labels = {key: value for key, value in more.items() if not key.startswith("annotation_")}
        made = labels_of({"alertname": name, "service": service, "severity": severity, **labels})
        key = alert_key(made, self.desk.rules.slos)
        with self._lock:
            known = self.desk.alerts.get(key)
            starts = known.starts_at if known is not None and known.is_firing else self.at
            saying = Saying(starts, resolved, self.at) if resolved else Saying(starts, is_resolved=False)
            report = Report(key, made, labels_of(annotations), saying, reporter, "http://127.0.0.1:9090/graph")
            disposition = take_report(self.desk, report, self.at)
            self._arrived("alertmanager", Disposed(self.number + 1, ((key, disposition),)))
            self._keep()
        return key

    def arrive(self, source: str, disposed: Disposed | None) -> None:
        """Something else comes in: it waits (None), was refused, or was put aside."""
        self._arrived(source, disposed)
        self.changed()

    def pass_time(self, seconds: float) -> None:
        """Time passes: steps fall due, what is to be sent is delivered, quiet incidents are resolved."""
        with self._lock:
            end = self.at + seconds
            while (due := self.desk.next_due()) <= end:
                self.at = max(self.at, due)
                self._turn()
            self.at = end
            self._turn()
            self._keep()

    def fail(self, target: str, why: str) -> None:
        """From now on, a target takes nothing."""
        self.refusing = {**self.refusing, target: why}

    def _turn(self) -> None:
        """What the server's thread does again and again."""
        desk, now = self.desk, self.at
        pass_time(desk, now)
        while begun := begin_attempts(desk, 100, now):
            for outgoing in begun:
                why = self.refusing.get(outgoing.current_target)
                receipt = Receipt(Outcome.REFUSED, why) if why else Receipt(Outcome.DELIVERED, "accepted")
                came_back(desk, outgoing.key, outgoing.tries, receipt, now)

    def _arrived(self, source: str, disposed: Disposed | None) -> None:
        with self._lock:
            self.number += 1
            body = b'{"receiver": "covet-sre", "alerts": []}'
            waiting = Waiting(self.number, Arrival(source, body, self.at, "10.0.3.7"))
            made = None if disposed is None else replace(disposed, number=self.number)
            self.arrived.append(DisposedArrival(waiting, made, self.at + 0.1 if made else None))

    def _keep(self) -> None:
        changes = self.desk.take_changes()
        self.known.update(changes.incidents)
        self.told.update(changes.outgoing)
        for entry in changes.entries:
            self.entries.setdefault(entry.incident, []).append(entry)
        if changes:
            self.changed()

    # ------------------------------------------------------------ the Protocol

    def now(self) -> float:
        return self.at

    def rules(self) -> Rules:
        return self.desk.rules

    def incidents(self, wanted: IncidentFilter) -> Sequence[Incident]:
        with self._lock:
            found = [
                each
                for each in sorted(self.known.values(), key=lambda one: (len(one.identity), one.identity), reverse=True)
                if wanted.is_open in (None, each.state.is_open)
                and wanted.service in ("", each.service)
                and wanted.severity in (None, each.severity)
            ]
        if wanted.before is not None:
            place = (len(wanted.before), wanted.before)
            found = [each for each in found if (len(each.identity), each.identity) < place]
        return found[: wanted.limit]

    def incident(self, identity: str) -> IncidentDetail:
        with self._lock:
            if identity not in self.known:
                raise NotFound(f"there is no incident {identity}", remedy="see the list of incidents")
            incident = self.known[identity]
            alerts = tuple(alert for alert in self.desk.alerts.values() if alert.incident == identity)
            told = [each for each in self.told.values() if each.incident == identity]
            slos = dict.fromkeys(dict(alert.labels).get("slo", "") for alert in alerts)
        return IncidentDetail(
            incident,
            tuple(self.entries[identity]),
            alerts[:100],
            max(len(alerts) - 100, 0),
            tuple(sorted(told, key=lambda each: (-each.due_at, each.key))),
            self._context(incident),
            tuple((slo, self.spent.get(slo)) for slo in slos if slo),
        )

    def _context(self, incident: Incident) -> tuple[Line, ...]:
        before = [each for each in self.known.values() if each.service == incident.service and each.resolution]
        lines = [
            Line("Runbook", f"First: is {incident.service} reachable?", f"https://runbooks.example/{incident.service}")
        ]
        if incident.service == "api":
            lines.append(Line("Which window", "1 h at 21.4× and 5 min at 24.0×; 14.4× fires", "/slos/api-availability"))
            lines.append(Line("Budget left", "41.2%, gone in 9 h at this rate", "/slos/api-availability"))
        if before and before[-1].identity != incident.identity:
            lines.append(Line("Like before", f"{before[-1].identity}: {before[-1].resolution}"))
        return tuple(lines)

    def alerts(
        self,
        *,
        firing: bool | None = True,
        incident: str = "",
        service: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Sequence[Alert]:
        with self._lock:
            found = [
                alert
                for _, alert in sorted(self.desk.alerts.items())
                if firing in (None, alert.is_firing)
                and incident in ("", alert.incident)
                and service in ("", alert.service)
                and (after is None or alert.key > after)
            ]
        return found[:limit]

    def arrivals(self, before: int | None = None, limit: int = 50) -> Sequence[DisposedArrival]:
        with self._lock:
            found = [each for each in reversed(self.arrived) if before is None or each.waiting.number < before]
        return found[:limit]

    def silences(self) -> Sequence[Silence]:
        return [each for each in self.desk.silences.values() if each.ends_at > self.at - 24 * HOUR]

    def inbox(self, limit: int = 20) -> Sequence[Outgoing]:
        with self._lock:
            found = [each for each in self.told.values() if "inbox" in each.targets]
        return sorted(found, key=lambda each: -each.due_at)[:limit]

    def on_call(self) -> Sequence[Duty]:
        return [
            Duty("shop-primary", "ana", self.at + 5 * HOUR, "sam"),
            Duty("shop-secondary", "", self.at + HOUR, "sam"),
        ]

    def backlog(self) -> Backlog:
        waiting = sum(each.disposed is None for each in self.arrived)
        return Backlog(waiting, 0.0, decides=not self.is_away)

    def records(self, kind: type[Kind]) -> Sequence[Kind]:
        with self._lock:
            return list(self.desk.records(kind).values())

    def find_record(self, kind: type[Kind], identity: str) -> Kind | None:
        return self.desk.records(kind).get(identity)

    def decide(self, command: facts.Command) -> str:
        with self._lock:
            self.commands.append(command)
            if self.is_away:
                self.kept.append(command)
                raise Unavailable(
                    "it is kept, and is done as soon as a server decides", remedy="look again in a minute"
                )
            made = carry_out(self.desk, command, self.at)
            self._turn()
            self._keep()
            return made

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[int]:
        raise AssertionError("no door of these tests takes anything in")

    def wait_for(self, numbers: Sequence[int], seconds: float) -> bool:
        return True

    def test_target(self, target: str, actor: str) -> str:
        if target not in self.desk.rules.directory.targets:
            raise NotFound(f"no target is called {target!r}", remedy="see the NotificationTargets of the files")
        if target in self.refusing:
            raise Refused(f"{target} did not take it: {self.refusing[target]}", remedy="check its secret")
        return "accepted"


def a_night(changed: Callable[[], object] = lambda: None) -> SampleIncidents:
    """Incidents in every state, the last minutes of them still going on at START."""
    night = SampleIncidents(changed, at=START - 30 * HOUR)
    slow = {"annotation_summary": "Search answers slowly"}
    night.report("SearchSlow", "search", "warning", **slow)
    night.pass_time(20 * MINUTE)
    [search] = night.known
    night.decide(facts.CallFalseAlarm(search, "sam", "The load test was announced in the channel, not here"))
    night.report("SearchSlow", "search", "warning", resolved=True, **slow)
    night.pass_time(4 * HOUR)
    database = night.decide(facts.Declare("sam", "database", Severity.P1, "Orders are saved twice", night.at - 600))
    night.pass_time(3 * MINUTE)
    night.decide(facts.Acknowledge(database, "sam", "cli"))
    night.decide(
        facts.AddNote(database, "sam", "The retry in the outbox has no key since the release of this morning.")
    )
    night.pass_time(11 * MINUTE)
    night.decide(facts.Mitigate(database, "sam", "The release was rolled back"))
    night.pass_time(9 * MINUTE)
    night.decide(facts.Resolve(database, "sam", "Rolled back; 31 double orders merged by hand"))
    night.pass_time(3 * HOUR)
    night.decide(facts.Close(database, "ana", "The review is written"))
    night.report("JobsLate", "jobs", "page", slo="jobs-within-sla", annotation_summary="Jobs miss their time")
    night.pass_time(7 * MINUTE)
    jobs = next(each.identity for each in night.known.values() if each.service == "jobs")
    night.decide(facts.Acknowledge(jobs, "ana", "link"))
    night.pass_time(40 * MINUTE)
    night.decide(facts.Resolve(jobs, "ana", "A worker hung on a lock; restarted, and the lock has a time limit now"))
    night.report("JobsLate", "jobs", "page", slo="jobs-within-sla", resolved=True)
    night.pass_time(START - 52 * MINUTE - night.at)
    quiet = Silence(
        "s-n7", (LabelMatcher("node", "n7"),), night.at, night.at + 6 * HOUR, "sam", "n7 gets a new disk", night.at
    )
    night.decide(facts.SetSilence(quiet))
    night.report("DiskFull", "search", "warning", node="n7", annotation_summary="The disk of n7 is nearly full")
    night.report("NodeDown", "database", "warning", node="n3", annotation_summary="The node n3 does not answer")
    night.report("PodRestarts", "jobs", "warning", node="n3", pod="jobs-worker-2")
    night.pass_time(12 * MINUTE)
    lost = night.report("Heartbeat", "unheard-of", "info", annotation_summary="The nightly export has not reported")
    assert lost
    night.pass_time(17 * MINUTE)
    node = next(each.identity for each in night.known.values() if "n3" in each.title)
    night.decide(facts.Acknowledge(node, "sam", "page"))
    night.decide(facts.Mitigate(node, "sam", done=False))
    night.decide(facts.AddNote(node, "sam", "n3 is drained. <b>Its pods</b> come back on n4 and n5."))
    night.pass_time(START - 9 * MINUTE - night.at)
    burning = {"slo": "api-availability", "annotation_summary": "The API burns its error budget 21 times too fast"}
    night.fail("pager", "503 Service Unavailable")
    night.refusing = {}
    night.report("ErrorBudgetBurn1h", "api", "critical", window="1h", **burning)
    night.pass_time(2 * MINUTE)
    night.report("ErrorBudgetBurn6h", "api", "page", window="6h", **burning)
    night.report("OrdersFail", "checkout", "critical", annotation_summary="One order in ten fails")
    night.arrive("pagerduty", Disposed(0, quarantined="3 tries failed: payload.severity is no text"))
    night.pass_time(START - night.at - 30)
    night.report("ErrorBudgetBurn1h", "api", "critical", window="1h", **burning)
    night.arrive("grafana", None)
    night.pass_time(START - night.at)
    night.commands.clear()
    return night


def identity_of(night: SampleIncidents, service: str) -> str:
    """The newest incident of a service."""
    return night.incidents(IncidentFilter(service=service, limit=1))[0].identity
