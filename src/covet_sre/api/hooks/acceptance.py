"""From the event loop to the writer's thread and back: a request waits until what it brought is committed."""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Protocol

from covet_sre.api.hooks.trouble import overloaded
from covet_sre.errors import StoreError, StoreFull
from covet_sre.ports import KEPT_BEFORE, Arrival

_MAKE_ROOM_SECONDS, _CATCH_UP_SECONDS = 30, 5

MOST_BEHIND_SECONDS = 20.0
"""What is kept is disposed of within 30 seconds; a third of them is left for what the estimate does not see."""


class Inbox(Protocol):
    """The part of ports.InboxStore that the doors need."""

    def accept_soon(self, arrival: Arrival, answered: Callable[[int | None, Exception | None], None]) -> None: ...


class Workload(Protocol):
    """What is told of what was kept."""

    def came(self, size: int) -> None: ...


class DeskLoad(Protocol):
    """How far behind whoever decides is."""

    @property
    def workload(self) -> Workload: ...

    def behind_seconds(self) -> float: ...


class Acceptance:
    """For one event loop. What was committed together wakes it once, and whoever decides about it: `committed`."""

    def __init__(
        self, inbox: Inbox, committed: Callable[[], None] = lambda: None, desk: DeskLoad | None = None
    ) -> None:
        self._inbox, self._committed, self._desk = inbox, committed, desk
        self._answers: deque[tuple[asyncio.Future[int], int | None, Exception | None]] = deque()
        self._is_woken = False
        self.latest: int | None = None
        """The highest number that was accepted here."""

    async def accept(self, arrival: Arrival) -> int:
        """The arrival's number (or KEPT_BEFORE), after the commit. Raises Trouble (503) where it is not kept."""
        if self._desk is not None and (behind := self._desk.behind_seconds()) > MOST_BEHIND_SECONDS:
            # Kept now, it could not be disposed of in the time that is promised for what is kept.
            raise overloaded(f"what was kept before takes about {behind:.0f} s to decide about", _CATCH_UP_SECONDS)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[int] = loop.create_future()
        try:
            self._inbox.accept_soon(arrival, partial(self._answered, loop, future))
            number = await future
        except StoreFull as error:
            raise overloaded(error.problem, _MAKE_ROOM_SECONDS) from error
        except StoreError as error:
            raise overloaded(error.problem) from error
        if number == KEPT_BEFORE:
            return number
        if self._desk is not None:
            self._desk.workload.came(len(arrival.body))
        self.latest = number if self.latest is None else max(self.latest, number)
        return number

    def _answered(
        self,
        loop: asyncio.AbstractEventLoop,
        future: "asyncio.Future[int]",
        number: int | None,
        error: Exception | None,
    ) -> None:
        """On the writer's thread."""
        self._answers.append((future, number, error))
        if not self._is_woken:
            self._is_woken = True
            try:
                loop.call_soon_threadsafe(self._tell)
            except RuntimeError:
                # The loop is closed: nobody is left who waits.
                self._is_woken = False

    def _tell(self) -> None:
        # First, so that an answer that comes after the last look wakes the loop again.
        self._is_woken = False
        while self._answers:
            future, number, error = self._answers.popleft()
            if future.done():
                continue
            if error is not None:
                future.set_exception(error)
            elif number is not None:
                future.set_result(number)
            else:
                future.set_exception(StoreError("the store gave neither a number nor an error"))
        self._committed()
