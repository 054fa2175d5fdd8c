"""The store that engines share, and each engine's way to it, on which commits get lost and answers too."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from covet_sre.errors import StoreError
from covet_sre.incident.changes import Changes, Kept
from covet_sre.incident.incident import Incident
from covet_sre.ports import Arrival, Disposed, DisposedArrival, Waiting
from covet_sre.store.memory_desk import MemoryDesk
from tests.simulation.faults import Fault
from tests.simulation.history import Accepted, Committed, Ending

if TYPE_CHECKING:
    from tests.simulation.engines import Engine
    from tests.simulation.world import World


class SharedStore(MemoryDesk):
    """The shipped store in memory. Numbers may commit out of order, as they do in a database with several writers."""

    def reserve(self, arrivals: Sequence[Arrival]) -> list[int]:
        """Numbers for arrivals that are committed later, by `commit`."""
        first = self._last_number + 1
        self._last_number += len(arrivals)
        return list(range(first, self._last_number + 1))

    def commit(self, numbers: Sequence[int], arrivals: Sequence[Arrival]) -> None:
        for number, arrival in zip(numbers, arrivals, strict=True):
            self._arrivals[number] = DisposedArrival(Waiting(number, arrival), None, None)

    def lose_memory(self) -> None:
        """A process of those that share it died. This one has nothing to lose."""

    def identities(self) -> list[str]:
        return list(self._incidents)

    def firing_keys(self) -> list[str]:
        return [key for key, (alert, _) in self._alerts.items() if alert.is_firing]

    def ending(self) -> Ending:
        return Ending(
            alerts={key: alert for key, (alert, _) in self._alerts.items()},
            incidents={key: incident for key, (incident, _) in self._incidents.items()},
            timelines={key: self.timeline(key) for key in self._timelines},
            outgoing=dict(self._outgoing),
            silences=dict(self._silences),
            waiting=[one.number for one in self.waiting(10**9)],
        )


class EngineStore:
    """As much of a `KernelStore` as the dispatcher asks for, for one engine. What was decided is never forgotten here:
    the checkers read it."""

    def __init__(self, world: "World", engine: "Engine") -> None:
        self._world, self._engine = world, engine

    def acquire_desk(self, holder: str, now: float, ttl_seconds: float) -> bool:
        self._answers()
        self._world.idle_turns(self._engine)
        acquired = self._world.store.acquire_desk(holder, self._world.database_clock(), ttl_seconds)
        if acquired:
            self._world.leased(self._engine, ttl_seconds)
        return acquired

    def kept(self, now: float) -> Kept:
        self._answers()
        return self._world.store.kept(now)

    def waiting(self, limit: int) -> Sequence[Waiting]:
        self._answers()
        return self._world.store.waiting(limit)

    def tried(self, number: int) -> int:
        self._answers()
        return self._world.store.tried(number)

    def find_incident(self, identity: str) -> Incident | None:
        self._answers()
        return self._world.store.find_incident(identity)

    def past(self, service: str) -> Sequence[Incident]:
        self._answers()
        return self._world.store.incidents(is_open=False, service=service, severity="", before=None, limit=3)

    def forget_arrivals(self, before: float) -> int:
        self._answers()
        return 0

    def disposed(self, numbers: Sequence[int]) -> Mapping[int, Disposed]:
        return self._world.store.disposed(numbers)

    def accept(self, arrival: Arrival, what: Accepted) -> int:
        """Keep one; a crash may come between the commit and the answer. Raises StoreError."""
        world, engine = self._world, self._engine
        self._answers()
        (number,) = world.store.reserve([arrival])
        if world.strikes(Fault.SLOW_COMMIT, 0.3):
            incarnation = engine.incarnation
            world.go_on(world.chance.uniform(0.01, 2.0))
            self._answers()
            if not engine.runs or engine.incarnation != incarnation:
                raise StoreError("the process died before it committed")
        what.number = number
        unknown = world.strikes(Fault.COMMIT_UNKNOWN, 0.15)
        if unknown and world.chance.random() < 0.5:
            raise StoreError("the commit failed, and was not applied")
        world.store.commit([number], [arrival])
        world.history.accepted[number] = what
        if unknown:
            raise StoreError("the commit failed, and was applied")
        if world.strikes(Fault.LOST_ANSWER, 0.2):
            engine.crash()
            world.restart_soon(engine)
            raise StoreError("the process died before it answered")
        return number

    def write(self, changes: Changes, disposed: Sequence[Disposed], now: float, holder: str) -> None:
        world, engine = self._world, self._engine
        if world.strikes(Fault.PAUSE, 0.08):
            world.stop(engine, "before a write")
        self._answers()
        unknown = world.strikes(Fault.COMMIT_UNKNOWN, 0.1)
        dies = world.strikes(Fault.CRASH_IN_WRITE, 0.08)
        before = world.chance.random() < 0.5
        if (unknown or dies) and before:
            self._fail(dies, "was not applied")
        world.store.write(changes, disposed, now, holder)
        lawful = world.holds_lease(engine)
        world.committed(
            Committed(
                world.now,
                engine.name,
                lawful,
                tuple(changes.entries),
                tuple(disposed),
                tuple(changes.outgoing.values()),
            )
        )
        if unknown or dies:
            self._fail(dies, "was applied")

    def _fail(self, dies: bool, what: str) -> None:
        self._engine.interrupted()
        self._world.told(self._engine.name, f"a commit {what}")
        if dies:
            self._world.die(self._engine)
        raise StoreError(f"the commit failed, and {what}")

    def _answers(self) -> None:
        if self._world.store_is_down:
            raise StoreError("the store does not answer")
        if self._world.strikes(Fault.FLAKES, 0.03):
            self._engine.interrupted()
            raise StoreError("the connection was lost")
