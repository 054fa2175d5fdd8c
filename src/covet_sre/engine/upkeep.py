"""What is done again and again beside everything else: backups, and looking for damage."""

import threading
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import structlog

from covet_sre.errors import CovetSreError
from covet_sre.flows.operating import Upkept
from covet_sre.ports import Clock

log = structlog.get_logger(__name__)

_TRY_AGAIN_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 1.0


class Upkeep:
    """One thing, on a thread of its own. `do` raises CovetSreError where it cannot be done; then it is tried again in a
    minute, or when it is due, whatever comes first."""

    def __init__(self, what: str, do: Callable[[], object], every_seconds: float, clock: Clock) -> None:
        self._what, self._do, self._clock = what, do, clock
        self._state = Upkept(every_seconds)
        self._due_at = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"covet-sre-{what}", daemon=True)

    @property
    def state(self) -> Upkept:
        return self._state

    def begin(self, done_at: float | None, delay_seconds: float = 0.0) -> None:
        """It was done last at `done_at`, None for never; the first time is `delay_seconds` from now at the earliest."""
        now, every_seconds = self._clock(), self._state.every_seconds
        if done_at is not None and done_at <= now:
            self._state = replace(self._state, done_at=done_at)
            self._due_at = done_at + every_seconds
        self._due_at = max(self._due_at, now + delay_seconds)
        self._thread.start()

    def turn(self) -> bool:
        """Do it if it is due; whether it was."""
        now = self._clock()
        # A clock that was set back must not put it off for days.
        if now < self._due_at <= now + self._state.every_seconds + _TRY_AGAIN_SECONDS:
            return False
        began = monotonic()
        try:
            self._do()
        except CovetSreError as error:
            self._failed(str(error), now)
        except Exception as error:
            log.exception("upkeep stumbled", what=self._what)
            self._failed(f"it stumbled: {error!r}", now)
        else:
            self._state = replace(self._state, done_at=now, took_seconds=monotonic() - began, error="")
            self._due_at = now + self._state.every_seconds
        return True

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def _failed(self, why: str, now: float) -> None:
        if why != self._state.error:
            log.error("upkeep failed", what=self._what, error=why)
        self._state = replace(self._state, error=why)
        self._due_at = now + min(self._state.every_seconds, _TRY_AGAIN_SECONDS)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_SECONDS):
            self.turn()
