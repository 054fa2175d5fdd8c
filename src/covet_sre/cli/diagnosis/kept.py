"""What is kept: whether a server's start would migrate it, how old the newest backup is, and whose clock is right."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from covet_sre.cli.diagnosis.check import Check, Group
from covet_sre.cli.diagnosis.machine import DATABASE
from covet_sre.errors import StoreError

BACKUPS = Group("Backups")

SKEW_SECONDS = 10.0
_LATE = 3
"""So many times the time between two backups."""


def is_in_use(url: str) -> bool:
    """Whether there is a database that somebody would miss."""
    return not url.startswith("sqlite") or Path(url.removeprefix("sqlite:///")).expanduser().is_file()


def schema(url: str, clock: Callable[[], float]) -> Iterator[Check]:
    """The schema's version; of PostgreSQL, the clock too. A file that a server has open is not looked at."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///")).expanduser()
        if path.is_file() and path != Path():
            yield from _of_file(path)
        return
    if url.startswith("postgres"):
        yield from _of_server(url, clock)


def _of_file(path: Path) -> Iterator[Check]:
    if _is_open(path):
        yield DATABASE.not_checked("schema", "a server has it open: it has brought it up to date")
        return
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            oldest = connection.execute("SELECT number FROM meta WHERE name = 'minimum_reader'").fetchone()
    except sqlite3.Error as error:
        told = f"{path.name} cannot be read: {error}"
        yield DATABASE.problem("schema", told, "restore a backup: covet-sre db restore; or name another file")
        return
    yield _version(str(found[0]) if found else None, oldest[0] if oldest else None)


def _is_open(path: Path) -> bool:
    """Whether another process holds the lock beside the file; it is not taken here."""
    import fcntl

    side = path.with_name(path.name + ".lock")
    try:
        descriptor = os.open(side, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _of_server(url: str, clock: Callable[[], float]) -> Iterator[Check]:
    from sqlalchemy import text

    from covet_sre.store import facts
    from covet_sre.store.migrating import version_of
    from covet_sre.store.opening import open_backend
    from covet_sre.store.upgrade import MINIMUM_READER

    try:
        backend = open_backend(url)
    except StoreError as error:
        yield DATABASE.failed("opens", error)
        return
    try:
        with backend.snapshot() as connection:
            theirs = float(connection.execute(text("SELECT extract(epoch FROM clock_timestamp())")).scalar_one())
            found = version_of(connection)
            oldest = None if found is None else facts.number(connection, MINIMUM_READER)
    except StoreError as error:
        failed = DATABASE.failed("opens", error)
        yield Check(failed.group, failed.subject, failed.outcome, failed.told, failed.remedy, is_upstream=True)
        return
    finally:
        backend.close()
    yield _skew(theirs - clock())
    yield _version(found, oldest)


def _skew(skew: float) -> Check:
    if abs(skew) <= SKEW_SECONDS:
        return DATABASE.ok("clock", "its clock agrees with the one here")
    told = f"its clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the one here"
    return DATABASE.warning("clock", told, "let both machines synchronise their clocks (NTP): leases go by them")


def _version(found: str | None, oldest_reader: int | None) -> Check:
    from covet_sre.store.migrating import known_versions
    from covet_sre.store.upgrade import CURRENT

    if found == CURRENT:
        return DATABASE.ok("schema", f"{CURRENT}, as this version has it")
    if found is None:
        return DATABASE.not_checked("schema", "there are no tables yet: serve makes them")
    if found in known_versions():
        told = f"{found}: the next start brings it to {CURRENT}, and keeps a copy of what was there"
        return DATABASE.warning("schema", told, "see docs/upgrading.md, then start the server or: covet-sre db upgrade")
    if oldest_reader is not None and int(CURRENT) >= oldest_reader:
        told = f"{found}: made by a newer version, which says that this one may go on beside it"
        return DATABASE.warning("schema", told, "upgrade this one too, soon")
    told = f"{found}: made by a newer version, and this one knows {CURRENT}"
    return DATABASE.problem("schema", told, "install that version or a newer one")


def backups(
    folder: Path | None, every_seconds: float, clock: Callable[[], float], *, is_in_use: bool
) -> Iterator[Check]:
    """Whether there are any, and how old the newest is. `is_in_use`: there is something to be lost."""
    from covet_sre.store.backup.making import made_at_in

    if folder is None and not is_in_use:
        yield BACKUPS.not_checked("folder", "none is named, and there is no database yet")
        return
    if folder is None:
        told = "none are made: when the disk is lost, so is everything"
        yield BACKUPS.warning(
            "folder", told, "serve --backup-folder DIR, on another disk; or covet-sre db backup by cron"
        )
        return
    if not folder.is_dir():
        yield BACKUPS.warning("folder", f"{folder} is not there yet: serve makes it", f"mkdir -p {folder}")
        return
    if not os.access(folder, os.W_OK):
        yield BACKUPS.problem("folder", f"{folder} cannot be written", f"chmod u+w {folder}")
    names = [path.name for path in folder.iterdir()]
    made = sorted(at for at in map(made_at_in, names) if at is not None)
    if damaged := sorted(name for name in names if name.endswith(".damaged")):
        told = f"{damaged[-1]} was found damaged when it was made"
        yield BACKUPS.problem("damaged", told, "verify the database: covet-sre db verify; then remove that file")
    if not made:
        yield BACKUPS.warning("newest", f"there is none in {folder}", "start the server, or: covet-sre db backup")
        return
    age = max(clock() - made[-1], 0.0)
    told = f"{len(made)} in {folder}, the newest {_age(age)} old"
    if age > _LATE * every_seconds:
        yield BACKUPS.warning("newest", told, "is the server running? See its log, and the room in the folder")
    else:
        yield BACKUPS.ok("newest", told)


def _age(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
