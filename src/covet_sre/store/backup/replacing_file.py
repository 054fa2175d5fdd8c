"""One SQLite file in the place of another: at every instant the name leads to one of the two, whole."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path

from covet_sre.errors import StoreError
from covet_sre.store.copying import tables_in, to_disk

NO_CONTENT = frozenset({"alembic_version", "lease", "meta"})
"""Tables that a server fills by starting: what stands in them alone is nothing that anybody would miss."""


def replace_file(path: Path, new: Path, now: float, *, force: bool) -> str:
    """Put `new` in the place of `path`; where the old one is kept, empty where there was none.

    Whoever calls this holds the file's lock. Raises StoreError, and then nothing has changed.
    """
    try:
        aside = _set_aside(path, now, force=force) if path.exists() else None
        to_disk(new)
        new.replace(path)
        to_disk(path)
    except OSError as error:
        problem = f"it cannot be put in its place: {error.strerror or error}"
        raise StoreError(problem, where=str(path), remedy="allow writing to the folder, and make room") from error
    return str(aside) if aside else ""


def _set_aside(path: Path, now: float, *, force: bool) -> Path | None:
    """A second name for what is there. The log is folded in first: it must not be taken for the new file's."""
    content = _content(path)
    if content and not force:
        raise StoreError(
            f"there is a database already ({content})",
            where=str(path),
            remedy="name another place, or replace it with --force: the old one is kept beside it",
        )
    aside = _free_name(path, datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ"))
    aside.hardlink_to(path)
    for ending in ("-wal", "-shm"):
        # Only of a file that SQLite could not open anything is left here.
        beside = path.with_name(path.name + ending)
        if beside.exists():
            aside.with_name(aside.name + ending).hardlink_to(beside)
    to_disk(aside)
    for ending in ("-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    to_disk(path)
    if content:
        return aside
    # An empty database is not worth keeping.
    aside.unlink()
    return None


def _free_name(path: Path, stamp: str) -> Path:
    """One that nothing has: what was set aside before stays."""
    names = (f"{path.name}.replaced-{stamp}{more}" for more in chain([""], (f"-{number}" for number in count(2))))
    return next(path.with_name(name) for name in names if not path.with_name(name).exists())


def _content(path: Path) -> str:
    """What is in a file, in a few words; empty for a database without content. Its log is folded in."""
    try:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            counted = {
                table: connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]
                for table in tables_in(connection)
                if table not in NO_CONTENT
            }
    except sqlite3.Error as error:
        return f"it cannot be read: {error}"
    rows = sum(counted.values())
    return f"{rows} rows" if rows else ""
