"""Not too many tries: a bucket for each name and each address, refilled slowly."""

from collections import OrderedDict
from threading import Lock

from covet_sre.errors import CovetSreError
from covet_sre.ports import Clock

_BUCKETS_AT_MOST = 50_000


class TooMany(CovetSreError):
    """It was tried too often within a short time. Wait, then try again."""

    code = "too-many"

    def __init__(self, what: str, retry_after_seconds: float) -> None:
        super().__init__(f"{what}: too many tries", remedy=f"try again in {retry_after_seconds:.0f} s")
        self.retry_after_seconds = retry_after_seconds


class Throttle:
    """`burst` tries at once, then one each `every_seconds`, per key. Of this process alone.

    The oldest keys are forgotten beyond 50,000: who has that many addresses is stopped by the names' buckets.
    """

    def __init__(self, clock: Clock, burst: int, every_seconds: float) -> None:
        self._clock, self._burst, self._every = clock, burst, every_seconds
        self._free_at: OrderedDict[str, float] = OrderedDict()
        self._guard = Lock()

    def take(self, key: str, what: str) -> None:
        """Count one try. Raises TooMany."""
        now = self._clock()
        with self._guard:
            # GCRA: the time at which the bucket would be full again.
            full_at = max(self._free_at.get(key, now), now) + self._every
            wait = full_at - now - self._burst * self._every
            if wait > 0:
                raise TooMany(what, wait)
            self._free_at[key] = full_at
            self._free_at.move_to_end(key)
            while len(self._free_at) > _BUCKETS_AT_MOST:
                self._free_at.popitem(last=False)

    def forgive(self, key: str) -> None:
        """A try that succeeded leaves nothing behind."""
        with self._guard:
            self._free_at.pop(key, None)
