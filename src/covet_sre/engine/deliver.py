"""Carrying notifications out: a few threads, none of which one slow target can keep for itself."""

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence

import structlog

from covet_sre.flows.timings import DISPATCH_BOUNDS, Timings
from covet_sre.incident.facts import CameBack
from covet_sre.incident.outgoing import NOT_BEGUN, Message, Outcome, Outgoing, Receipt, may_begin
from covet_sre.ports import Clock, Notifier

log = structlog.get_logger(__name__)

THREADS = 8
THREADS_FOR_URGENT = 2
"""So many of them only what is urgent may take: a page never waits for the slow targets of what asks nobody."""

MOST_PER_TARGET = 2
"""So many attempts at one target run at once: the others wait, and threads are left for other targets."""

MORE_IF_URGENT = 1
"""So many more run where they are urgent: a page does not wait for the mails that its target is busy with."""

_WAITING_AT_MOST = 200
_KEPT_FOR_URGENT = 50

Attempt = tuple[Outgoing, Message]


class Deliverer:
    """A `Sender` with threads. `woken` is called when something came back.

    `not_wanted` says why an attempt that waited for a thread need not begin any more: somebody may have acknowledged.
    """

    def __init__(
        self, clock: Clock, woken: Callable[[], None], not_wanted: Callable[[Outgoing], str] = lambda _outgoing: ""
    ) -> None:
        self.first_attempts = Timings(DISPATCH_BOUNDS)
        """From when a notification was due to the beginning of its first attempt."""
        self._clock, self._woken, self._not_wanted = clock, woken, not_wanted
        self._notifiers: Mapping[str, Notifier] = {}
        self._guard = threading.Condition()
        self._urgent: deque[Attempt] = deque()
        self._others: deque[Attempt] = deque()
        self._running: dict[str, int] = {}
        self._back: deque[CameBack] = deque()
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"covet-sre-deliver-{number}", daemon=True)
            for number in range(THREADS)
        ]

    def start(self) -> "Deliverer":
        for thread in self._threads:
            thread.start()
        return self

    def take_up(self, notifiers: Mapping[str, Notifier]) -> None:
        """Use other targets from now on; the ones before are closed."""
        with self._guard:
            before, self._notifiers = self._notifiers, notifiers
        for name, notifier in before.items():
            if notifiers.get(name) is not notifier:
                notifier.close()

    def free(self) -> int:
        with self._guard:
            return _WAITING_AT_MOST - len(self._urgent) - len(self._others)

    @property
    def kept_for_urgent(self) -> int:
        return _KEPT_FOR_URGENT

    def send(self, outgoing: Outgoing, message: Message) -> None:
        with self._guard:
            (self._urgent if outgoing.is_urgent else self._others).append((outgoing, message))
            self._guard.notify()

    def came_back(self) -> Sequence[CameBack]:
        with self._guard:
            back = list(self._back)
            self._back.clear()
        return back

    def close(self) -> None:
        """Finish the attempts that run; what waits was claimed, and is taken up by whoever decides next."""
        with self._guard:
            self._stopped = True
            self._guard.notify_all()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(12)
        self.take_up({})

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            outgoing, message = taken
            try:
                receipt = self._attempt(outgoing, message)
            except Exception as error:
                # A notifier promises to raise nothing; its bug must not cost a thread, nor the page.
                log.exception("a notifier stumbled", target=outgoing.current_target)
                receipt = Receipt(Outcome.UNKNOWN, f"the notifier stumbled: {type(error).__name__}")
            with self._guard:
                self._back.append(CameBack(outgoing.key, outgoing.tries, receipt, outgoing.current_target))
                self._running[outgoing.current_target] -= 1
                self._guard.notify()
            self._woken()

    def _take(self) -> Attempt | None:
        with self._guard:
            while not self._stopped:
                attempt = self._next()
                if attempt is not None:
                    target = attempt[0].current_target
                    self._running[target] = self._running.get(target, 0) + 1
                    return attempt
                self._guard.wait()
            return None

    def _next(self) -> Attempt | None:
        """What may begin now, taken out of what waits; the urgent first."""
        is_room = sum(self._running.values()) < THREADS - THREADS_FOR_URGENT
        for waiting, more in ((self._urgent, MORE_IF_URGENT), (self._others, 0)):
            for attempt in waiting if more or is_room else ():
                if self._running.get(attempt[0].current_target, 0) < MOST_PER_TARGET + more:
                    waiting.remove(attempt)
                    return attempt
        return None

    def _attempt(self, outgoing: Outgoing, message: Message) -> Receipt:
        if not may_begin(outgoing, self._clock()) or self._not_wanted(outgoing):
            return NOT_BEGUN
        notifier = self._notifiers.get(outgoing.current_target)
        if notifier is None:
            return Receipt(Outcome.REFUSED, f"there is no target {outgoing.current_target} any more")
        if outgoing.is_first_attempt:
            self.first_attempts.observe(self._clock() - outgoing.due_at)
        return notifier.send(message)
