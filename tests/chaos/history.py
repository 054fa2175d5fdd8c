"""Everything that is known after a run: what clients and people were told, what came over the wire, what is kept."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from covet_sre.incident.incident import folded
from covet_sre.incident.timeline import broken_at
from covet_sre.store import open_store
from tests.chaos.load import Posted
from tests.chaos.people import Decided
from tests.chaos.receiver import Wire

MARK = re.compile(rb"mark-\d+-\d+-end")


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    number: int
    source: str
    marks: tuple[str, ...]
    state: str
    received_at: float
    disposed_at: float | None
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EntryRow:
    position: int
    at: float
    actor: str
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """`is_whole`: its timeline's chain is unbroken, and folds to what is kept of it."""

    identity: str
    service: str
    is_open: bool
    entries: tuple[EntryRow, ...]
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class NotificationRow:
    key: str
    incident: str
    target: str
    delivery: str
    purpose: str
    due_at: float
    doc: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AlertRow:
    name: str
    is_firing: bool
    incident: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What the witness wrote down. `lead` is the notification that carried this one."""

    what: str
    name: str
    state: str
    at: float
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something was done to a server, or to its database, from `at` until `until`.

    A server that was killed is started anew at `until`; `is_cold`: by the command, with everything to be imported.
    """

    kind: str
    at: float
    until: float
    is_cold: bool = False


@dataclass(slots=True)
class History:
    """`ended_at` is when everything was looked at: what was due well before must have happened."""

    posted: Sequence[Posted] = ()
    decided: Sequence[Decided] = ()
    wires: Sequence[Wire] = ()
    faults: Sequence[Fault] = ()
    arrivals: Sequence[ArrivalRow] = ()
    alerts: Sequence[AlertRow] = ()
    incidents: Sequence[IncidentRow] = ()
    notifications: Sequence[NotificationRow] = ()
    seen: Sequence[Seen] = ()
    ended_at: float = 0.0
    local_targets: frozenset[str] = field(default_factory=lambda: frozenset({"inbox"}))
    takeover_seconds: float = 0.0
    """How long a lease goes on after the end of whoever held it; none where one server is alone."""
    is_sound: bool = True
    """What the database says about itself."""


def read_database(history: History, engine: Engine, url: str) -> None:
    """Fill in what the database has, by plain SQL; no server runs any more."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            history.is_sound = connection.execute(text("PRAGMA integrity_check")).scalar() == "ok"
        rows = connection.execute(
            text("SELECT number, source, body, state, received_at, disposed_at, result FROM arrival ORDER BY number")
        )
        history.arrivals = [_arrival(row) for row in rows]
        rows = connection.execute(text("SELECT doc, firing, incident FROM alert"))
        history.alerts = [_alert(json.loads(row.doc), bool(row.firing), row.incident) for row in rows]
        rows = connection.execute(
            text("SELECT key, incident, target, delivery, purpose, due_at, doc FROM notification")
        )
        history.notifications = [
            NotificationRow(*row[:6], json.loads(row.doc))  # type: ignore[arg-type]
            for row in rows
        ]
        rows = connection.execute(text("SELECT what, name, state, at, lead FROM witness ORDER BY id"))
        history.seen = [Seen(*row) for row in rows]
        rows = connection.execute(text("SELECT incident, position, at, actor, kind, data FROM timeline ORDER BY 1, 2"))
        entries: dict[str, list[EntryRow]] = {}
        for row in rows:
            entry = EntryRow(row.position, row.at, row.actor, row.kind, json.loads(row.data))
            entries.setdefault(row.incident, []).append(entry)
        found = connection.execute(text("SELECT identity, service, is_open FROM incident ORDER BY place")).all()
    whole = _whole(url, [row.identity for row in found])
    history.incidents = [
        IncidentRow(
            row.identity,
            row.service,
            bool(row.is_open),
            tuple(entries.pop(row.identity, [])),
            row.identity in whole,
        )
        for row in found
    ]
    history.incidents = [
        *history.incidents,
        *(IncidentRow(name, "", False, tuple(left), False) for name, left in entries.items()),
    ]


def _whole(url: str, identities: Sequence[str]) -> set[str]:
    """The incidents whose timelines hold, as the product itself judges them."""
    store = open_store(url)
    try:
        whole: set[str] = set()
        for identity in identities:
            timeline = store.timeline(identity)
            if broken_at(timeline) is None and folded(timeline) == store.find_incident(identity):
                whole.add(identity)
        return whole
    finally:
        store.close()


def _arrival(row: Any) -> ArrivalRow:
    marks = tuple(sorted({found.decode() for found in MARK.findall(bytes(row.body))}))
    result = json.loads(row.result) if row.result else {}
    return ArrivalRow(row.number, row.source, marks, row.state, row.received_at, row.disposed_at, result)


def _alert(doc: dict[str, Any], is_firing: bool, incident: str) -> AlertRow:
    name = dict(doc["labels"]).get("alertname", "")
    return AlertRow(name, is_firing, incident, doc["disposition"]["verdict"])
