"""Adjustments in SQL: added, revoked, never deleted."""

from dataclasses import asdict

from sqlalchemy.engine import Connection, Row

from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.errors import NotFound
from covet_sre.store import statements
from covet_sre.store.backend import Backend
from covet_sre.store.records import add_acts
from covet_sre.store.rules import added, check_revocable, revoked
from covet_sre.store.writer import Writer


class SqlAdjustments:
    """AdjustmentStore over an opened database."""

    def __init__(self, backend: Backend, writer: Writer) -> None:
        self._backend = backend
        self._writer = writer

    def add_adjustment(self, adjustment: Adjustment) -> Adjustment:
        """Keep it under a number of ours; the one that it came with does not matter."""
        row = {**asdict(adjustment), "kind": adjustment.kind.value}
        del row["identity"]

        def write(connection: Connection) -> Adjustment:
            identity = connection.execute(statements.ADD_ADJUSTMENT, row).scalar_one()
            made = _read(connection, identity)
            add_acts(connection, [added(made)])
            return made

        return self._writer.write(write)

    def revoke_adjustment(self, identity: int, author: str, reason: str, at_minute: int) -> Adjustment:
        """Raises NotFound, or Refused when it was revoked before."""
        row = {"identity": identity, "author": author, "reason": reason, "at_minute": int(at_minute)}

        def write(connection: Connection) -> Adjustment:
            check_revocable(_read(connection, identity))
            connection.execute(statements.REVOKE_ADJUSTMENT, row)
            made = _read(connection, identity)
            add_acts(connection, [revoked(made)])
            return made

        return self._writer.write(write)

    def adjustments(self, slo: str | None = None) -> list[Adjustment]:
        with self._backend.snapshot() as connection:
            if slo is None:
                rows = connection.execute(statements.ADJUSTMENTS)
            else:
                rows = connection.execute(statements.ADJUSTMENTS_OF_SLO, {"slo": slo})
            return [_adjustment(row) for row in rows]


def _read(connection: Connection, identity: int) -> Adjustment:
    row = connection.execute(statements.ADJUSTMENT, {"identity": identity}).one_or_none()
    if row is None:
        raise NotFound(f"there is no adjustment {identity}")
    return _adjustment(row)


def _adjustment(row: Row[tuple[object, ...]]) -> Adjustment:
    return Adjustment(
        identity=row.identity,
        slo=row.slo,
        kind=AdjustmentKind(row.kind),
        start_minute=row.start_minute,
        end_minute=row.end_minute,
        bad=row.bad,
        total=row.total,
        author=row.author,
        reason=row.reason,
        made_minute=row.made_minute,
        revoked_minute=row.revoked_minute,
        revoked_by=row.revoked_by,
        revoked_reason=row.revoked_reason,
    )
