"""Putting a backup back: whole or not at all, what was there kept aside, and with caution afterwards."""

import os
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL, make_url

from covet_sre.access.audit import Act
from covet_sre.access.session import Session
from covet_sre.errors import StoreError
from covet_sre.incident.reconciling import LASTS_SECONDS, Reconciling
from covet_sre.store.backup.envelope import BackupBroken, unpack
from covet_sre.store.backup.manifest import Manifest
from covet_sre.store.backup.replacing_file import replace_file
from covet_sre.store.backup.replacing_tables import replace_tables
from covet_sre.store.backup.verifying import verify_unpacked
from covet_sre.store.failures import failures_named
from covet_sre.store.opening import open_backend
from covet_sre.store.postgresql import PostgresqlServer
from covet_sre.store.record_statements import FORGET_KIND
from covet_sre.store.records import add_acts, put_records
from covet_sre.store.sqlite import SqliteFile, take_lock
from covet_sre.store.upgrade import bring_up_to_date


@dataclass(frozen=True, slots=True)
class Restored:
    """`aside` is where what was there is kept, empty where nothing was."""

    manifest: Manifest
    where: str
    aside: str


@dataclass(frozen=True, slots=True)
class Wish:
    """How to restore. `force` replaces a database that has content; caution lasts for `seconds` (see Reconciling)."""

    now: float
    actor: str
    force: bool = False
    seconds: float = LASTS_SECONDS


def restore(file: Path, url: str, wish: Wish) -> Restored:
    """Put a backup in the place of a database.

    Raises BackupBroken when it is not whole, StoreBusy when a server has the database open, StoreError when there is
    something and `force` is not given. Whatever happens, the database is the one from before or the one from the
    backup, and nothing else.
    """
    parsed = make_url(url)
    if parsed.drivername.startswith("sqlite"):
        if not parsed.database:
            raise StoreError("a database in memory cannot be restored", remedy="name a file: sqlite:///covet-sre.db")
        return _into_file(file, Path(parsed.database).expanduser().resolve(), wish)
    return _into_server(file, url, wish)


def _into_file(file: Path, path: Path, wish: Wish) -> Restored:
    lock = take_lock(path)
    try:
        with _prepared(file, path.with_name(f".{path.name}.restoring"), wish) as (manifest, database):
            aside = replace_file(path, database, wish.now, force=wish.force)
    finally:
        os.close(lock)
    return Restored(manifest, str(path), aside)


def _into_server(file: Path, url: str, wish: Wish) -> Restored:
    backend = open_backend(url)
    assert isinstance(backend, PostgresqlServer)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="covet-sre-restore-") as folder,
            _prepared(file, Path(folder) / "covet-sre.db", wish) as (manifest, database),
        ):
            aside = replace_tables(backend, database, wish.now, force=wish.force)
        return Restored(manifest, backend.where, aside)
    finally:
        backend.close()


@contextmanager
def _prepared(file: Path, place: Path, wish: Wish) -> Generator[tuple[Manifest, Path]]:
    """The database of a backup: verified, of the present schema, and marked as restored."""
    try:
        manifest = unpack(file, place)
        damages = verify_unpacked(place, manifest)
        if damages:
            told = "; ".join(map(str, damages[:3]))
            raise BackupBroken(f"it is damaged: {told}", where=str(file), remedy="take another backup")
        _mark(place, manifest, wish)
        yield manifest, place
    finally:
        for ending in ("", "-wal", "-shm", "-journal", ".lock"):
            place.with_name(place.name + ending).unlink(missing_ok=True)


def _mark(database: Path, manifest: Manifest, wish: Wish) -> None:
    backend = SqliteFile(URL.create("sqlite", database=str(database)))
    try:
        bring_up_to_date(backend, keeps_old=False)
        mark = Reconciling(wish.now, manifest.made_at, wish.seconds)
        act = Act(wish.now, wish.actor, "RestoreBackup", manifest.digest)
        with failures_named(backend.where), backend.transaction() as connection:
            put_records(connection, {(Reconciling.__name__, mark.identity): mark})
            add_acts(connection, [act])
            # A session that was ended since the backup must not live again.
            connection.execute(FORGET_KIND, {"kind": Session.__name__})
    finally:
        backend.close()
