"""Whether what a database keeps is whole: its pages, its chains, and that folds are what is shown."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import TextClause, inspect, text
from sqlalchemy.engine import Connection, Row

from covet_sre.access.audit import AuditEntry, broken_at
from covet_sre.alerting.alert import Alert
from covet_sre.alerting.silence import Silence
from covet_sre.errors import CovetSreError
from covet_sre.incident.events import Entry
from covet_sre.incident.incident import Incident, folded
from covet_sre.incident.outgoing import Outgoing
from covet_sre.incident.timeline import broken_at as timeline_broken_at
from covet_sre.ports import Damage
from covet_sre.store.desk import entry_of
from covet_sre.store.documents import decode, parts, unfit
from covet_sre.store.records import audit_entry

_AUDIT_ALL = text("SELECT position, at, actor, kind, subject, data, digest FROM audit ORDER BY position")

_TIMELINES = text("SELECT incident, position, at, actor, kind, data, digest FROM timeline ORDER BY incident, position")

_INCIDENT = text("SELECT doc, is_open FROM incident WHERE identity = :identity")

_WITHOUT_TIMELINE = text(
    "SELECT identity FROM incident WHERE NOT EXISTS (SELECT 1 FROM timeline WHERE incident = incident.identity)"
)

_INTEGRITY = text("PRAGMA integrity_check(20)")

_DOCUMENTS: tuple[tuple[str, type[Any], TextClause], ...] = (
    ("alert", Alert, text("SELECT key AS identity, doc FROM alert")),
    ("silence", Silence, text("SELECT identity, doc FROM silence")),
    ("notification", Outgoing, text("SELECT key AS identity, doc FROM notification")),
)

_MOST_OF_A_KIND = 20
"""So many damages of one kind are told; of the rest, that there are more."""


def damages_in(connection: Connection) -> Iterator[Damage]:
    """Everything that is wrong; nothing for a whole database. Memory stays bounded, whatever its size.

    A table that an older schema does not have is not looked at.
    """
    if connection.dialect.name == "sqlite":
        yield from _pages(connection)
    tables = _tables(connection)
    if "audit" in tables:
        yield from _at_most(_audit(connection))
    if "timeline" in tables:
        yield from _at_most(_timelines(connection))
        for kind, of, statement in _DOCUMENTS:
            yield from _at_most(_documents(connection, kind, of, statement))


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def _pages(connection: Connection) -> Iterator[Damage]:
    for told in connection.execute(_INTEGRITY).scalars():
        if told != "ok":
            yield Damage("file", str(told))


def _at_most(damages: Iterator[Damage]) -> Iterator[Damage]:
    for number, damage in enumerate(damages):
        if number == _MOST_OF_A_KIND:
            yield Damage(damage.where.split()[0], "there is more of this kind")
            return
        yield damage


def _rows(connection: Connection, statement: TextClause) -> Iterator[Row[Any]]:
    return iter(connection.execute(statement.execution_options(stream_results=True)))


def _audit(connection: Connection) -> Iterator[Damage]:
    before: AuditEntry | None = None
    for part in parts(_rows(connection, _AUDIT_ALL)):
        entries = [audit_entry(row) for row in part]
        position = broken_at(entries, before)
        if position is not None:
            # What follows is chained to what is not there any more: it says nothing on its own.
            yield Damage(f"audit {position}", "the chain of the audit record is broken here")
            return
        before = entries[-1]


def _timelines(connection: Connection) -> Iterator[Damage]:
    for incident, rows in groupby(_rows(connection, _TIMELINES), lambda row: str(row.incident)):
        yield from _timeline(connection, incident, list(rows))
    for identity in connection.execute(_WITHOUT_TIMELINE).scalars():
        yield Damage(f"incident {unfit(identity)}", "it has no timeline")


def _timeline(connection: Connection, kept_as: str, rows: list[Row[Any]]) -> Iterator[Damage]:
    where = f"incident {unfit(kept_as)}"
    try:
        entries: list[Entry] = [entry_of(row) for row in rows]
    except CovetSreError as error:
        yield Damage(where, error.problem)
        return
    position = timeline_broken_at(entries)
    if position is not None:
        yield Damage(where, f"the chain of its timeline is broken at entry {position}")
        return
    found = connection.execute(_INCIDENT, {"identity": kept_as}).one_or_none()
    if found is None:
        yield Damage(where, "its timeline is there, and the incident is not")
        return
    try:
        told, shown = folded(entries), decode(Incident, found.doc)
    except (CovetSreError, ValueError) as error:
        yield Damage(where, f"it cannot be read: {error}")
        return
    if told != shown or bool(found.is_open) != shown.state.is_open:
        yield Damage(where, "what is shown is not what its timeline tells")


def _documents(connection: Connection, kind: str, of: type[Any], statement: TextClause) -> Iterator[Damage]:
    for row in _rows(connection, statement):
        try:
            decode(of, row.doc)
        except CovetSreError as error:
            yield Damage(f"{kind} {unfit(row.identity)}", error.problem)
