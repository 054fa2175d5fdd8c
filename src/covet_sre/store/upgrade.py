"""The schema's version: current at once, older and brought up to date, newer and still readable, or refused."""

from pathlib import Path

from sqlalchemy.engine import Connection

from covet_sre.errors import StoreError
from covet_sre.store import facts
from covet_sre.store.backend import Backend
from covet_sre.store.copying import copy_before_upgrade
from covet_sre.store.failures import failures_named
from covet_sre.store.migrating import known_versions, migrate, version_of

CURRENT = "0003"
"""The newest migration; a test holds it to the folder's contents."""

OLDEST_READER = "0002"
"""The oldest release, by its schema, that may work on a database of the present schema: since then, migrations have
only added. Raise it with a migration that changes or removes what older releases read or write."""

MINIMUM_READER = "minimum_reader"
"""The fact in `meta` that says so to releases that do not know the newest migration."""


def bring_up_to_date(backend: Backend, backup_folder: Path | None = None, *, keeps_old: bool = True) -> str | None:
    """Run the migrations that are missing, in one transaction; the version before, None where nothing was to be done.

    What is older is copied first: an SQLite file beside itself, a PostgreSQL database into `backup_folder` where there
    is one. Raises StoreError on a foreign schema, on a newer one that this release cannot read, and where the copy
    cannot be made; nothing has changed then.
    """
    with backend.snapshot() as connection:
        found = version_of(connection)
        if found == CURRENT:
            return None
        if found is not None and found not in known_versions():
            _check_readable(connection, found, backend.where)
            return None
    if found is not None and keeps_old:
        copy_before_upgrade(backend, CURRENT, backup_folder)
    with failures_named(backend.where), backend.transaction() as connection:
        # Asked again: another process may have done it while this one waited for its turn.
        if version_of(connection) == found:
            migrate(connection)
            facts.put_number(connection, MINIMUM_READER, int(OLDEST_READER))
            return found or ""
    return None


def _check_readable(connection: Connection, found: str, where: str) -> None:
    """Raises StoreError where the newer release said nothing of readers as old as this one."""
    oldest = facts.number(connection, MINIMUM_READER)
    if oldest is None or int(CURRENT) < oldest:
        needs = "" if oldest is None else f", which needs at least {oldest:04}"
        raise StoreError(
            f"this database was made by a newer Covet SRE (schema {found}{needs}, this one knows {CURRENT})",
            where=where,
            remedy="install that version or a newer one",
        )
