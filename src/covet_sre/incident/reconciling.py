"""After a restore: what is kept may be old, so each incident that was open asks once, and goes on when it is time.

Between the backup and now somebody may have acknowledged, resolved, been paged; nobody knows here. So what was due is
asked once, and further pages of the same incident wait until the mode ends: a person ends it, or the time does.
"""

from dataclasses import dataclass

RESTORED = "restored"
"""The identity of the one record of this kind."""

LASTS_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Reconciling:
    """The database was restored at `restored_at` from a backup made at `backup_at`.

    `until` is None before the first desk is laid out from it; `incidents` were open then, and `asked` are those of them
    that have paged since.
    """

    restored_at: float
    backup_at: float
    seconds: float = LASTS_SECONDS
    until: float | None = None
    incidents: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    ended_by: str = ""

    @property
    def identity(self) -> str:
        return RESTORED

    @property
    def over_at(self) -> float | None:
        return self.until

    @property
    def due_at(self) -> float | None:
        return None

    def lasts_at(self, now: float) -> bool:
        """Whether incidents are held back at a time, or will be by the next desk."""
        return self.until is None or now < self.until
