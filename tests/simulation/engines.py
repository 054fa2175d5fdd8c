"""One engine in the world: the production `Dispatcher` with a store and a sender that fail as the seed says."""

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING

from covet_sre.engine.dispatch import Dispatcher, DispatchSettings
from covet_sre.engine.messages import Messages
from covet_sre.errors import CovetSreError
from covet_sre.incident.facts import CameBack
from covet_sre.incident.outgoing import Message, Outgoing
from tests.simulation import house
from tests.simulation.stores import EngineStore

if TYPE_CHECKING:
    from tests.simulation.world import World

READERS = {house.SOURCE: house.read}
SOON = 0.001


class Crashed(BaseException):
    """The process is gone: nothing may catch it."""


class WireSender:
    """A `Sender` whose attempts the world carries out. It dies with its process."""

    def __init__(self, world: "World", engine: "Engine") -> None:
        self._world, self._engine = world, engine
        self.back: deque[CameBack] = deque()

    kept_for_urgent = 0

    def free(self) -> int:
        return 1000

    def send(self, outgoing: Outgoing, message: Message) -> None:
        self._world.wire.begin(self._engine, self, outgoing, message)

    def came_back(self) -> Sequence[CameBack]:
        back = list(self.back)
        self.back.clear()
        return back


class Engine:
    """It survives its crashes: each start is another incarnation, with an empty memory and a new name."""

    def __init__(self, world: "World", number: int) -> None:
        self._world, self.number = world, number
        self.incarnation = 0
        self.offset = 0.0
        """How far its clock is from the world's."""
        self.dispatcher: Dispatcher | None = None
        self.paused = self.doomed = False
        self.wake_at = inf
        self.ran_since = inf
        self.store = EngineStore(world, self)
        self.sender = WireSender(world, self)

    @property
    def name(self) -> str:
        return f"engine{self.number}.{self.incarnation}"

    @property
    def is_up(self) -> bool:
        return self.dispatcher is not None

    @property
    def runs(self) -> bool:
        """Whether it takes turns now."""
        return self.dispatcher is not None and not self.paused

    def clock(self) -> float:
        return self._world.now + self.offset

    def start(self) -> None:
        self.incarnation += 1
        self.sender = WireSender(self._world, self)
        messages = Messages(lambda *_: (), self.store.past, "http://here", "{}/{}".format)
        settings = DispatchSettings(holder=self.name, is_alone=self._world.history.alone)
        self.dispatcher = Dispatcher(self.store, READERS, self.sender, messages, self.clock, settings)
        self.dispatcher.take_up(house.RULES)
        self.wake(0.0)
        self.begin_span()

    def crash(self) -> None:
        """Its memory is lost, and everything that it had begun and not heard of."""
        self.end_span()
        if self.paused:
            self.doomed = True
            return
        self.dispatcher = None
        self.wake_at = inf
        self._world.history.died[self.name] = self._world.now
        self._world.store.lose_memory()
        self._world.gone(self)

    def wake(self, seconds: float) -> None:
        """It takes a turn in so many seconds at the latest."""
        if self.is_up:
            self.wake_at = min(self.wake_at, self._world.now + max(seconds, SOON))

    def turn(self) -> None:
        """One turn, as `Dispatcher.run` takes it."""
        assert self.dispatcher is not None
        self.wake_at = inf
        self._world.idle_turns(None)
        try:
            self._wait(self.dispatcher.take_turn())
        except Crashed:
            self.doomed = self.paused = False
            self.crash()
            self._world.told(self.name, "dies")

    def renewed(self, seconds: float) -> None:
        """It has renewed its lease in turns that were not simulated."""
        if self.dispatcher is not None and self.dispatcher.decides:
            self.dispatcher._lease_until = self.clock() + seconds

    def begin_span(self) -> None:
        self.ran_since = inf if self._world.store_is_down else self._world.now

    def end_span(self) -> None:
        """Something was done to it; if it decided, then what it had begun is late for the others too."""
        self._close_span()
        if self._world.holds_lease(self):
            for other in self._world.engines:
                if other is not self and other.ran_since < inf:
                    other._close_span()
                    other.begin_span()

    def _close_span(self) -> None:
        self._world.ran(self.name, self.ran_since)
        self.ran_since = inf

    def interrupted(self) -> None:
        """Something was done to it, and it goes on."""
        if self.runs and self.ran_since < inf:
            self.end_span()
            self.begin_span()

    def _wait(self, wait_seconds: float) -> None:
        dispatcher = self.dispatcher
        assert dispatcher is not None
        if type(dispatcher.trouble) is CovetSreError and "poison" not in str(dispatcher.trouble):
            # Only poison makes it stumble.
            self._world.history.stumbles.append(str(dispatcher.trouble))
        if dispatcher.trouble is not None:
            # Where another decides, every turn until its lease has run out is the same.
            self.wake(max(wait_seconds, self._world.lease_left(self)))
            return
        # In production it looks every half second; turns in which nothing is due change nothing but the lease.
        waits = self._world.store.waiting_count() > 0
        self.wake(wait_seconds if waits or wait_seconds < 0.5 else dispatcher.next_due() - self.clock())
