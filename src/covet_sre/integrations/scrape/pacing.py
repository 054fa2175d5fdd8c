"""Waiting on a clock that may run faster than the wall's."""

import threading


class WallPacer:
    """Waits on the wall's clock; at `speed` 30 a minute of the clock takes two seconds."""

    def __init__(self, speed: float = 1.0) -> None:
        if not speed > 0:
            raise ValueError(f"a clock cannot run {speed} times as fast")
        self._speed = speed

    def wait(self, seconds: float, stop: threading.Event) -> bool:
        return stop.wait(max(0.0, seconds) / self._speed)
