"""A consistent copy of a whole database as one SQLite file, whatever system it lies in."""

import os
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection

from covet_sre.errors import StoreError
from covet_sre.store.backend import Backend
from covet_sre.store.failures import failures_named
from covet_sre.store.migrating import known_versions, migrate, version_of
from covet_sre.store.sqlite import PAGE_BYTES, SqliteFile

_ROWS_AT_ONCE = 500

NOW_SQLITE = text("SELECT strftime('%Y%m%dT%H%M%SZ', 'now')")
NOW_POSTGRESQL = text("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD\"T\"HH24MISS\"Z\"')")
"""The database's own clock names the copies that are made before an upgrade."""

TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"


def copy_database(backend: Backend, path: Path) -> None:
    """Everything as it is at one moment, into a new file, which is on the disk when this returns.

    Readers and the writer go on meanwhile. Raises StoreError; no file is left then.
    """
    path.unlink(missing_ok=True)
    try:
        if isinstance(backend, SqliteFile):
            backend.copy_to(path)
        else:
            _export(backend, path)
        to_disk(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def copy_before_upgrade(backend: Backend, to_version: str, folder: Path | None) -> Path | None:
    """Keep what is there before migrations change it; where it is kept, None for PostgreSQL without a folder."""
    is_file = isinstance(backend, SqliteFile)
    if is_file and backend.is_temporary:
        return None
    with backend.snapshot() as connection:
        now = str(connection.execute(NOW_SQLITE if is_file else NOW_POSTGRESQL).scalar_one())
    if is_file:
        kept = backend.path.with_name(f"{backend.path.name}.before-{to_version}-{now}")
    elif folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        kept = folder / f"covet-sre.db.before-{to_version}-{now}"
    else:
        return None
    try:
        copy_database(backend, kept)
    except (StoreError, OSError) as error:
        raise StoreError(
            f"it could not be copied before its schema is upgraded: {error}",
            where=backend.where,
            remedy="make room for a second copy, or allow writing there; nothing was changed",
        ) from error
    return kept


def to_disk(path: Path) -> None:
    """Have a file, and its name in its folder, on the disk."""
    for place in (path, path.parent):
        descriptor = os.open(place, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def tables_in(connection: sqlite3.Connection) -> list[str]:
    """The names of all tables of a copy."""
    return [str(name) for (name,) in connection.execute(TABLES)]


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    """The names of a table's columns, in order."""
    return [str(row[1]) for row in connection.execute(f'PRAGMA table_info("{table}")')]


def rows_at_once(rows: Iterator[Sequence[object]]) -> Iterator[list[Sequence[object]]]:
    """Parts of bounded size."""
    part: list[Sequence[object]] = []
    for row in rows:
        part.append(row)
        if len(part) >= _ROWS_AT_ONCE:
            yield part
            part = []
    if part:
        yield part


@contextmanager
def opened_copy(path: Path) -> Generator[Connection]:
    """A copy as SQLAlchemy sees it, in a transaction; nobody else has it open."""
    engine = create_engine(URL.create("sqlite+pysqlite", database=str(path)), hide_parameters=True)
    try:
        with failures_named(str(path)), engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def _export(backend: Backend, path: Path) -> None:
    """Out of one snapshot of PostgreSQL, into tables that the same migrations have made."""
    with backend.snapshot() as source:
        version = version_of(source)
        if version is None:
            raise StoreError("there is nothing of Covet SRE in it", where=backend.where, remedy="name its database")
        if version not in known_versions():
            raise StoreError(
                f"only a release that knows schema {version} can copy it", where=backend.where, remedy="use that one"
            )
        with closing(sqlite3.connect(path)) as empty:
            empty.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            empty.execute("VACUUM")
        with opened_copy(path) as made:
            migrate(made, version)
        with closing(sqlite3.connect(path)) as target:
            target.execute("PRAGMA synchronous = OFF")
            try:
                for table in tables_in(target):
                    _export_table(source, target, table)
                target.commit()
            except sqlite3.Error as error:
                raise StoreError(f"the copy cannot be written: {error}", where=str(path)) from error


def _export_table(source: Connection, target: sqlite3.Connection, table: str) -> None:
    columns = columns_of(target, table)
    named = ", ".join(f'"{column}"' for column in columns)
    target.execute(f'DELETE FROM "{table}"')
    statement = text(f'SELECT {named} FROM "{table}"').execution_options(stream_results=True)
    places = ", ".join("?" * len(columns))
    for part in rows_at_once(iter(source.execute(statement))):
        target.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({places})', [tuple(row) for row in part])
