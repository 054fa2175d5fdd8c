"""What those who run the server read and do: how the installation itself does, backups, and what is wrong with it.

Times are seconds since the epoch, UTC, on the server's clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from covet_sre.flows.timings import Timed, Timings
from covet_sre.ports import Damage, Store


@dataclass(frozen=True, slots=True)
class Upkept:
    """Something that is done again and again. `done_at` is when it was done well last, None for never here.

    `error` is why it was not the last time; `every_seconds` 0 means that nobody asked for it.
    """

    every_seconds: float = 0.0
    done_at: float | None = None
    took_seconds: float = 0.0
    error: str = ""

    def age(self, now: float) -> float | None:
        return None if self.done_at is None else max(now - self.done_at, 0.0)


@dataclass(frozen=True, slots=True)
class Restoration:
    """The database was restored; until `until` (None: it has not begun) each incident of then pages at most once."""

    restored_at: float
    backup_at: float
    until: float | None
    incidents: int
    asked: int


@dataclass(frozen=True, slots=True)
class Doings:
    """Counted since the process began. `requests` by (method, route, status)."""

    requests: Mapping[tuple[str, str, int], int] = field(default_factory=dict[tuple[str, str, int], int])
    request_seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    doors: frozenset[str] = frozenset()
    """The routes through which alerts arrive."""
    dispatch: Timed | None = None
    disposition: Timed | None = None
    commit: Timed | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """How the installation itself does. `database` is its address, without a password."""

    now: float
    version: str
    schema: str
    database: str
    backup: Upkept
    backups: int
    verification: Upkept
    restoration: Restoration | None


class Operating(Protocol):
    """Everything about the installation that a door may ask."""

    def installation(self) -> Installation: ...

    def doings(self) -> Doings: ...

    def backup(self) -> Path:
        """Make a backup into a file of its own, which whoever asks removes. Raises StoreError."""
        ...

    def verify(self) -> Sequence[Damage]:
        """Look through everything that is kept; nothing for a whole database."""
        ...


class Database(Store, Protocol):
    """A store that outlives its process, and can be copied and looked through while it is used."""

    def copy_to(self, path: Path) -> None:
        """A consistent copy of everything as one SQLite file. Raises StoreError; nothing is left there then."""
        ...

    def damages(self) -> Sequence[Damage]:
        """What is wrong with what is kept: chains that are broken, folds that are not what is shown."""
        ...

    @property
    def where(self) -> str:
        """The database as messages name it, without its password."""
        ...

    @property
    def commits(self) -> Timings:
        """How long transactions took, from their beginning to the end of their commit."""
        ...
