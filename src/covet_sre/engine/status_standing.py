"""How everything stands, for the public: out of the store, the present numbers and the ledger."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

import numpy as np

from covet_sre.budget.status import ObjectiveStatus
from covet_sre.errors import NotFound
from covet_sre.flows.reading import Reliability
from covet_sre.flows.status_page import ByHandNow
from covet_sre.incident.internal_names import internal_names
from covet_sre.ports import Clock, DeskStore, RecordStore
from covet_sre.slo.objective import Objective
from covet_sre.status.by_hand import ByHand
from covet_sre.status.leaks import Leak, find_leaks
from covet_sre.status.maintenance import Maintenance
from covet_sre.status.page import Component, StatusPage
from covet_sre.status.public_incident import PublicIncident
from covet_sre.status.rules import Evidence, Sign
from covet_sre.status.standing import Standing, Told, standing
from covet_sre.status.subscriber import Subscriber
from covet_sre.status.uptime import DayBounds, Measured, last_days

TOLD_SECONDS = 366 * 86400.0
"""What was over before is no longer shown."""

_QUARTER = 15
_ANEW_SECONDS = 900.0
"""How often the days before today are read again: late and corrected minutes may have come."""

_MOST_OPEN, _MOST_ALERTS = 1000, 2000


class StatusStore(DeskStore, RecordStore, Protocol):
    """What is asked of a store."""


class Standings:
    """`PublicStatus` over a store and the numbers. Safe to call from any thread."""

    def __init__(self, reliability: Reliability, store: StatusStore, clock: Clock) -> None:
        self._reliability, self._store, self._clock = reliability, store, clock
        self._past = _Past(reliability)

    def now(self) -> float:
        return self._clock()

    def page(self) -> StatusPage | None:
        return self._reliability.declaration().rules.status_page

    def standing(self) -> Standing:
        page, now = self._declared(), self._clock()
        zone = ZoneInfo(page.time_zone)
        days = last_days(now, zone)
        objectives = {one.name: one for one in self._reliability.declaration().objectives}
        measured = {
            one.identity: {
                name: self._past.by_day(objectives[name], days, now) for name in one.uptime_slos if name in objectives
            }
            for one in page.components
        }
        return standing(page, now, self._told(now), self._evidence(page), measured, days)

    def incident(self, identity: str) -> PublicIncident:
        self._declared()
        found = self._store.find_record(PublicIncident, identity)
        if found is None:
            raise NotFound(f"there is no public incident {identity}", remedy="see the list of the status page")
        return found

    def incidents_about(self, incident: str) -> Sequence[PublicIncident]:
        if self.page() is None:
            return ()
        found = [one for one in self._store.records(PublicIncident) if one.link == incident]
        return sorted(found, key=lambda one: one.began_at, reverse=True)

    def maintenance(self, identity: str) -> Maintenance:
        self._declared()
        found = self._store.find_record(Maintenance, identity)
        if found is None:
            raise NotFound(f"there is no maintenance {identity}", remedy="see the list of the status page")
        return found

    def by_hand(self, component: str) -> ByHandNow:
        known = self._declared().component(component).identity
        return ByHandNow(known, self._store.find_record(ByHand, known))

    def subscribers(self) -> Sequence[Subscriber]:
        self._declared()
        return sorted(self._store.records(Subscriber), key=lambda one: (one.kind, one.address))

    def subscriber(self, identity: str) -> Subscriber | None:
        return self._store.find_record(Subscriber, identity)

    def leaks(self, texts: Iterable[str], incident: str = "") -> tuple[Leak, ...]:
        page, rules = self._declared(), self._reliability.declaration().rules
        firing = self._store.alerts(firing=True, incident="", service="", after=None, limit=_MOST_ALERTS)
        return find_leaks(texts, internal_names(rules, firing, incident), page.public_texts)

    def _declared(self) -> StatusPage:
        page = self.page()
        if page is None:
            raise NotFound("there is no status page", remedy="declare a StatusPage in the reliability files")
        return page

    def _told(self, now: float) -> Told:
        since = now - TOLD_SECONDS
        incidents = self._store.records(PublicIncident)
        maintenances = self._store.records(Maintenance)
        return Told(
            tuple(one for one in incidents if one.resolved_at is None or one.resolved_at > since),
            tuple(one for one in maintenances if one.completed_at is None or one.completed_at > since),
            tuple(self._store.records(ByHand)),
        )

    def _evidence(self, page: StatusPage) -> Mapping[str, Sequence[Evidence]]:
        statuses = {one.objective.name: one for one in self._reliability.statuses()}
        incidents = self._store.incidents(is_open=True, service="", severity="", before=None, limit=_MOST_OPEN)
        by_service: dict[str, list[Evidence]] = {}
        for one in incidents:
            # Mitigated: users are no longer hurt.
            if one.times.mitigated is None:
                evidence = Evidence(Sign.INCIDENT, one.severity.value, one.times.detected)
                by_service.setdefault(one.service, []).append(evidence)
        return {
            one.identity: (
                *_measured_signs(one, statuses),
                *(e for name in one.services for e in by_service.get(name, ())),
            )
            for one in page.components
        }


def _measured_signs(component: Component, statuses: Mapping[str, ObjectiveStatus]) -> Iterator[Evidence]:
    asks_for_budget = any(rule.sign is Sign.BUDGET for rule in component.rules)
    for status in (statuses[name] for name in component.slos if name in statuses):
        share = float(status.objective.error_share)
        for alert in status.firing:
            burn = alert.long_burn if alert.short_burn is None else alert.short_burn
            errors = None if burn is None else min(burn * share, 1.0)
            yield Evidence(Sign.ALERT, alert.alert.severity.value, (alert.since or 0) * 60.0, errors)
        if asks_for_budget and status.budget is not None:
            yield Evidence(Sign.BUDGET, status.budget.tier.name, 0.0)


class _Past:
    """What objectives counted by day. Days before today are read again every quarter of an hour."""

    def __init__(self, reliability: Reliability) -> None:
        self._reliability = reliability
        self._guard = threading.Lock()
        self._known: dict[str, tuple[Objective, tuple[DayBounds, ...], float, list[Measured]]] = {}

    def by_day(self, objective: Objective, days: tuple[DayBounds, ...], now: float) -> Sequence[Measured]:
        """One for each day; where nothing is known of the objective, nothing is known of its days."""
        with self._guard:
            known = self._known.get(objective.name)
            if known is None or known[0] != objective or known[1] != days or not 0 <= now - known[2] < _ANEW_SECONDS:
                counted = self._read(objective, days, now)
                if counted is None:
                    return [_nothing(objective)] * len(days)
                self._known[objective.name] = known = (objective, days, now, counted)
            else:
                known[3][-1:] = self._read(objective, days[-1:], now) or [_nothing(objective)]
            return tuple(known[3])

    def _read(self, objective: Objective, days: Sequence[DayBounds], now: float) -> list[Measured] | None:
        start, end = int(days[0].start // 60), int(-(-now // 60))
        quarters = max(-(-(end - start) // _QUARTER), 1)
        try:
            history = self._reliability.history(objective.name, start, start + quarters * _QUARTER, quarters)
        except NotFound:
            # The engine has not taken it up yet.
            return None
        edges = [min(int((one.start // 60 - start) // _QUARTER), quarters) for one in days]
        columns = [np.asarray(column) for column in (history.bad, history.total, history.known)]
        sums = [np.add.reduceat(np.append(column, 0.0), edges) for column in columns]
        share = float(objective.error_share)
        return [
            Measured(float(bad), float(total), float(known) * _QUARTER, share)
            for bad, total, known in zip(*sums, strict=True)
        ]


def _nothing(objective: Objective) -> Measured:
    return Measured(0.0, 0.0, 0.0, float(objective.error_share))
