"""What the doors are given about alerts and incidents: read from the store, decided by the desk."""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.silence import Silence
from covet_sre.engine import desk_commands
from covet_sre.engine.dispatch import Dispatcher, KernelStore
from covet_sre.engine.messages import PAST_LOOKED_AT, earlier, first_step, where_to_look
from covet_sre.errors import NotFound, Refused, Unavailable
from covet_sre.flows.incidents import Backlog, IncidentDetail, IncidentFilter
from covet_sre.incident.facts import Command
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Line, Message, Outgoing, Purpose, Receipt
from covet_sre.incident.rules import Rules
from covet_sre.oncall.duty import Duty, duties
from covet_sre.oncall.effective import effective
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.target import LOCAL_INBOX, TargetKind
from covet_sre.ports import Arrival, Clock, DisposedArrival, Kind

DECIDED_WITHIN_SECONDS = 5.0
"""How long a door waits for what it asked: then it says that it is kept."""

_LOOK_AGAIN_SECONDS = 0.25
"""Where another server decides, nobody here hears of it."""

_ALERTS_SHOWN = 200
_NOTIFICATIONS_SHOWN = 200
_DAY_SECONDS = 86400.0

SendTest = Callable[[str, Message], Receipt]


class Desks:
    """`Incidents` over a store and a dispatcher. `context` gives lines by (service, SLO); `spent` the budget's share
    that an SLO lost between two times."""

    def __init__(
        self,
        store: KernelStore,
        dispatcher: Dispatcher,
        clock: Clock,
        send_test: SendTest,
        context: Callable[[str, str], Sequence[Line]],
        spent: Callable[[str, float, float], float | None],
    ) -> None:
        self._store, self._dispatcher, self._clock = store, dispatcher, clock
        self._send_test, self._context, self._spent = send_test, context, spent
        self._rules = Rules()

    def take_up(self, rules: Rules) -> None:
        """Answer by other files from now on."""
        self._rules = rules

    def now(self) -> float:
        return self._clock()

    def rules(self) -> Rules:
        return self._rules

    # ------------------------------------------------------------ reading

    def incidents(self, wanted: IncidentFilter) -> Sequence[Incident]:
        severity = wanted.severity.value if wanted.severity else ""
        return self._store.incidents(
            is_open=wanted.is_open,
            service=wanted.service,
            severity=severity,
            before=wanted.before,
            limit=wanted.limit,
        )

    def incident(self, identity: str) -> IncidentDetail:
        incident = self._store.find_incident(identity)
        if incident is None:
            raise NotFound(f"there is no incident {identity}", remedy="see the list of incidents")
        alerts = self._store.alerts(firing=None, incident=identity, service="", after=None, limit=_ALERTS_SHOWN)
        slos = sorted({value for alert in alerts for name, value in alert.labels if name == "slo" and value})
        until = incident.times.resolved or self._clock()
        return IncidentDetail(
            incident=incident,
            entries=tuple(self._store.timeline(identity)),
            alerts=tuple(alerts),
            more_alerts=max(incident.alerts - len(alerts), 0),
            notifications=tuple(self._store.notifications(identity, None, _NOTIFICATIONS_SHOWN)),
            context=tuple(self._helps(incident, slos, until)),
            spent=tuple((slo, self._spent(slo, incident.times.impact, until)) for slo in slos),
        )

    def _helps(self, incident: Incident, slos: Sequence[str], until: float) -> Iterator[Line]:
        """What helps: the numbers, the first thing to do, where to look, and what it was the last time."""
        for slo in slos or [""]:
            yield from self._context(incident.service, slo)
        rule = self._rules.services.get(incident.service)
        yield from first_step(rule)
        if rule is not None and rule.runbook:
            yield Line("Runbook", rule.runbook, rule.runbook)
        yield from where_to_look(rule, incident, until)
        past = self._store.incidents(
            is_open=False, service=incident.service, severity="", before=None, limit=PAST_LOOKED_AT
        )
        yield from earlier(incident, past, lambda one: f"/incidents/{one.identity}")

    def alerts(
        self,
        *,
        firing: bool | None = True,
        incident: str = "",
        service: str = "",
        after: str | None = None,
        limit: int = 100,
    ) -> Sequence[Alert]:
        return self._store.alerts(firing=firing, incident=incident, service=service, after=after, limit=limit)

    def incident_of_alert(self, key: str) -> str:
        """The incident that holds an alert, empty where none does."""
        found = self._store.alerts(firing=None, incident="", service="", after=key[:-1] or None, limit=50)
        return next((one.incident for one in found if one.key == key), "")

    def arrivals(self, before: int | None = None, limit: int = 50) -> Sequence[DisposedArrival]:
        return self._store.arrivals(before, limit)

    def silences(self) -> Sequence[Silence]:
        return self._store.silences(self._clock() - _DAY_SECONDS)

    def inbox(self, limit: int = 20) -> Sequence[Outgoing]:
        names = [name for name, one in self._rules.directory.targets.items() if one.kind is TargetKind.INBOX]
        found = [one for name in names or [LOCAL_INBOX.name] for one in self._store.notifications(None, name, limit)]
        return sorted(found, key=lambda one: one.due_at, reverse=True)[:limit]

    def on_call(self) -> Sequence[Duty]:
        now = self._clock()
        overrides = self._store.records(ShiftOverride, now)
        return duties(effective(self._rules.directory, overrides), now)

    def backlog(self) -> Backlog:
        oldest = max(self._clock() - self._dispatcher.oldest_due(), 0.0)
        return Backlog(self._store.waiting_count(), oldest, self._dispatcher.decides)

    def records(self, kind: type[Kind]) -> Sequence[Kind]:
        return self._store.records(kind)

    def find_record(self, kind: type[Kind], identity: str) -> Kind | None:
        return self._store.find_record(kind, identity)

    # ------------------------------------------------------------ doing

    def decide(self, command: Command) -> str:
        (number,) = self.accept([desk_commands.as_arrival(command, self._clock())])
        if not self.wait_for([number], DECIDED_WITHIN_SECONDS):
            raise Unavailable("it is kept, and is done as soon as a server decides", remedy="look again in a minute")
        disposed = self._store.disposed([number])[number]
        if disposed.quarantined:
            raise Refused(disposed.quarantined, remedy="please report this with the log")
        if disposed.refusal:
            raise desk_commands.refusal_in(disposed.refusal)
        return disposed.answer

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[int]:
        numbers = self._store.accept(arrivals)
        self._dispatcher.wake()
        return numbers

    def wait_for(self, numbers: Sequence[int], seconds: float) -> bool:
        until = monotonic() + seconds
        while True:
            writes = self._dispatcher.writes
            known = self._store.disposed(numbers)
            if len(known) == len(set(numbers)):
                return True
            if (left := until - monotonic()) <= 0:
                return False
            self._dispatcher.wait_for_decisions(writes, min(left, _LOOK_AGAIN_SECONDS))

    def test_target(self, target: str, actor: str) -> str:
        if target not in self._rules.directory.targets:
            raise NotFound(f"there is no target {target}", remedy="see the NotificationTargets in the files")
        now = self._clock()
        message = Message(
            key=f"test/{target}/{now:.3f}",
            purpose=Purpose.TEST,
            incident="test",
            thread=f"test/{target}",
            title=f"Test notification, asked for by {actor}",
            service="covet-sre",
            severity="P3",
            state="test",
            summary=f"This is a test of the target {target}, asked for by {actor}. Nothing is wrong.",
            at=now,
            started_at=now,
        )
        receipt = self._send_test(target, message)
        if not receipt.outcome.is_delivered:
            raise Refused(
                f"{target} did not take it: {receipt.outcome.value}: {receipt.detail}", remedy="mend it, test again"
            )
        return receipt.detail or "delivered"
