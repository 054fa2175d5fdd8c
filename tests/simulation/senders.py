"""Who sends alerts: monitoring that repeats what was not accepted, in whatever order, and sometimes nonsense."""

from typing import TYPE_CHECKING

from covet_sre.errors import StoreError
from covet_sre.ports import Arrival
from tests.simulation import house
from tests.simulation.faults import Fault
from tests.simulation.history import Accepted

if TYPE_CHECKING:
    from tests.simulation.world import World

Told = tuple[str, str, str, str, float, bool]
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0


class Senders:
    """A few alerts, each with its firings and ends; scheduled when the world begins."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self.labels: list[tuple[str, str]] = []
        """Labels that its alerts have."""

    def plan(self) -> None:
        world, chance = self._world, self._world.chance
        for _ in range(chance.choice((1, 1, 2, 3, 4))):
            self._plan_alert()
        for _ in range(3):
            if world.strikes(Fault.POISON, 0.6):
                body = chance.choice((house.UNREADABLE, house.UNDECIDABLE))
                world.at(world.somewhen(), lambda body=body: self._deliver(Accepted(0, 0.0, poison=True), body))

    def _plan_alert(self) -> None:
        world, chance = self._world, self._world.chance
        what = (
            chance.choice(house.NAMES),
            chance.choice(house.SERVICES),
            chance.choice(house.SEVERITIES),
            chance.choice(("alertmanager", "prometheus")),
        )
        self.labels += [("alertname", what[0]), ("service", what[1])]
        at = world.somewhen()
        for _ in range(chance.choice((1, 1, 2, 3))):
            self._send([(*what, float(int(at)), False)], at)
            for _ in range(chance.choice((0, 0, 1, 2))):
                self._send([(*what, float(int(at)), False)], at + chance.uniform(20.0, 400.0))
            if chance.random() < 0.35:
                return
            over = at + chance.choice((5.0, 60.0, 240.0, 900.0)) * chance.uniform(0.5, 1.5)
            self._send([(*what, float(int(at)), True)], over)
            at = over + chance.choice((10.0, 120.0, 400.0, 2400.0)) * chance.uniform(0.5, 1.5)

    def _send(self, said: list[Told], at: float) -> None:
        world, chance = self._world, self._world.chance
        at += chance.uniform(0.0, 2.0)
        if world.strikes(Fault.REORDERED, 0.4):
            at += chance.uniform(0.0, 600.0)
        if world.strikes(Fault.LATE, 0.1):
            at += chance.uniform(1.0, 8.0) * 3600.0
        times = 1 + world.strikes(Fault.REPEATED, 0.4) + world.strikes(Fault.REPEATED, 0.2)
        body = house.written(said)
        for _ in range(times):
            world.at(at, lambda: self._deliver(Accepted(0, 0.0), body))
            at += chance.uniform(0.0, 30.0)

    def _deliver(self, what: Accepted, body: bytes) -> None:
        if not what.poison:
            what = Accepted(0, 0.0, house.reports_in(body))
        self._world.post(Arrival(house.SOURCE, body, self._world.now), what)


def post(world: "World", arrival: Arrival, what: Accepted, pause: float = _FIRST_PAUSE) -> None:
    """Have it accepted by some engine; repeated until one does, more and more seldom."""
    running = [engine for engine in world.engines if engine.runs]
    what.at = float("inf")
    if running:
        engine = world.chance.choice(running)
        try:
            number = engine.store.accept(arrival, what)
        except StoreError as error:
            world.told("sender", f"is not answered by {engine.name}: {error.problem}")
        else:
            what.at = world.now
            world.accepted(number, engine, what)
            return
    again = Accepted(0, 0.0, what.reports, what.command, what.poison)
    longer = min(2.0 * pause, _LONGEST_PAUSE)
    world.after(pause * world.chance.uniform(0.2, 2.0), lambda: post(world, arrival, again, longer))
