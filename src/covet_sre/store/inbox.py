"""What arrives, in SQL: kept before it is answered, and disposed of exactly once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection, Row

from covet_sre.errors import NotFound, StoreError
from covet_sre.ports import KEPT_BEFORE, Arrival, Disposed, DisposedArrival, Waiting
from covet_sre.store import desk_statements as statements
from covet_sre.store import record_statements
from covet_sre.store.backend import Backend
from covet_sre.store.delivered import Delivery, delivery_of
from covet_sre.store.documents import decode, decode_many, encode, fit, parts, unfit
from covet_sre.store.group_commit import GroupCommit
from covet_sre.store.rows import execute_row, execute_rows
from covet_sre.store.writer import Writer

FORGOTTEN_AT_ONCE = 5000
"""One transaction drops so many: whoever waits for its turn does not wait long."""


class SqlInbox:
    """InboxStore over an opened database."""

    def __init__(self, backend: Backend, writer: Writer) -> None:
        self._backend = backend
        self._writer = writer
        self._group = GroupCommit(writer, _add)

    def accept(self, arrivals: Sequence[Arrival]) -> Sequence[int]:
        return self._writer.write(lambda connection: _add(connection, arrivals)) if arrivals else []

    def accept_soon(self, arrival: Arrival, answered: Callable[[int | None, Exception | None], None]) -> None:
        self._group.put(arrival, answered)

    def waiting(self, limit: int) -> Sequence[Waiting]:
        with self._backend.snapshot() as connection:
            return [_waiting(row) for row in connection.execute(statements.WAITING, {"limit": limit})]

    def waiting_count(self) -> int:
        with self._backend.snapshot() as connection:
            return connection.execute(statements.WAITING_COUNT).scalar_one()

    def tried(self, number: int) -> int:
        """Raises NotFound."""

        def write(connection: Connection) -> int:
            tries = connection.execute(statements.TRIED, {"number": number}).scalar_one_or_none()
            if tries is None:
                raise NotFound(f"there is no arrival {number}")
            return tries

        return self._writer.write(write)

    def disposed(self, numbers: Sequence[int]) -> Mapping[int, Disposed]:
        with self._backend.snapshot() as connection:
            results = [
                row.result
                for part in parts(numbers)
                for row in connection.execute(statements.RESULTS, {"numbers": part})
            ]
        return {found.number: found for found in map(_plain, decode_many(Disposed, results))}

    def arrivals(self, before: int | None, limit: int) -> Sequence[DisposedArrival]:
        statement = statements.NEWEST_ARRIVALS if before is None else statements.ARRIVALS_BEFORE
        bounds = {"limit": limit} if before is None else {"limit": limit, "before": before}
        with self._backend.snapshot() as connection:
            return [
                DisposedArrival(
                    _waiting(row),
                    None if row.result is None else _plain(decode(Disposed, row.result)),
                    row.disposed_at,
                )
                for row in connection.execute(statement, bounds)
            ]

    def forget_arrivals(self, before: float) -> int:
        """As the port says, a bounded number each time: whoever gets more than none asks again.

        Alerts that ended before that time go too, where they are still there: a desk that was laid out later than a
        day after their end never knew of them.
        """
        bounds = {"before": before, "limit": FORGOTTEN_AT_ONCE}

        def write(connection: Connection) -> int:
            connection.execute(statements.FORGET_ENDED_ALERTS, bounds)
            return connection.execute(statements.FORGET_ARRIVALS, bounds).rowcount

        return self._writer.write(write)


def dispose(connection: Connection, disposed: Sequence[Disposed], now: float) -> None:
    """Note what was made of arrivals. Raises StoreError where one is gone, or something was made of it before."""
    for part in parts(disposed):
        rows = [
            {
                "number": one.number,
                "state": "quarantined" if one.quarantined else "done",
                "result": encode(Disposed, one),
                "disposed_at": now,
            }
            for one in part
        ]
        if execute_rows(connection, statements.DISPOSE, rows) != len(rows):
            raise StoreError(
                f"of the arrivals {part[0].number} to {part[-1].number}, one is disposed of already",
                remedy="nothing of this step was written; the desk is laid out anew",
            )


def _add(connection: Connection, arrivals: Sequence[Arrival]) -> Sequence[int]:
    if all(arrival.once is None for arrival in arrivals):
        return _numbered(connection, arrivals)
    is_new = _note_deliveries(connection, arrivals)
    fresh = [arrival for arrival, new in zip(arrivals, is_new, strict=True) if new]
    numbers = iter(_numbered(connection, fresh) if fresh else ())
    return [next(numbers) if new else KEPT_BEFORE for new in is_new]


def _note_deliveries(connection: Connection, arrivals: Sequence[Arrival]) -> Sequence[bool]:
    """Which of them were not kept before, noting those; and what need not be known any more is forgotten."""
    kind = Delivery.__name__
    now = max(arrival.received_at for arrival in arrivals)
    connection.execute(record_statements.FORGET_RECORDS, {"kind": kind, "before": now})
    found: list[bool] = []
    for arrival in arrivals:
        if (one := delivery_of(arrival)) is None:
            found.append(True)
            continue
        row = {
            "kind": kind,
            "identity": fit(one.identity),
            "over_at": one.over_at,
            "doc": encode(Delivery, one),
        }
        found.append(connection.execute(record_statements.ADD_RECORD, row).rowcount == 1)
    return found


def _numbered(connection: Connection, arrivals: Sequence[Arrival]) -> Sequence[int]:
    last = execute_row(connection, statements.TAKE_NUMBERS, {"count": len(arrivals)}).scalar_one()
    numbers = list(range(last - len(arrivals) + 1, last + 1))
    rows = [
        {
            "number": number,
            "source": fit(arrival.source),
            "body": arrival.body,
            "received_at": float(arrival.received_at),
            "actor": fit(arrival.actor),
            "note": fit(arrival.note),
        }
        for number, arrival in zip(numbers, arrivals, strict=True)
    ]
    if connection.dialect.name == "postgresql":
        connection.execute(statements.ADD_ARRIVALS, {name: [row[name] for row in rows] for name in rows[0]})
    else:
        execute_rows(connection, statements.ADD_ARRIVAL, rows)
    return numbers


def _waiting(row: Row[tuple[object, ...]]) -> Waiting:
    arrival = Arrival(unfit(row.source), bytes(row.body), row.received_at, unfit(row.actor), unfit(row.note))
    return Waiting(row.number, arrival, row.tries)


def _plain(disposed: Disposed) -> Disposed:
    return replace(disposed, alerts=tuple(disposed.alerts))
