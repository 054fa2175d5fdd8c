"""Opens a database by its URL and puts the store's parts together."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from covet_sre.errors import StoreError
from covet_sre.flows.timings import Timings
from covet_sre.ports import Damage
from covet_sre.store import statements
from covet_sre.store.adjustments import SqlAdjustments
from covet_sre.store.alerts import SqlAlerts
from covet_sre.store.backend import Backend
from covet_sre.store.copying import copy_database
from covet_sre.store.desk import SqlDesk
from covet_sre.store.inbox import SqlInbox
from covet_sre.store.lease import MEASURE
from covet_sre.store.ledger import SqlLedger
from covet_sre.store.postgresql import PostgresqlServer
from covet_sre.store.records import SqlRecords
from covet_sre.store.sqlite import SqliteFile
from covet_sre.store.upgrade import bring_up_to_date
from covet_sre.store.verifying import damages_in
from covet_sre.store.writer import Writer


class SqlStore(SqlInbox, SqlLedger, SqlAlerts, SqlAdjustments, SqlDesk, SqlRecords):
    """Everything that is kept, in one database."""

    def __init__(self, backend: Backend) -> None:
        writer = Writer(backend)
        super().__init__(backend, writer)
        try:
            writer.write(lambda connection: connection.execute(statements.TRY_TO_WRITE).close())
        except StoreError:
            if writer.trouble is None:
                writer.close()
                raise

    def writable(self) -> str | None:
        """Why the last write failed; None when it did not."""
        return self._writer.trouble

    def acquire_lease(self, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        """Take or renew the right to measure; False while another holds it."""
        return self._backend.acquire_lease(MEASURE, holder, now_seconds, ttl_seconds)

    @property
    def where(self) -> str:
        """The database as messages name it, without its password."""
        return self._backend.where

    @property
    def commits(self) -> Timings:
        """How long transactions took, from their beginning to the end of their commit."""
        return self._writer.commits

    def copy_to(self, path: Path) -> None:
        """A consistent copy of everything, as an SQLite file, while everybody goes on. Raises StoreError."""
        copy_database(self._backend, path)

    def damages(self) -> Sequence[Damage]:
        """What is wrong with what is kept, as it is at one moment; nothing for a whole database."""
        with self._backend.snapshot() as connection:
            return list(damages_in(connection))

    def close(self) -> None:
        """Finish what is being written, and give the database free."""
        self._writer.close()
        self._backend.close()


def open_database(url: str, backup_folder: Path | None = None) -> SqlStore:
    """See covet_sre.store.open_store."""
    backend = open_backend(url)
    try:
        bring_up_to_date(backend, backup_folder)
        return SqlStore(backend)
    except BaseException:
        backend.close()
        raise


def open_backend(url: str) -> Backend:
    """The database, as it is. Raises StoreBusy, StoreFull and StoreError."""
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise StoreError("this is no database URL", remedy="write sqlite:///file.db or postgresql://...") from error
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            return SqliteFile(parsed)
        case "postgresql" | "postgres" | "postgresql+psycopg":
            return PostgresqlServer(parsed)
        case other:
            remedy = "write sqlite:///file.db or postgresql://user@host/database"
            raise StoreError(f"{other} is no database that is supported", remedy=remedy)
