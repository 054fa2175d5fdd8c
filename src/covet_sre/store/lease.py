"""Who may measure, and who may decide about alerts, among those who share one process."""

import threading

from covet_sre.errors import StoreBusy

MEASURE, DESK = "measure", "desk"
"""The leases: of the ledger, and of the desk."""

_DOES = {MEASURE: "measures", DESK: "decides"}


class Leases:
    """Leases by the process's own clock. Between processes the file's lock, or rows in PostgreSQL, decide."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held: dict[str, tuple[str, float]] = {}

    def acquire(self, lease: str, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        """Take or renew it; False while another holds it."""
        with self._guard:
            other, until_seconds = self._held.get(lease, (holder, now_seconds))
            # One that lasts longer than it can have been given for was taken before the clock was set back.
            if other != holder and now_seconds < until_seconds <= now_seconds + ttl_seconds:
                return False
            self._held[lease] = (holder, now_seconds + ttl_seconds)
            return True

    def check(self, lease: str, holder: str, where: str = "") -> None:
        """Raises StoreBusy when `holder` never took it, or another has taken it since."""
        found, _ = self._held.get(lease, ("", 0.0))
        if found != holder:
            raise lease_lost(lease, found, where)


def lease_lost(lease: str, holder: str, where: str = "") -> StoreBusy:
    """The error for whoever acts without the lease, which `holder` has."""
    who = f"{holder} {_DOES[lease]} now" if holder else f"nobody has taken the lease of the {lease}"
    return StoreBusy(who, where=where, remedy="it takes over when that one stops" if holder else "take it first")
