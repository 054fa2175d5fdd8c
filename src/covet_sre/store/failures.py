"""What a database's error means to us: full, busy, or otherwise not done; and what to do about it."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from covet_sre.errors import StoreBusy, StoreError, StoreFull

_SQLITE_FULL = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY}
# What SQLite says when there is no room even for the files beside the database.
_SQLITE_NO_ROOM = {sqlite3.SQLITE_IOERR_SHMSIZE, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
# https://www.postgresql.org/docs/15/errcodes-appendix.html
_POSTGRESQL_FULL = {"53100": "no space on the server", "25006": "the server is read-only (a standby?)"}
_POSTGRESQL_BUSY = {"55P03", "40001", "40P01"}


class OutcomeUnknown(StoreError):
    """A commit was sent and no answer came: all of it was written, or nothing. Nobody may simply do it again."""


@contextmanager
def failures_named(where: str) -> Generator[None]:
    """Turn the driver's errors into StoreFull, StoreBusy or StoreError."""
    try:
        yield
    except SQLAlchemyError as error:
        raise store_error(error, where) from error
    except UnicodeEncodeError as error:
        raise StoreError(f"the text {error.object!r} is no Unicode and cannot be kept", where=where) from error


def store_error(error: SQLAlchemyError, where: str) -> StoreError:
    """The error of ours that says what happened."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    message = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    if isinstance(cause, sqlite3.Error):
        return _sqlite(getattr(cause, "sqlite_errorcode", 0), message, where)
    return _postgresql(getattr(cause, "sqlstate", None), message, where)


def _sqlite(code: int, message: str, where: str) -> StoreError:
    primary = code & 0xFF
    if primary in _SQLITE_FULL or code in _SQLITE_NO_ROOM:
        remedy = "allow writing to the file and its folder" if primary == sqlite3.SQLITE_READONLY else "make room"
        return StoreFull(message, where=where, remedy=f"{remedy}; measuring then goes on by itself")
    if primary in _SQLITE_BUSY:
        return StoreBusy(message, where=where, remedy="close the other program that has the file open")
    if primary == sqlite3.SQLITE_CANTOPEN:
        return StoreError(message, where=where, remedy="check that the folder exists and may be written")
    if primary == sqlite3.SQLITE_NOTADB:
        return StoreError("this is no SQLite database", where=where, remedy="name another file")
    if primary == sqlite3.SQLITE_CORRUPT:
        return StoreError("the database file is damaged", where=where, remedy="restore a backup")
    return StoreError(message, where=where)


def _postgresql(state: str | None, message: str, where: str) -> StoreError:
    if state in _POSTGRESQL_FULL:
        return StoreFull(_POSTGRESQL_FULL[state], where=where, remedy="measuring goes on by itself when it can write")
    if state in _POSTGRESQL_BUSY:
        return StoreBusy(message, where=where, remedy="it is tried again with the next tick")
    return StoreError(message, where=where, remedy="check that PostgreSQL runs and that the URL is right")
