"""The desk: everything that is not over yet, in memory, and an account of what changes on it.

It is what a store keeps, folded: a desk that is laid out from what was written is equal to the one that wrote it.
"""

import heapq
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import TypeVar, cast

from covet_sre.alerting.alert import Alert, Cause, compact
from covet_sre.alerting.silence import Silence
from covet_sre.errors import NotFound
from covet_sre.incident.changes import Changes, Kept
from covet_sre.incident.events import US, Entry, Event
from covet_sre.incident.identity import day_of, incident_identity, place_of
from covet_sre.incident.incident import Incident, after, begun
from covet_sre.incident.outgoing import Delivery, Outgoing, Purpose
from covet_sre.incident.records import Record
from covet_sre.incident.rules import Rules
from covet_sre.incident.timeline import sealed
from covet_sre.oncall.contact_rules import ContactRules
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.effective import effective
from covet_sre.oncall.override import ShiftOverride

Place = TypeVar("Place", bound=Hashable)
Kind = TypeVar("Kind", bound=Record)


class Desk:
    """One per server. Not for several threads: one thread decides, others are given what it publishes."""

    def __init__(self, rules: Rules, kept: Kept = Kept()) -> None:  # noqa: B008 - it is frozen
        self.rules = rules
        self.changes = Changes()
        self.alerts: dict[str, Alert] = {}
        self.incidents: dict[str, Incident] = {}
        self.silences: dict[str, Silence] = {}
        self.outgoing: dict[str, Outgoing] = {}
        self.firing_of: dict[str, set[str]] = {}
        """The firing alerts of each incident, by key."""
        self.symptoms_of: dict[str, set[str]] = {}
        """Those of them that are symptoms: alerts of services that depend on the incident's."""
        self.suppressed: dict[str, set[str]] = {}
        """Firing alerts that a silence (by identity) or a rule of inhibition (by name) keeps quiet."""
        self.sources: dict[tuple[str, tuple[str, ...]], set[str]] = {}
        """Firing alerts that may inhibit others, by the rule's name and the values that must be equal."""
        self.targets: dict[tuple[str, tuple[str, ...]], set[str]] = {}
        """Firing alerts that may be inhibited, likewise."""
        self.freed: set[tuple[str, tuple[str, ...]]] = set()
        """Where an alert that inhibited others has ended: they are to be looked at again."""
        self.beats: dict[str, float] = {}
        """When each expected heartbeat was heard last."""
        self.delivered: dict[str, dict[str, Outgoing]] = {}
        """By incident, what asked people and reached them, or may have: they are told how it goes on."""
        self._asking: dict[str, set[str]] = {}
        """Notifications that ask people and are not over, by incident."""
        self.led: dict[str, set[str]] = {}
        """Notifications that another one carries, by its key."""
        self.rung: dict[tuple[str, str, str], list[float]] = {}
        """When each (target, person, address) was told lately of something by itself."""
        self.joined: dict[str, int] = {}
        """How many alerts ever joined an incident."""
        self.open_of: dict[str, dict[str, None]] = {}
        """The open incidents of each service, the oldest first."""
        self.before: dict[str, Incident | None] = {}
        """Incidents that changed since they were looked at last, as they were then: None for new ones."""
        self._records: dict[type, dict[str, Record]] = {}
        self._directory: Directory | None = None
        self.watched: Directory | None = None
        """The directory whose schedules were looked at last."""
        self._alarms: list[tuple[float, str, str]] = []
        self._numbers = dict(kept.numbers)
        self._ends: list[tuple[float, str]] = []
        self._dues: list[tuple[float, str]] = []
        self._tries: list[tuple[float, str]] = []
        self._turns: list[tuple[float, str]] = []
        counted: dict[str, int] = {}
        for silence in kept.silences:
            self.put_silence(silence)
        for incident in kept.incidents:
            self._put_incident(incident)
        for alert in kept.alerts:
            self.put_alert(alert)
            if alert.incident in self.incidents:
                counted[alert.incident] = counted.get(alert.incident, 0) + 1
        for identity, number in counted.items():
            self.joined[identity] = max(self.joined[identity], number)
        for outgoing in kept.outgoing:
            self.put_outgoing(outgoing)
        for record in kept.records:
            self.put_record(record)
        # What is laid out from a store is no change.
        self.changes = Changes()
        self.before = {}

    # ------------------------------------------------------------ looking

    def incident(self, identity: str) -> Incident:
        """Raises NotFound for one that does not lie here."""
        try:
            return self.incidents[identity]
        except KeyError:
            raise NotFound(f"there is no incident {identity}", remedy="see the list of incidents") from None

    def firing(self, incident: str) -> set[str]:
        """The keys of an incident's alerts that fire."""
        return self.firing_of.get(incident, set())

    def causes(self, incident: str) -> int:
        """How many of an incident's alerts fire that are no symptoms."""
        return len(self.firing_of.get(incident, ())) - len(self.symptoms_of.get(incident, ()))

    def asking(self, incident: str) -> list[Outgoing]:
        """The notifications of an incident that ask people and are not over, in the order of their keys."""
        return [self.outgoing[key] for key in sorted(self._asking.get(incident, ()))]

    def open_incidents(self, service: str) -> Iterator[Incident]:
        """The latest first."""
        identities = sorted(self.open_of.get(service, {}), key=place_of, reverse=True)
        return (self.incidents[identity] for identity in identities)

    @property
    def directory(self) -> Directory:
        """Who is on call and how people are told: the files, and what people decided beside them."""
        if self._directory is None:
            overrides, rules = self.records(ShiftOverride), self.records(ContactRules)
            self._directory = effective(self.rules.directory, overrides.values(), rules.values())
        return self._directory

    def records(self, kind: type[Kind]) -> Mapping[str, Kind]:
        """All records of a kind, by identity."""
        return cast("Mapping[str, Kind]", self._records.get(kind, {}))

    # ------------------------------------------------------------ what is due

    def due_ends(self, now: float) -> Iterator[Alert]:
        """Firing alerts about which a saying has run out."""
        for key in sorted(_popped(self._ends, now)):
            alert = self.alerts.get(key)
            if alert is not None and alert.is_firing:
                yield alert

    def due_incidents(self, now: float) -> Iterator[Incident]:
        """Incidents that have a step, a deadline or the end of their quiet due."""
        for identity in sorted(_popped(self._dues, now), key=place_of):
            if identity in self.incidents:
                yield self.incidents[identity]

    def due_outgoing(self, now: float) -> Iterator[Outgoing]:
        """Notifications to be tried now, the urgent first."""
        ready = [self.outgoing[key] for key in dict.fromkeys(_popped(self._tries, now)) if key in self.outgoing]
        # What was never attempted goes before what perhaps arrived: a server that dies again and again reaches it too.
        ready.sort(key=lambda one: (not one.is_urgent, one.tries > 0, one.step > 0, one.due_at, one.key))
        yield from ready

    def due_silences(self, now: float) -> Iterator[Silence]:
        """Silences that began or ended."""
        for identity in sorted(_popped(self._turns, now)):
            if identity in self.silences:
                yield self.silences[identity]

    def due_records(self, now: float) -> Iterator[Record]:
        """Records whose time has come. One that is put again, due later, comes again."""
        ready: dict[tuple[str, str], None] = {}
        while self._alarms and self._alarms[0][0] <= now:
            _, kind, identity = heapq.heappop(self._alarms)
            ready[kind, identity] = None
        named = {kind.__name__: records for kind, records in self._records.items()}
        for kind, identity in sorted(ready):
            record = named.get(kind, {}).get(identity)
            if record is not None and record.due_at is not None and record.due_at <= now:
                yield record

    def next_due(self) -> float:
        """When something is due next, infinite for never."""
        heaps = (self._ends, self._dues, self._tries, self._turns, self._alarms)
        return min((heap[0][0] for heap in heaps if heap), default=inf)

    def look_again(self, identity: str, at: float) -> None:
        """Have an incident among those that are due at `at`."""
        heapq.heappush(self._dues, (at, identity))

    def watch_end(self, alert: Alert) -> None:
        """Have a firing alert looked at when it runs out, or when nobody has spoken of it for too long."""
        until = min(alert.ends_next(), alert.heard_at + self.rules.timing.stale_seconds)
        heapq.heappush(self._ends, (until, alert.key))

    def try_again(self, outgoing: Outgoing) -> None:
        """Have a notification among those that are due when it says."""
        heapq.heappush(self._tries, (outgoing.try_at, outgoing.key))

    # ------------------------------------------------------------ changing

    def take_changes(self) -> Changes:
        """Everything that changed since it was asked last."""
        taken, self.changes = self.changes, Changes()
        return taken

    def put_alert(self, alert: Alert) -> None:
        alert = compact(alert)
        before = self.alerts.get(alert.key)
        if before is not None and before.is_firing:
            self._index(before, present=False)
        self.alerts[alert.key] = alert
        if alert.is_firing:
            self._index(alert, present=True)
            self.watch_end(alert)
        self.changes.alerts[alert.key] = alert

    def forget_alert(self, key: str) -> None:
        """An alert that is over for long enough."""
        del self.alerts[key]
        self.changes.alerts[key] = None

    def let_go(self, before: float) -> None:
        """Incidents and silences that are over since before a time are left to the store.

        An incident whose alerts fire on stays: they are known by it.
        """
        for identity, incident in list(self.incidents.items()):
            over_at = incident.times.closed or incident.times.resolved
            is_over = not incident.state.is_open and identity not in self.firing_of
            if is_over and over_at is not None and over_at < before:
                for index in (self.incidents, self.delivered, self.joined, self.firing_of, self.symptoms_of):
                    index.pop(identity, None)
        for identity, silence in list(self.silences.items()):
            if silence.ends_at < before:
                del self.silences[identity]
        for kind, records in self._records.items():
            over = {key for key, one in records.items() if one.over_at is not None and one.over_at < before}
            if over:
                self._records[kind] = {key: one for key, one in records.items() if key not in over}
                self._look_who_is_on_call(kind)

    def bring(self, incident: Incident) -> None:
        """Lay out an incident again that was left to the store: somebody asks for it."""
        self._put_incident(incident)
        self.before[incident.identity] = incident

    def put_silence(self, silence: Silence) -> None:
        self.silences[silence.identity] = silence
        heapq.heappush(self._turns, (silence.starts_at, silence.identity))
        heapq.heappush(self._turns, (silence.ends_at, silence.identity))
        self.changes.silences[silence.identity] = silence

    def put_record(self, record: Record) -> None:
        kind = type(record)
        self._records.setdefault(kind, {})[record.identity] = record
        self._look_who_is_on_call(kind)
        self.changes.records[kind.__name__, record.identity] = record
        if record.due_at is not None:
            heapq.heappush(self._alarms, (record.due_at, kind.__name__, record.identity))

    def forget_record(self, record: Record) -> None:
        """Delete it, in the store too."""
        self._records.get(type(record), {}).pop(record.identity, None)
        self._look_who_is_on_call(type(record))
        self.changes.records[type(record).__name__, record.identity] = None

    def _look_who_is_on_call(self, changed: type) -> None:
        if changed in (ShiftOverride, ContactRules):
            self._directory = None

    def put_outgoing(self, outgoing: Outgoing) -> None:
        before = self.outgoing.get(outgoing.key)
        if before is not None and before.lead:
            _file(self.led, before.lead, before.key, present=False)
        if outgoing.purpose is Purpose.TRIGGER:
            _file(self._asking, outgoing.incident, outgoing.key, present=not outgoing.delivery.is_over)
        if outgoing.lead and not outgoing.delivery.is_over:
            _file(self.led, outgoing.lead, outgoing.key, present=True)
        if outgoing.delivery.is_over:
            self.outgoing.pop(outgoing.key, None)
            if outgoing.told and outgoing.purpose is Purpose.TRIGGER:
                self.delivered.setdefault(outgoing.incident, {})[outgoing.key] = outgoing
        else:
            self.outgoing[outgoing.key] = outgoing
            self.try_again(outgoing)
        self.changes.outgoing[outgoing.key] = outgoing

    def take_over_claims(self, now: float) -> None:
        """Nobody is left to carry out what was claimed: its outcome is unknown, and it is due now."""
        for outgoing in list(self.outgoing.values()):
            if outgoing.delivery is Delivery.CLAIMED:
                self.outgoing[outgoing.key] = replace(outgoing, try_at=now, died=outgoing.died + 1)
                self.try_again(self.outgoing[outgoing.key])

    def open(self, event: Event, now: float, actor: str = US) -> Incident:
        """Begin an incident with its first entry."""
        day = day_of(now)
        number = self._numbers.get(day, 0) + 1
        self._numbers[day] = number
        self.changes.numbers[day] = number
        entry = sealed(Entry(incident_identity(day, number), 1, now, actor, event), "")
        incident = begun(entry)
        self._enter(entry, incident)
        return incident

    def record(self, identity: str, event: Event, now: float, actor: str = US) -> Incident:
        """Add an entry to an incident's timeline. Raises NotFound."""
        incident = self.incident(identity)
        entry = sealed(Entry(identity, incident.position + 1, now, actor, event), incident.digest)
        incident = after(incident, entry)
        self._enter(entry, incident)
        return incident

    def _enter(self, entry: Entry, incident: Incident) -> None:
        changed = self.changes
        changed.entries.append(entry)
        changed.incidents[incident.identity] = incident
        self._put_incident(incident)

    def _put_incident(self, incident: Incident) -> None:
        identity = incident.identity
        self.before.setdefault(identity, self.incidents.get(identity))
        self.incidents[identity] = incident
        self.joined.setdefault(identity, incident.alerts)
        if incident.state.is_open:
            self.open_of.setdefault(incident.service, {}).setdefault(identity)
        else:
            self.open_of.get(incident.service, {}).pop(identity, None)
        for due in (incident.step_due_at, incident.misses_deadline_at, incident.reminds_at, self.settles_at(incident)):
            if due is not None:
                self.look_again(identity, due)

    def settles_at(self, incident: Incident) -> float | None:
        """When an incident whose alerts are all over is resolved, None while one fires or where people decide."""
        if incident.quiet_since is None or not incident.state.is_open or incident.by_hand:
            return None
        return incident.quiet_since + self.rules.timing.settle_seconds

    def _index(self, alert: Alert, *, present: bool) -> None:
        disposition = alert.disposition
        places = [(self.firing_of, disposition.incident)] if disposition.incident else []
        if disposition.is_symptom:
            places.append((self.symptoms_of, disposition.incident))
        if disposition.cause in (Cause.SILENCE, Cause.MAINTENANCE, Cause.INHIBITION):
            places.append((self.suppressed, disposition.by))
        for index, name in places:
            _file(index, name, alert.key, present=present)
        self._index_inhibition(alert, present=present)

    def _index_inhibition(self, alert: Alert, *, present: bool) -> None:
        for rule in self.rules.inhibitions:
            place = rule.name, rule.equal_values(alert.labels)
            if rule.is_source(alert.labels):
                _file(self.sources, place, alert.key, present=present)
                if not present:
                    self.freed.add(place)
            if rule.is_target(alert.labels):
                _file(self.targets, place, alert.key, present=present)

    def take_up(self, rules: Rules) -> None:
        """Go by other files from now on; `step.take_up` looks again at what the old ones kept quiet."""
        self.rules = rules
        self._directory = None
        self.sources, self.targets = {}, {}
        for alert in self.alerts.values():
            if alert.is_firing:
                self._index_inhibition(alert, present=True)


def _file(index: "dict[Place, set[str]]", place: "Place", key: str, *, present: bool) -> None:
    if present:
        index.setdefault(place, set()).add(key)
    elif place in index:
        index[place].discard(key)
        if not index[place]:
            del index[place]


def _popped(heap: list[tuple[float, str]], now: float) -> Iterator[str]:
    """What is due, once each; whoever looks decides anew what is due later."""
    seen: set[str] = set()
    while heap and heap[0][0] <= now:
        _, key = heapq.heappop(heap)
        if key not in seen:
            seen.add(key)
            yield key
