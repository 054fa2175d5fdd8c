"""The clocks: the wall's, and the demo's that runs faster."""

import time


class FastClock:
    """Seconds since the epoch, `speed` times as fast from now on. Never goes back, whatever the wall's clock does."""

    def __init__(self, speed: float, start_seconds: float | None = None) -> None:
        self.speed = speed
        self._start_seconds = time.time() if start_seconds is None else start_seconds
        self._started = time.monotonic()

    def __call__(self) -> float:
        return self._start_seconds + (time.monotonic() - self._started) * self.speed


def wall_clock() -> float:
    """Seconds since the epoch."""
    return time.time()
