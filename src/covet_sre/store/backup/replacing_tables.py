"""Tables in PostgreSQL in the place of others: one transaction, the old ones moved into a schema of their own."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from covet_sre.errors import StoreBusy, StoreError
from covet_sre.store.backup.replacing_file import NO_CONTENT
from covet_sre.store.copying import columns_of, tables_in
from covet_sre.store.failures import failures_named
from covet_sre.store.migrating import migrate
from covet_sre.store.postgresql import PostgresqlServer
from covet_sre.store.tables import metadata

_HELD = text(
    "SELECT name, until_seconds - extract(epoch FROM clock_timestamp()) AS seconds FROM lease "
    "WHERE until_seconds > extract(epoch FROM clock_timestamp())"
)

_EPOCH = text("SELECT coalesce(max(epoch), 0) FROM lease")

_END_LEASES = text("UPDATE lease SET holder = '', until_seconds = 0, epoch = greatest(epoch, :epoch) + 1")
"""A server that was stopped before the restore, and wakes up after it, holds no lease of these any more."""

_NEXT_NUMBER = text("SELECT pg_get_serial_sequence(:table, :column)")

_LOCK_TIME = text("SET LOCAL idle_in_transaction_session_timeout = 0")


def replace_tables(server: PostgresqlServer, database: Path, now: float, *, force: bool) -> str:
    """Put the rows of an SQLite file into new tables; the schema in which the old ones are kept, empty for none.

    Raises StoreBusy while a server holds a lease, StoreError; nothing has changed then, nor when this process dies.
    """
    with failures_named(server.where), server.transaction() as connection:
        connection.execute(_LOCK_TIME)
        aside, epoch = _set_aside(connection, server.where, now, force=force)
        migrate(connection)
        with closing(sqlite3.connect(database)) as source:
            for table in tables_in(source):
                _copy_table(connection, source, table)
        connection.execute(_END_LEASES, {"epoch": epoch})
    return aside


def _set_aside(connection: Connection, where: str, now: float, *, force: bool) -> tuple[str, int]:
    """The schema that the old tables went to, and the last epoch of a lease in them."""
    present = [name for name in inspect(connection).get_table_names() if name in {*metadata.tables, "alembic_version"}]
    if not present:
        return "", 0
    epoch = 0
    if "lease" in present:
        held = connection.execute(_HELD).first()
        if held is not None:
            raise StoreBusy(
                f"a server uses it: the lease {held.name} ends in {held.seconds:.0f} s",
                where=where,
                remedy="stop all servers of this database first",
            )
        epoch = int(connection.execute(_EPOCH).scalar_one())
    rows = sum(_count(connection, name) for name in present if name not in NO_CONTENT)
    if not rows:
        for name in present:
            connection.execute(text(f'DROP TABLE "{name}"'))
        return "", epoch
    if not force:
        raise StoreError(
            f"there is a database already ({rows} rows)",
            where=where,
            remedy="name another one, or replace it with --force: the old tables are kept in a schema beside it",
        )
    first = datetime.fromtimestamp(now, UTC).strftime("covet_sre_replaced_%Y%m%dt%H%M%Sz")
    taken = set(inspect(connection).get_schema_names())
    schema = next(name for name in chain([first], (f"{first}_{number}" for number in count(2))) if name not in taken)
    connection.execute(text(f'CREATE SCHEMA "{schema}"'))
    for name in present:
        connection.execute(text(f'ALTER TABLE "{name}" SET SCHEMA "{schema}"'))
    return schema, epoch


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())


def _copy_table(connection: Connection, source: sqlite3.Connection, table: str) -> None:
    columns = columns_of(source, table)
    named = ", ".join(f'"{column}"' for column in columns)
    connection.execute(text(f'DELETE FROM "{table}"'))
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({named}) FROM STDIN') as copy:
        for row in source.execute(f'SELECT {named} FROM "{table}"'):
            copy.write_row(row)
    for column in columns:
        sequence = connection.execute(_NEXT_NUMBER, {"table": table, "column": column}).scalar()
        if sequence is not None:
            last = f'SELECT setval(:sequence, coalesce(max("{column}"), 0) + 1, false) FROM "{table}"'
            connection.execute(text(last), {"sequence": sequence})
