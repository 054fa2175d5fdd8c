"""The schema's version: current at once, older and brought up to date, or newer than we are and refused."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from covet_sre.errors import StoreError
from covet_sre.store.backend import Backend
from covet_sre.store.failures import failures_named

CURRENT = "0003"
"""The newest migration; a test holds it to the folder's contents."""

VERSION = text("SELECT version_num FROM alembic_version")


def bring_up_to_date(backend: Backend) -> None:
    """Run the migrations that are missing, in one transaction. Raises StoreError on a newer or a foreign schema."""
    with backend.snapshot() as connection:
        if _version(connection) == CURRENT:
            return
    with failures_named(backend.where), backend.transaction() as connection:
        # Asked again: another process may have done it while this one waited for its turn.
        found = _version(connection)
        if found != CURRENT:
            _migrate(connection, found, backend.where)


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(VERSION).scalar_one_or_none()


def _migrate(connection: Connection, found: str | None, where: str) -> None:
    # Imported here: an up-to-date database, the usual case, opens without it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"this database was made by a newer Covet SRE (schema {found}, this one knows {CURRENT})",
            where=where,
            remedy="install that version or a newer one",
        )
    command.upgrade(config, "head")
