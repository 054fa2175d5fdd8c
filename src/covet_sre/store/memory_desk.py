"""What arrives, the desk and its timelines in memory, with the semantics of the databases.

Each write is one method that first checks and then applies: a test can let either half fail.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.silence import Silence
from covet_sre.errors import NotFound, StoreError
from covet_sre.incident.changes import Changes, Kept
from covet_sre.incident.events import Entry
from covet_sre.incident.identity import place_of
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Delivery as NotificationState
from covet_sre.incident.outgoing import Outgoing, Purpose
from covet_sre.incident.records import KINDS
from covet_sre.ports import KEPT_BEFORE, Arrival, Disposed, DisposedArrival, Waiting
from covet_sre.store.delivered import Delivery, delivery_of
from covet_sre.store.lease import DESK, Leases
from covet_sre.store.memory_records import MemoryRecords
from covet_sre.store.rules import KEPT_SECONDS


class MemoryInbox(MemoryRecords):
    """InboxStore without a database."""

    def __init__(self) -> None:
        super().__init__()
        self._arrivals: dict[int, DisposedArrival] = {}
        self._last_number = 0

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[int]:
        with self._guard:
            return [self._keep(arrival) for arrival in arrivals]

    def _keep(self, arrival: Arrival) -> int:
        if (one := delivery_of(arrival)) is not None:
            self.forget_records(Delivery, arrival.received_at)
            if self.find_record(Delivery, one.identity) is not None:
                return KEPT_BEFORE
            self._apply_records({(Delivery.__name__, one.identity): one}, [])
            arrival = replace(arrival, once=None)
        self._last_number += 1
        self._arrivals[self._last_number] = DisposedArrival(Waiting(self._last_number, arrival), None, None)
        return self._last_number

    def accept_soon(self, arrival: Arrival, answered: Callable[[int | None, Exception | None], None]) -> None:
        """Here nothing is waited for: `answered` is called at once, on the caller's thread."""
        try:
            number = self.accept([arrival])[0]
        except StoreError as error:
            answered(None, error)
        else:
            answered(number, None)

    def waiting(self, limit: int) -> Sequence[Waiting]:
        with self._guard:
            return [found.waiting for found in self._arrivals.values() if found.disposed is None][:limit]

    def waiting_count(self) -> int:
        with self._guard:
            return sum(found.disposed is None for found in self._arrivals.values())

    def tried(self, number: int) -> int:
        with self._guard:
            if number not in self._arrivals:
                raise NotFound(f"there is no arrival {number}")
            found = self._arrivals[number]
            waiting = replace(found.waiting, tries=found.waiting.tries + 1)
            self._arrivals[number] = replace(found, waiting=waiting)
            return waiting.tries

    def disposed(self, numbers: Sequence[int]) -> Mapping[int, Disposed]:
        with self._guard:
            found = (self._arrivals.get(number) for number in numbers)
            return {one.waiting.number: one.disposed for one in found if one is not None and one.disposed is not None}

    def arrivals(self, before: int | None, limit: int) -> Sequence[DisposedArrival]:
        with self._guard:
            newest = sorted((n for n in self._arrivals if before is None or n < before), reverse=True)[:limit]
            return [self._arrivals[number] for number in newest]

    def forget_arrivals(self, before: float) -> int:
        with self._guard:
            old = [n for n, one in self._arrivals.items() if one.disposed_at is not None and one.disposed_at < before]
            for number in old:
                del self._arrivals[number]
            return len(old)

    def _check_disposed(self, disposed: Sequence[Disposed]) -> None:
        numbers = [one.number for one in disposed]
        waiting = {n for n in numbers if n in self._arrivals and self._arrivals[n].disposed is None}
        if len(waiting) != len(numbers):
            raise StoreError("an arrival is disposed of already")

    def _apply_disposed(self, disposed: Sequence[Disposed], now: float) -> None:
        for one in disposed:
            known = replace(one, alerts=tuple(one.alerts))
            self._arrivals[one.number] = replace(self._arrivals[one.number], disposed=known, disposed_at=now)


class MemoryDesk(MemoryInbox):
    """DeskStore without a database. What is kept of alerts and incidents stands beside when it was last written."""

    def __init__(self) -> None:
        super().__init__()
        self._leases = Leases()
        self._alerts: dict[str, tuple[Alert, float]] = {}
        self._incidents: dict[str, tuple[Incident, float]] = {}
        self._timelines: dict[str, dict[int, Entry]] = {}
        self._silences: dict[str, Silence] = {}
        self._outgoing: dict[str, Outgoing] = {}
        self._numbers: dict[str, int] = {}

    def acquire_desk(self, holder: str, now: float, ttl_seconds: float) -> bool:
        return self._leases.acquire(DESK, holder, now, ttl_seconds)

    def write(self, changes: Changes, disposed: Sequence[Disposed], now: float, holder: str) -> None:
        with self._guard:
            self._leases.check(DESK, holder)
            self._check_entries(changes.entries)
            self._check_disposed(disposed)
            self._apply(changes, now)
            self._apply_disposed(disposed, now)

    def kept(self, now: float) -> Kept:
        with self._guard:
            since = now - KEPT_SECONDS
            alerts = [one for one, changed_at in self._alerts.values() if one.is_firing or changed_at >= since]
            waiting = [one for one in self._outgoing.values() if not one.delivery.is_over]
            current = {
                identity
                for identity, (one, changed_at) in self._incidents.items()
                if one.state.is_open or changed_at >= since
            }
            asked = [
                one
                for one in self._outgoing.values()
                if one.delivery.is_over and one.purpose is Purpose.TRIGGER and one.incident in current
            ]
            wanted = current | {one.incident for one in alerts} | {one.incident for one in waiting}
            return Kept(
                alerts=tuple(sorted(alerts, key=lambda one: one.key)),
                incidents=tuple(self._incidents_by_place(wanted)),
                silences=tuple(self.silences(since)),
                outgoing=tuple(sorted(waiting + asked, key=lambda one: (one.due_at, one.key))),
                numbers=tuple(sorted(self._numbers.items())),
                records=tuple(one for kind in sorted(KINDS, key=_name) for one in self.records(kind, since)),
            )

    def incidents(
        self, *, is_open: bool | None, service: str, severity: str, before: str | None, limit: int
    ) -> Sequence[Incident]:
        with self._guard:
            end = place_of(before) if before is not None else None
            found = [
                one
                for one in reversed(self._incidents_by_place(self._incidents))
                if is_open in (None, one.state.is_open)
                and service in ("", one.service)
                and severity in ("", one.severity)
                and (end is None or place_of(one.identity) < end)
            ]
            return found[:limit]

    def find_incident(self, identity: str) -> Incident | None:
        with self._guard:
            found = self._incidents.get(identity)
            return found[0] if found else None

    def timeline(self, identity: str) -> Sequence[Entry]:
        with self._guard:
            return [entry for _, entry in sorted(self._timelines.get(identity, {}).items())]

    def alerts(
        self, *, firing: bool | None, incident: str, service: str, after: str | None, limit: int
    ) -> Sequence[Alert]:
        with self._guard:
            found = [
                one
                for one, _ in self._alerts.values()
                if firing in (None, one.is_firing)
                and incident in ("", one.incident)
                and service in ("", one.service)
                and (after is None or one.key > after)
            ]
            return sorted(found, key=lambda one: one.key)[:limit]

    def silences(self, ended_after: float) -> Sequence[Silence]:
        with self._guard:
            found = [one for one in self._silences.values() if one.ends_at >= ended_after]
            return sorted(found, key=lambda one: (one.starts_at, one.identity))

    def notifications(self, incident: str | None, target: str | None, limit: int) -> Sequence[Outgoing]:
        with self._guard:
            found = [
                one
                for one in self._outgoing.values()
                if incident in (None, one.incident) and target in (None, one.current_target)
            ]
            return sorted(found, key=lambda one: (one.due_at, one.key), reverse=True)[:limit]

    def delivered(self, since: float, limit: int) -> Sequence[Outgoing]:
        with self._guard:
            found = [
                one
                for one in self._outgoing.values()
                if one.due_at >= since
                and one.delivery is NotificationState.DELIVERED
                and one.purpose is Purpose.TRIGGER
            ]
            return sorted(found, key=lambda one: (one.due_at, one.key), reverse=True)[:limit]

    def forget_arrivals(self, before: float) -> int:
        with self._guard:
            self._alerts = {
                key: known for key, known in self._alerts.items() if known[0].is_firing or known[1] >= before
            }
            return super().forget_arrivals(before)

    def _incidents_by_place(self, identities: "set[str] | dict[str, tuple[Incident, float]]") -> list[Incident]:
        found = [self._incidents[identity][0] for identity in identities if identity in self._incidents]
        return sorted(found, key=lambda one: place_of(one.identity))

    def _check_entries(self, entries: Sequence[Entry]) -> None:
        places = {(entry.incident, entry.position) for entry in entries}
        taken = any(position in self._timelines.get(incident, {}) for incident, position in places)
        if taken or len(places) != len(entries):
            raise StoreError("a timeline has an entry already where one was to be written")

    def _apply(self, changes: Changes, now: float) -> None:
        for entry in changes.entries:
            self._timelines.setdefault(entry.incident, {})[entry.position] = entry
        self._incidents |= {identity: (one, now) for identity, one in changes.incidents.items()}
        for key, alert in changes.alerts.items():
            if alert is None:
                self._alerts.pop(key, None)
            else:
                self._alerts[key] = (alert, now)
        self._silences |= changes.silences
        self._outgoing |= changes.outgoing
        self._numbers |= changes.numbers
        self._apply_records(changes.records, changes.acts)


def _name(kind: type) -> str:
    return kind.__name__
