"""How long things take, counted in buckets: what our own objectives are measured by."""

import threading
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timed:
    """A histogram at one moment. `counts` are not cumulative; the last one is above the last bound."""

    bounds_seconds: tuple[float, ...]
    counts: tuple[int, ...]
    sum_seconds: float

    @property
    def number(self) -> int:
        return sum(self.counts)

    def within(self, seconds: float) -> int:
        """How many took at most so long; exact where `seconds` is a bound."""
        return sum(n for bound, n in zip(self.bounds_seconds, self.counts, strict=False) if bound <= seconds)


class Timings:
    """May be observed from any thread."""

    def __init__(self, bounds_seconds: Sequence[float]) -> None:
        self._bounds = tuple(bounds_seconds)
        self._counts = [0] * (len(self._bounds) + 1)
        self._sum = 0.0
        self._guard = threading.Lock()

    def observe(self, seconds: float, times: int = 1) -> None:
        """Negative times, of clocks that were set back, count as none."""
        seconds = max(seconds, 0.0)
        with self._guard:
            self._counts[bisect_left(self._bounds, seconds)] += times
            self._sum += seconds * times

    def now(self) -> Timed:
        with self._guard:
            return Timed(self._bounds, tuple(self._counts), self._sum)


COMMIT_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
DISPATCH_BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
DISPOSITION_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
