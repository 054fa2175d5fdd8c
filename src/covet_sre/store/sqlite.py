"""SQLite: one process opens the file, one connection writes it and does the checkpoints, others read snapshots."""

import fcntl
import os
import sqlite3
import tempfile
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from covet_sre.errors import StoreBusy, StoreError, StoreFull
from covet_sre.store.failures import failures_named, store_error
from covet_sre.store.lease import Leases

PAGE_BYTES = 16384
"""A packed block of minutes takes about 2.8 kB: five fit a page of this size, one a page of the usual 4096."""
_BUSY_TIMEOUT_SECONDS = 10
_LOG_BYTES = 64 * 1024 * 1024


class SqliteFile:
    """An opened file.

    Versions of SQLite before 3.51.3 can damage a file when one connection writes while another does a checkpoint:
    here only the connection that writes ever does one.
    """

    def __init__(self, url: URL) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="covet-sre-") if not url.database else None
        folder = Path(self._temporary.name) if self._temporary else None
        self._path = (folder / "covet-sre.db" if folder else Path(url.database or "").expanduser()).resolve()
        self.where = str(self._path)
        self.path, self.is_temporary = self._path, self._temporary is not None
        self._leases = Leases()
        self._read_only = self._closed = False
        self._lock = take_lock(self._path)
        location = URL.create("sqlite+pysqlite", database=self.where)
        arguments = {"timeout": _BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
        self._writer = create_engine(
            location, connect_args=arguments, hide_parameters=True, pool_size=1, max_overflow=0
        )
        self._readers = create_engine(
            location, connect_args=arguments, hide_parameters=True, pool_size=5, max_overflow=-1
        )
        _prepare(self._writer, _writer_settings, "BEGIN IMMEDIATE")
        _prepare(self._readers, _reader_settings, "BEGIN")

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        if self._read_only and self._may_be_written():
            # What a process has opened for reading only stays so while any of its connections is open.
            self._readers.dispose()
            self._writer.dispose()
        with self._writer.connect() as connection:
            try:
                with connection.begin():
                    yield connection
                self._read_only = False
            except DBAPIError as error:
                connection.invalidate()
                self._read_only = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_READONLY
                raise

    @contextmanager
    def snapshot(self) -> Generator[Connection]:
        if self._closed:
            # The lock is given up: another process may have the file.
            raise StoreError("the store is closed", where=self.where)
        with failures_named(self.where), self._readers.connect() as connection, connection.begin():
            yield connection

    def copy_to(self, path: Path) -> None:
        """Everything as it is at one moment, into a new file. The writer goes on meanwhile; so do readers."""
        with self.snapshot():
            # While this snapshot is open, so is the log: a connection that may only read finds what it needs. It does
            # no checkpoint.
            try:
                with closing(sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as connection:
                    connection.execute("VACUUM INTO ?", (str(path),))
            except sqlite3.Error as error:
                raise store_error(DBAPIError("VACUUM INTO", None, error), str(path)) from error

    def _may_be_written(self) -> bool:
        beside = [self._path.with_name(self._path.name + ending) for ending in ("-wal", "-shm")]
        present = [path for path in (self._path, *beside) if path.exists()]
        return all(os.access(path, os.W_OK) for path in (self._path.parent, *present))

    def check_lease(self, connection: Connection, lease: str, holder: str | None = None) -> None:  # noqa: ARG002
        """No other process has the file open: only holders within this one have to be told apart."""
        if holder is not None:
            self._leases.check(lease, holder, self.where)

    def acquire_lease(self, lease: str, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        return self._leases.acquire(lease, holder, now_seconds, ttl_seconds)

    def close(self) -> None:
        # The writer goes last: the last connection to close does a checkpoint.
        if self._closed:
            return
        self._closed = True
        self._readers.dispose()
        self._writer.dispose()
        os.close(self._lock)
        if self._temporary:
            self._temporary.cleanup()


def take_lock(path: Path) -> int:
    """Take the lock on the side file; it ends with the process. Raises StoreBusy, StoreFull or StoreError."""
    side = path.with_name(path.name + ".lock")
    if path.exists() and not os.access(path, os.W_OK):
        # SQLite would open it, and leave files beside it that cannot be written either.
        raise StoreFull("the file cannot be written", where=str(path), remedy=f"chmod u+w {path}, or mount it writable")
    try:
        descriptor = os.open(side, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except FileNotFoundError as error:
        raise StoreError("the folder does not exist", where=str(path), remedy=f"mkdir -p {path.parent}") from error
    except OSError as error:
        raise StoreFull(
            f"{side.name} cannot be made beside it: {error.strerror}",
            where=str(path),
            remedy="make room, and allow writing to the folder",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(descriptor)
        raise StoreBusy(
            f"process {holder} has this database open",
            where=str(path),
            remedy="stop it, talk to it with --server, or give this one a database of its own",
        ) from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def _prepare(engine: Engine, settings: Callable[[sqlite3.Connection], None], begin: str) -> None:
    def connected(connection: Any, _record: object) -> None:
        # The driver begins no transactions by itself; ours begin with the statement that is right for them.
        connection.isolation_level = None
        settings(connection)

    def began(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)


def _writer_settings(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # counts only while the file is empty
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")


def _reader_settings(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
