"""Whether a backup, or a database that nobody has open, is whole."""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from covet_sre.errors import StoreError
from covet_sre.ports import Damage
from covet_sre.store.backend import Backend
from covet_sre.store.backup.envelope import DATABASE, BackupBroken, unpack
from covet_sre.store.backup.manifest import Heads, Manifest, described
from covet_sre.store.copying import copy_database, opened_copy
from covet_sre.store.verifying import damages_in

_SQLITE_MARK = b"SQLite format 3\x00"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked through, and what is wrong with it. `manifest` is None where it cannot be told."""

    manifest: Manifest | None
    damages: tuple[Damage, ...]


def verify_file(path: Path) -> Verified:
    """A backup, or an SQLite file as an upgrade leaves it beside the database. Raises StoreError where none is there.

    Nothing of it is changed: it is looked through in a temporary folder.
    """
    with tempfile.TemporaryDirectory(prefix="covet-sre-verify-") as folder:
        database = Path(folder) / DATABASE
        if _is_sqlite(path):
            try:
                _copy_file(path, database)
            except sqlite3.Error as error:
                return Verified(None, (Damage("file", str(error)),))
            return _looked_through(database, None)
        try:
            manifest = unpack(path, database)
        except BackupBroken as error:
            return Verified(None, (Damage("file", error.problem),))
        return _looked_through(database, manifest)


def verify_unpacked(database: Path, manifest: Manifest) -> tuple[Damage, ...]:
    """What is wrong with a database that came out of a backup."""
    return _looked_through(database, manifest).damages


def verify_database(backend: Backend) -> Verified:
    """A database that no server has open, or PostgreSQL: as it is at one moment."""
    with tempfile.TemporaryDirectory(prefix="covet-sre-verify-") as folder:
        database = Path(folder) / DATABASE
        try:
            with backend.snapshot() as connection:
                damages = tuple(damages_in(connection))
            copy_database(backend, database)
            return Verified(described(database, 0.0, backend.where, ""), damages)
        except StoreError as error:
            return Verified(None, (Damage("database", error.problem),))


def _looked_through(database: Path, told: Manifest | None) -> Verified:
    try:
        with opened_copy(database) as connection:
            damages = tuple(damages_in(connection))
        found = described(database, 0.0, "", "")
    except (StoreError, sqlite3.Error, TypeError) as error:
        return Verified(told, (Damage("file", f"it cannot be looked through: {error}"),))
    return Verified(told or found, (*damages, *(_against(told, found) if told else ())))


def _against(told: Manifest, found: Manifest) -> Iterator[Damage]:
    for table in sorted({*told.rows, *found.rows}):
        if told.rows.get(table) != found.rows.get(table):
            told_rows, found_rows = told.rows.get(table, 0), found.rows.get(table, 0)
            yield Damage(f"table {table}", f"it has {found_rows} rows, and the manifest tells of {told_rows}")
    if told.schema != found.schema:
        yield Damage("schema", f"it is {found.schema}, and the manifest tells of {told.schema}")
    yield from _heads_against(told.heads, found.heads)


def _heads_against(told: Heads, found: Heads) -> Iterator[Damage]:
    if (told.audit_position, told.audit_digest) != (found.audit_position, found.audit_digest):
        yield Damage("audit", f"it ends at entry {found.audit_position}, and the manifest tells of another end")
    if (told.timelines, told.timelines_digest) != (found.timelines, found.timelines_digest):
        yield Damage("timelines", "they do not end where the manifest says")


def _copy_file(path: Path, to: Path) -> None:
    """As SQLite reads it, its log included; the file itself is only read."""
    with (
        closing(sqlite3.connect(to)) as copy,
        closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as source,
    ):
        source.backup(copy)


def _is_sqlite(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE_MARK)) == _SQLITE_MARK
    except FileNotFoundError as error:
        raise StoreError("there is no such file", where=str(path), remedy="name a backup or a database") from error
    except OSError as error:
        raise StoreError(f"it cannot be read: {error.strerror}", where=str(path), remedy="allow reading it") from error
