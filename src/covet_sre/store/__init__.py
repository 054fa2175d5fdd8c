"""What is kept between restarts: the ledger, alerts and adjustments, in SQLite, PostgreSQL or memory."""

from typing import Protocol

from covet_sre.ports import AdjustmentStore, AlertStore, LedgerStore


class Store(LedgerStore, AlertStore, AdjustmentStore, Protocol):
    """Everything that is kept. Every method may raise StoreError; after a failed write nothing of it was written."""

    def writable(self) -> str | None:
        """Why the last write failed; None when it did not. Every write tries anew."""
        ...

    def acquire_lease(self, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        """Take or renew the right to record, backfill and fold; False while another holds it.

        PostgreSQL decides by its own clock, and refuses what a process writes after it lost the lease (StoreBusy).
        """
        ...

    def close(self) -> None: ...


def open_store(url: str) -> Store:
    """Open `sqlite:///file.db`, `postgresql://user@host/database` or a throw-away file (`sqlite://`), schema upgraded.

    Raises StoreBusy when another process has the file open, StoreFull when it cannot be written, StoreError when it
    cannot be used. Where only the disk is full, an existing file is opened all the same: `writable` then says so.
    """
    # Imported here: a light command that only names the store does not load SQLAlchemy.
    from covet_sre.store.opening import open_database

    return open_database(url)
