"""PostgreSQL: writers of all processes take turns under one lock; a lease with an epoch says which of them measures."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from covet_sre.errors import StoreError
from covet_sre.store.failures import OutcomeUnknown, failures_named, store_error
from covet_sre.store.lease import lease_lost

_LOCK_TIMEOUT_SECONDS = 10
_READER_IDLE_SECONDS = 60
_WRITER_IDLE_SECONDS = 8
"""A server that stands still in the middle of a transaction (stopped, or cut off) holds up all others' writes: for less
than they wait, and less than a lease lasts."""
_CONNECT_TIMEOUT_SECONDS = 10
_OUTCOME_TRIES = 20
_OUTCOME_PAUSE_SECONDS = 0.1

LOCK_WRITERS = text("SELECT pg_advisory_xact_lock(4712011)")
"""One writer at a time, until its transaction ends: what BEGIN IMMEDIATE is to SQLite. The number is ours alone."""

TRANSACTION_NUMBER = text("SELECT pg_current_xact_id()::text")

OUTCOME = text("SELECT pg_xact_status(CAST(CAST(:number AS text) AS xid8))")
"""committed, aborted or in progress: for a commit whose answer was lost with the connection."""

LEASE = text(
    "SELECT holder, epoch, until_seconds > extract(epoch FROM clock_timestamp()) AS holds, "
    "until_seconds > extract(epoch FROM clock_timestamp()) + :ttl_seconds AS lasts_too_long "
    "FROM lease WHERE name = :name"
)
"""One that lasts longer than it can have been given for was taken before the server's clock was set back."""

PUT_LEASE = text(
    "INSERT INTO lease (name, holder, epoch, until_seconds) "
    "VALUES (:name, :holder, :epoch, extract(epoch FROM clock_timestamp()) + :ttl_seconds) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, epoch = excluded.epoch, "
    "until_seconds = excluded.until_seconds"
)


class PostgresqlServer:
    """An opened database on a server."""

    def __init__(self, url: URL) -> None:
        # Parameters may hold a password, too.
        self.where = url.set(query={}).render_as_string(hide_password=True)
        if find_spec("psycopg") is None:
            raise StoreError("PostgreSQL's driver is missing", remedy="pip install 'covet-sre[postgresql]'")
        self._epochs: dict[str, int] = {}
        url = url.set(drivername="postgresql+psycopg")
        self._writer = _engine(url, 1, _WRITER_IDLE_SECONDS)
        self._readers = _engine(url, 5, _READER_IDLE_SECONDS).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        with self._writer.connect() as connection:
            transaction = connection.begin()
            try:
                connection.execute(LOCK_WRITERS)
                yield connection
                number = str(connection.execute(TRANSACTION_NUMBER).scalar_one())
            except BaseException:
                transaction.close()
                raise
            try:
                transaction.commit()
            except DBAPIError as error:
                if not (error.connection_invalidated and self._was_committed(number)):
                    raise

    @contextmanager
    def snapshot(self) -> Generator[Connection]:
        with failures_named(self.where), self._readers.connect() as connection, connection.begin():
            yield connection

    def check_lease(self, connection: Connection, lease: str, holder: str | None = None) -> None:
        found = connection.execute(LEASE, {"name": lease, "ttl_seconds": 0.0}).one_or_none()
        epoch = self._epochs.get(lease)
        if holder is None:
            if found is None or found.epoch == epoch or (epoch is None and not found.holds):
                return
        elif found is not None and found.epoch == epoch and found.holder == holder:
            return
        raise lease_lost(lease, found.holder if found is not None else "", self.where)

    def acquire_lease(self, lease: str, holder: str, now_seconds: float, ttl_seconds: float) -> bool:  # noqa: ARG002
        """Take or renew it by the server's clock, which all processes share: `now_seconds` is for the other stores."""
        with failures_named(self.where), self.transaction() as connection:
            found = connection.execute(LEASE, {"name": lease, "ttl_seconds": ttl_seconds}).one_or_none()
            if found is not None and found.holder != holder and found.holds and not found.lasts_too_long:
                return False
            mine = found is not None and found.holder == holder and found.epoch == self._epochs.get(lease)
            epoch = found.epoch + (not mine) if found is not None else 1
            row = {"name": lease, "holder": holder, "epoch": epoch, "ttl_seconds": ttl_seconds}
            connection.execute(PUT_LEASE, row)
        self._epochs[lease] = epoch
        return True

    def close(self) -> None:
        self._readers.dispose()
        self._writer.dispose()

    def _was_committed(self, number: str) -> bool:
        """What became of a commit whose answer was lost. Raises OutcomeUnknown when the server cannot be asked."""
        last: SQLAlchemyError | None = None
        for _ in range(_OUTCOME_TRIES):
            try:
                with self._readers.connect() as connection:
                    outcome = connection.execute(OUTCOME, {"number": number}).scalar_one()
                if outcome != "in progress":
                    return outcome == "committed"
            except SQLAlchemyError as error:
                last = error
            time.sleep(_OUTCOME_PAUSE_SECONDS)
        problem = "the connection was lost during a commit, and what became of it is unknown"
        raise OutcomeUnknown(problem, where=self.where, remedy="what was written is read again") from (
            store_error(last, self.where) if last else None
        )


def _engine(url: URL, pool_size: int, idle_seconds: int) -> Engine:
    arguments: dict[str, object] = {"connect_timeout": _CONNECT_TIMEOUT_SECONDS, "application_name": "covet-sre"}
    if "options" not in url.query:
        arguments["options"] = (
            f"-c lock_timeout={_LOCK_TIMEOUT_SECONDS}s -c idle_in_transaction_session_timeout={idle_seconds}s"
        )
    # What people are called and what alerts say belongs into no log: without parameters.
    return create_engine(
        url,
        connect_args=arguments,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=-1,
        pool_pre_ping=True,
    )
