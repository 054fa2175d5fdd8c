"""What the store asks of a database system: a transaction that writes, a snapshot to read from."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy.engine import Connection


class Backend(Protocol):
    """SQLite or PostgreSQL, opened."""

    @property
    def where(self) -> str:
        """The database as messages name it, without its password."""
        ...

    def transaction(self) -> AbstractContextManager[Connection]:
        """A connection inside a transaction that excludes all other writers; commits at the end."""
        ...

    def snapshot(self) -> AbstractContextManager[Connection]:
        """A connection on which every statement sees the same state."""
        ...

    def check_lease(self, connection: Connection, lease: str, holder: str | None = None) -> None:
        """Raises StoreBusy when another process holds a lease; where a holder is named, when not this very one does.

        In the transaction that writes, so that whoever has lost the lease writes nothing more.
        """
        ...

    def acquire_lease(self, lease: str, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        """Take or renew it; False while another holds it."""
        ...

    def close(self) -> None: ...
