"""Live updates: one watcher waits for the next version and tells every open page."""

import asyncio
from collections.abc import AsyncIterator

from anyio import CapacityLimiter, to_thread

from covet_sre.flows.reading import Reliability

_WAIT_SECONDS = 1.0
_HEARTBEAT_SECONDS = 15.0


class Live:
    """Any number of pages share one waiting thread, which is there only while somebody listens."""

    def __init__(self, reliability: Reliability) -> None:
        self._reliability = reliability
        self._listeners: set[asyncio.Event] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._version = 0

    async def events(self) -> AsyncIterator[str]:
        """Server-sent events with the version, at once and after each change, until the server stops."""
        changed = asyncio.Event()
        self._listeners.add(changed)
        self._version = self._reliability.version()
        if self._watcher is None or self._watcher.done():
            self._watcher = asyncio.create_task(self._watch())
        try:
            yield "retry: 1000\n\n"
            while self._version >= 0:
                yield f"data: {self._version}\n\n"
                while not await _within(changed, _HEARTBEAT_SECONDS):
                    yield ": still here\n\n"
                changed.clear()
        finally:
            self._listeners.discard(changed)

    async def _watch(self) -> None:
        limiter = CapacityLimiter(1)  # of its own, so that pages never wait for a free thread
        while self._listeners and self._version >= 0:
            version = await to_thread.run_sync(
                self._reliability.wait_for_change, self._version, _WAIT_SECONDS, abandon_on_cancel=True, limiter=limiter
            )
            if version != self._version:
                self._version = version
                for listener in self._listeners:
                    listener.set()


async def _within(event: asyncio.Event, timeout_seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), timeout_seconds)
    except TimeoutError:
        return False
    return True
