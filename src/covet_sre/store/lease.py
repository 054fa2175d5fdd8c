"""Who may measure, among those who share one process."""

import threading


class Lease:
    """A lease by the process's own clock. Between processes the file's lock, or a row in PostgreSQL, decides."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._holder = ""
        self._until_seconds = 0.0

    def acquire(self, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        """Take or renew it; False while another holds it."""
        with self._guard:
            if self._holder != holder and now_seconds < self._until_seconds:
                return False
            self._holder, self._until_seconds = holder, now_seconds + ttl_seconds
            return True
