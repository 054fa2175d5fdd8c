"""A clock that tests turn by hand, and threads that wait on it."""

import threading
import time


class VirtualTime:
    """The clock and the pacer of a test. `advance` returns once every waiting thread has seen the new time."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now
        self.waits: list[float] = []
        self._changed = threading.Condition()
        self._due: dict[int, float] = {}

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        thread = threading.get_ident()
        with self._changed:
            self.waits.append(seconds)
            self._due[thread] = self.now + seconds
            self._changed.notify_all()
            while not stop.is_set() and self.now < self._due[thread]:
                self._changed.wait(0.02)
            del self._due[thread]
        return stop.is_set()

    def settle(self, threads: int, within_seconds: float = 60.0) -> None:
        """Return once so many threads wait for a time that is yet to come."""
        deadline = time.monotonic() + within_seconds
        with self._changed:
            while sum(due > self.now for due in self._due.values()) < threads:
                assert time.monotonic() < deadline, "the threads do not come to rest"
                self._changed.wait(0.02)

    def advance(self, seconds: float, threads: int) -> None:
        with self._changed:
            self.now += seconds
            self._changed.notify_all()
        self.settle(threads)
