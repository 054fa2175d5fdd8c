"""Records and the audit record in SQL. A transaction that writes excludes all others, so the chain has one end."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy.engine import Connection, Row

from covet_sre.access.audit import Act, AuditEntry, next_entry
from covet_sre.incident.records import Record
from covet_sre.ports import Kind
from covet_sre.store import record_statements as statements
from covet_sre.store.backend import Backend
from covet_sre.store.documents import decode, decode_many, encode, fit, unfit
from covet_sre.store.rows import execute_rows
from covet_sre.store.writer import Writer


class SqlRecords:
    """RecordStore over an opened database."""

    def __init__(self, backend: Backend, writer: Writer) -> None:
        self._backend = backend
        self._writer = writer

    def find_record(self, kind: type[Kind], identity: str) -> Kind | None:
        with self._backend.snapshot() as connection:
            return _find(connection, kind, identity)

    def records(self, kind: type[Kind], over_after: float | None = None) -> Sequence[Kind]:
        with self._backend.snapshot() as connection:
            if over_after is None:
                rows = connection.execute(statements.RECORDS, {"kind": kind.__name__})
            else:
                bounds = {"kind": kind.__name__, "since": over_after}
                rows = connection.execute(statements.RECORDS_THAT_MATTER, bounds)
            return decode_many(kind, rows.scalars())

    def change_record(
        self, kind: type[Kind], identity: str, change: Callable[[Kind | None], Kind | None], act: Act | None
    ) -> Kind | None:
        def write(connection: Connection) -> Kind | None:
            changed = change(_find(connection, kind, identity))
            put_records(connection, {(kind.__name__, identity): changed})
            add_acts(connection, [act] if act else [])
            return changed

        return self._writer.write(write)

    def forget_records(self, kind: type[Kind], over_before: float) -> int:
        bounds = {"kind": kind.__name__, "before": over_before}
        return self._writer.write(lambda connection: connection.execute(statements.FORGET_RECORDS, bounds).rowcount)

    def audit(self, act: Act) -> None:
        self._writer.write(lambda connection: add_acts(connection, [act]))

    def audit_entries(self, after: int, limit: int) -> Sequence[AuditEntry]:
        with self._backend.snapshot() as connection:
            rows = connection.execute(statements.AUDIT_AFTER, {"after": after, "limit": limit})
            return [audit_entry(row) for row in rows]

    def audit_head(self) -> AuditEntry | None:
        with self._backend.snapshot() as connection:
            return _head(connection)


def put_records(connection: Connection, records: Mapping[tuple[str, str], Record | None]) -> None:
    """Put or delete each, inside a transaction."""
    rows = [
        {"kind": kind, "identity": fit(identity), "over_at": one.over_at, "doc": encode(type(one), one)}
        for (kind, identity), one in records.items()
        if one is not None
    ]
    execute_rows(connection, statements.PUT_RECORD, rows)
    gone = [{"kind": kind, "identity": fit(identity)} for (kind, identity), one in records.items() if one is None]
    execute_rows(connection, statements.DELETE_RECORD, gone)


def add_acts(connection: Connection, acts: Iterable[Act]) -> None:
    """Each behind the last one, inside a transaction."""
    entries: list[AuditEntry] = []
    for act in acts:
        entries.append(next_entry(act, entries[-1] if entries else _head(connection)))
    execute_rows(connection, statements.ADD_AUDIT, [_audit_row(entry) for entry in entries])


def _find(connection: Connection, kind: type[Kind], identity: str) -> Kind | None:
    found = connection.execute(statements.RECORD, {"kind": kind.__name__, "identity": fit(identity)}).scalar()
    return None if found is None else decode(kind, found)


def _head(connection: Connection) -> AuditEntry | None:
    row = connection.execute(statements.AUDIT_HEAD).one_or_none()
    return None if row is None else audit_entry(row)


def _audit_row(entry: AuditEntry) -> dict[str, object]:
    act = entry.act
    return {
        "position": entry.position,
        "at": act.at,
        "actor": fit(act.actor),
        "kind": act.kind,
        "subject": fit(act.subject),
        "data": fit(act.data),
        "digest": entry.digest,
    }


def audit_entry(row: Row[tuple[object, ...]]) -> AuditEntry:
    """The entry of one row of the audit record."""
    act = Act(row.at, unfit(row.actor), row.kind, unfit(row.subject), unfit(row.data))
    return AuditEntry(row.position, act, row.digest)
