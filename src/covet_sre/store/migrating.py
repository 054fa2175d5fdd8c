"""Migrations: which there are, which one a database has, and running those that are missing."""

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

VERSION = text("SELECT version_num FROM alembic_version")


def version_of(connection: Connection) -> str | None:
    """The schema's version; None for a database without tables of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(VERSION).scalar_one_or_none()


def known_versions() -> frozenset[str]:
    """Every version that this release can make."""
    return frozenset(path.stem[1:5] for path in (_FOLDER / "versions").glob("v[0-9]*.py"))


def migrate(connection: Connection, to: str = "head") -> None:
    """Run the migrations up to a version, in the connection's transaction."""
    # Imported here: an up-to-date database, the usual case, opens without it.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


_FOLDER = Path(__file__).parent / "migrations"
