"""A database with many open incidents, as a server leaves it: written by the desk and the store themselves."""

import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from benchmarks.alert_house import NEXT_STEP_AFTER_SECONDS, STORM_SERVICE, team_of
from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.labels import labels_of
from covet_sre.alerting.report import Report, Saying
from covet_sre.app.files import read_files
from covet_sre.incident.deliveries import begin_attempts, came_back
from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Outcome, Receipt
from covet_sre.incident.reports import take_report
from covet_sre.incident.rules import Rules, ServiceRule
from covet_sre.incident.step import pass_time
from covet_sre.ports import Store
from covet_sre.store import open_store

_HOLDER = "benchmark"
_AT_ONCE = 500


def write_incidents(database: Path, house: Path, incidents: int) -> None:
    """So many open incidents, each of a service of its own with a firing alert, whose people were told.

    One of them, of STORM_SERVICE, is a P0 whose second step fell due a moment ago.
    """
    store = open_store(f"sqlite:///{database}")
    try:
        now = time.time() - NEXT_STEP_AFTER_SECONDS - 1
        desk = Desk(_rules(house, incidents), store.kept(now))
        store.acquire_desk(_HOLDER, now, 600)
        for number, report in enumerate(_reports(incidents, now)):
            take_report(desk, report, now)
            if number % _AT_ONCE == 0:
                _tell(desk, store, now)
        _tell(desk, store, now)
    finally:
        store.close()


def _rules(house: Path, incidents: int) -> Rules:
    rules = read_files([house]).rules
    more = {name: ServiceRule(name, team_of(STORM_SERVICE)) for name in _names(incidents - 1)}
    return replace(rules, services={**rules.services, **more})


def _names(number: int) -> list[str]:
    return [f"service-{one}" for one in range(number)]


def _reports(incidents: int, now: float) -> Iterator[Report]:
    yield _report(STORM_SERVICE, "critical", now)
    for name in _names(incidents - 1):
        yield _report(name, "warning", now)


def _report(service: str, severity: str, now: float) -> Report:
    labels = labels_of({"alertname": "HighErrorRate", "service": service, "severity": severity})
    return Report(alert_key(labels), labels, (("summary", "Too many requests fail"),), Saying(now, False), "benchmark")


def _tell(desk: Desk, store: Store, now: float) -> None:
    """Everything that is due is delivered; time stands still but for what is collected."""
    for later in count():
        pass_time(desk, now)
        begun = begin_attempts(desk, _AT_ONCE, now + later)
        for outgoing in begun:
            came_back(desk, outgoing.key, outgoing.tries, Receipt(Outcome.DELIVERED), now)
        if not begun and later > 10:
            break
    store.write(desk.take_changes(), [], now, _HOLDER)
