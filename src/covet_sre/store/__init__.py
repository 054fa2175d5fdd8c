"""What is kept between restarts: the ledger, alerts, incidents and adjustments, in SQLite, PostgreSQL or memory."""

from pathlib import Path

from covet_sre.flows.operating import Database
from covet_sre.ports import Store

__all__ = ["Database", "Store", "open_store"]


def open_store(url: str, backup_folder: Path | None = None) -> Database:
    """Open `sqlite:///file.db`, `postgresql://user@host/database` or a throw-away file (`sqlite://`), schema upgraded.

    Raises StoreBusy when another process has the file open, StoreFull when it cannot be written, StoreError when it
    cannot be used. What an older release wrote is copied before it is upgraded: a file beside itself, PostgreSQL into
    `backup_folder` where there is one. Where only the disk is full, an existing file is opened all the same:
    `writable` then says so.
    """
    # Imported here: a light command that only names the store does not load SQLAlchemy.
    from covet_sre.store.opening import open_database

    return open_database(url, backup_folder)
