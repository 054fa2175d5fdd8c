"""Making a backup: a copy, described, in one file."""

import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from covet_sre.errors import StoreError
from covet_sre.store.backup.envelope import DATABASE, write_envelope
from covet_sre.store.backup.manifest import Manifest, described

_NAME = "covet-sre-%Y%m%dT%H%M%SZ.tar.gz"


@dataclass(frozen=True, slots=True)
class Backup:
    path: Path
    manifest: Manifest


def file_name(made_at: float) -> str:
    """What a backup of a time is called; in order by name they are in order by time."""
    return datetime.fromtimestamp(made_at, UTC).strftime(_NAME)


def made_at_in(name: str) -> float | None:
    """When a backup of this name was made; None for any other file."""
    try:
        return datetime.strptime(name, _NAME).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def make_backup(copy: Callable[[Path], None], to: Path, made_at: float, made_from: str) -> Backup:
    """`copy` writes a consistent copy as an SQLite file. Raises StoreError; `to` is whole, or not there, or as it was.

    The copy lies beside `to` for a while: its folder needs room for both.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".covet-sre-backup-", dir=to.parent) as folder:
            database = Path(folder) / DATABASE
            copy(database)
            manifest = described(database, made_at, made_from, version("covet-sre"))
            write_envelope(to, manifest, database)
    except sqlite3.Error as error:
        raise StoreError(f"the copy cannot be read: {error}", where=str(to), remedy="verify the database") from error
    except OSError as error:
        problem = f"it cannot be written: {error.strerror or error}"
        raise StoreError(problem, where=str(to), remedy="make room, and allow writing there") from error
    return Backup(to, manifest)
