"""The desk in SQL: a step is one transaction, under the lease; what a desk is laid out from is one snapshot."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeVar

from sqlalchemy import TextClause
from sqlalchemy.engine import Connection, Row

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.silence import Silence
from covet_sre.errors import StoreUnreadable
from covet_sre.incident.changes import Changes, Kept
from covet_sre.incident.events import KINDS, Entry, Event
from covet_sre.incident.identity import place_of
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outgoing
from covet_sre.incident.records import KINDS as RECORD_KINDS
from covet_sre.incident.records import Record
from covet_sre.ports import Disposed
from covet_sre.store import desk_statements as statements
from covet_sre.store.backend import Backend
from covet_sre.store.documents import decode, decode_many, fit, unfit
from covet_sre.store.filing import write_changes
from covet_sre.store.inbox import dispose
from covet_sre.store.lease import DESK
from covet_sre.store.record_statements import KEPT_RECORDS
from covet_sre.store.rules import KEPT_SECONDS
from covet_sre.store.writer import Writer

Thing = TypeVar("Thing")


class SqlDesk:
    """DeskStore over an opened database."""

    def __init__(self, backend: Backend, writer: Writer) -> None:
        self._backend = backend
        self._writer = writer

    def acquire_desk(self, holder: str, now: float, ttl_seconds: float) -> bool:
        return self._backend.acquire_lease(DESK, holder, now, ttl_seconds)

    def write(self, changes: Changes, disposed: Sequence[Disposed], now: float, holder: str) -> None:
        def write(connection: Connection) -> None:
            self._backend.check_lease(connection, DESK, holder)
            write_changes(connection, changes, now)
            dispose(connection, disposed, now)

        self._writer.write(write)

    def kept(self, now: float) -> Kept:
        """As the port says; and every incident that an alert or a notification among them belongs to."""
        since = {"since": now - KEPT_SECONDS}
        with self._backend.snapshot() as connection:
            return Kept(
                alerts=tuple(_read(connection, Alert, statements.KEPT_ALERTS, since)),
                incidents=tuple(_read(connection, Incident, statements.KEPT_INCIDENTS, since)),
                silences=tuple(_read(connection, Silence, statements.KEPT_SILENCES, since)),
                outgoing=tuple(_read(connection, Outgoing, statements.KEPT_NOTIFICATIONS, since)),
                numbers=tuple((row.day, row.number) for row in connection.execute(statements.NUMBERS)),
                records=tuple(_kept_records(connection, since)),
            )

    def incidents(
        self, *, is_open: bool | None, service: str, severity: str, before: str | None, limit: int
    ) -> Sequence[Incident]:
        """As the port says. Raises Refused where `before` is no incident's name."""
        wanted: dict[str, object] = {}
        if is_open is not None:
            wanted["is_open"] = int(is_open)
        if service:
            wanted["service"] = fit(service)
        if severity:
            wanted["severity"] = fit(severity)
        if before is not None:
            wanted["before"] = place_of(before)
        return self._list(Incident, statements.incidents(*wanted), {**wanted, "limit": limit})

    def find_incident(self, identity: str) -> Incident | None:
        found = self._list(Incident, statements.INCIDENT, {"identity": fit(identity)})
        return found[0] if found else None

    def timeline(self, identity: str) -> Sequence[Entry]:
        with self._backend.snapshot() as connection:
            rows = connection.execute(statements.TIMELINE, {"incident": fit(identity)}).all()
        return [entry_of(row) for row in rows]

    def alerts(
        self, *, firing: bool | None, incident: str, service: str, after: str | None, limit: int
    ) -> Sequence[Alert]:
        wanted: dict[str, object] = {}
        if firing is not None:
            wanted["firing" if firing else "ended"] = True
        if incident:
            wanted["incident"] = fit(incident)
        if service:
            wanted["service"] = fit(service)
        if after is not None:
            wanted["after"] = fit(after)
        values = {name: value for name, value in wanted.items() if name not in ("firing", "ended")}
        return self._list(Alert, statements.alerts(*wanted), {**values, "limit": limit})

    def silences(self, ended_after: float) -> Sequence[Silence]:
        return self._list(Silence, statements.KEPT_SILENCES, {"since": ended_after})

    def notifications(self, incident: str | None, target: str | None, limit: int) -> Sequence[Outgoing]:
        """As the port says; a notification is to the target at which it is tried, or was last."""
        wanted: dict[str, object] = {}
        if incident is not None:
            wanted["incident"] = fit(incident)
        if target is not None:
            wanted["target"] = fit(target)
        return self._list(Outgoing, statements.notifications(*wanted), {**wanted, "limit": limit})

    def delivered(self, since: float, limit: int) -> Sequence[Outgoing]:
        return self._list(Outgoing, statements.DELIVERED, {"since": since, "limit": limit})

    def _list(self, kind: type[Thing], statement: TextClause, values: dict[str, object]) -> list[Thing]:
        with self._backend.snapshot() as connection:
            return _read(connection, kind, statement, values)


def _read(
    connection: Connection, kind: type[Thing], statement: TextClause, values: Mapping[str, object]
) -> list[Thing]:
    return decode_many(kind, connection.execute(statement, values).scalars())


def _kept_records(connection: Connection, since: Mapping[str, object]) -> Iterator[Record]:
    kinds = {kind.__name__: kind for kind in RECORD_KINDS}
    if kinds:
        rows = connection.execute(KEPT_RECORDS, {**since, "kinds": list(kinds)})
        for name, group in groupby(rows, lambda row: row.kind):
            yield from decode_many(kinds[name], (row.doc for row in group))


def entry_of(row: Row[Any]) -> Entry:
    """The entry of one row of a timeline. Raises StoreUnreadable for a kind that is not known here."""
    return Entry(unfit(row.incident), row.position, row.at, unfit(row.actor), _event(row.kind, row.data), row.digest)


def _event(kind: str, data: str) -> Event:
    if kind not in KINDS:
        raise StoreUnreadable(
            f"a timeline has an entry of the kind {kind}, which this version does not know",
            remedy="install the version that wrote it, or a newer one",
        )
    return decode(KINDS[kind], data)
