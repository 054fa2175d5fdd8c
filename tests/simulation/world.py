"""One world: a clock, engines, senders, people and targets, and a scheduler that takes every decision from one seed."""

import heapq
import random
from collections.abc import Callable
from contextlib import suppress
from math import inf

from covet_sre.incident.outgoing import Delivery, Outgoing
from covet_sre.ports import Arrival
from tests.simulation import house
from tests.simulation.engines import Crashed, Engine
from tests.simulation.faults import Fault, some_faults
from tests.simulation.history import Accepted, Committed, History, Span
from tests.simulation.people import People
from tests.simulation.senders import Senders, post
from tests.simulation.stores import SharedStore
from tests.simulation.wire import Wire

START = 1_795_000_000.0
"""2026-11-18 11:06:40 UTC, a Wednesday."""

QUIET_SECONDS = 1200.0
_POLL_SECONDS = 0.5
_DEEPEST_PAUSE = 2
_MOST_STEPS = 100_000
_LEASE_SECONDS = 10.0


class Endless(BaseException):
    """More happens than can be: somebody turns in circles."""


class World:
    """Everything that happens happens in `run`, one thing after another. `faults` overrules what the seed enables."""

    def __init__(self, seed: int, faults: frozenset[Fault] | None = None) -> None:
        self.chance = random.Random(seed)
        enabled = some_faults(self.chance)
        self.faults = enabled if faults is None else faults
        self.now = START + self.chance.choice((0.0, 46_200.0, 46_390.0))
        self.started = self.now
        self.quiet_from = self.now + self.chance.choice((600.0, 600.0, 2400.0, 2400.0, 7200.0, 100_000.0))
        self.store = SharedStore()
        self.history = History(seed, house.RULES.directory, started=self.now)
        self.engines = [Engine(self, number) for number in range(self.chance.choice((1, 1, 2, 3)))]
        self.history.alone = len(self.engines) == 1
        self.wire, self.people, self.senders = Wire(self), People(self), Senders(self)
        self.store_is_down = False
        self._events: list[tuple[float, float, int, Callable[[], None]]] = []
        self._sequence = 0
        self._depth = 0
        self._outage_until = -inf
        self._lease: tuple[str, float] = ("", -inf)
        self._claims: dict[tuple[str, int], float] = {}
        self._unanswered: list[Accepted] = []
        self._offsets = [0.0]
        self._database_offset = 0.0

    # ------------------------------------------------------------ the course of the world

    def run(self) -> History:
        for engine in self.engines:
            self.after(self.chance.uniform(0.0, 1.0), engine.start)
        self.senders.plan()
        self.people.plan()
        self._plan_faults()
        with suppress(Endless):
            self.go_until(self.quiet_from)
            self._calm_down()
            self.go_until(self.quiet_from + QUIET_SECONDS + 2 * self.history.clock_grace)
        for engine in self.engines:
            engine.end_span()
        self.history.ended = self.now
        self.history.ending = self.store.ending()
        return self.history

    def go_until(self, until: float) -> None:
        """Let everything happen that does until then."""
        while True:
            engine = min((one for one in self.engines if one.runs), key=lambda one: one.wake_at, default=None)
            wake_at = engine.wake_at if engine else inf
            at = min(wake_at, self._events[0][0] if self._events else inf)
            if at > until:
                self.now = max(self.now, until)
                return
            self.now = max(self.now, at)
            self.history.events += 1
            if self.history.events > _MOST_STEPS:
                self.history.stumbles.append("it turns without an end")
                raise Endless
            if engine and wake_at <= at:
                self.history.turns += 1
                engine.turn()
            else:
                heapq.heappop(self._events)[3]()
            self._answer_commands()

    def go_on(self, seconds: float) -> None:
        """Let the others go on for a while, in the middle of something."""
        self._depth += 1
        self.go_until(min(self.now + seconds, max(self.quiet_from, self.now)))
        self._depth -= 1

    def at(self, at: float, what: Callable[[], None]) -> None:
        self._sequence += 1
        heapq.heappush(self._events, (at, self.chance.random(), self._sequence, what))

    def after(self, seconds: float, what: Callable[[], None]) -> None:
        self.at(self.now + seconds, what)

    def somewhen(self) -> float:
        """A time before the faults stop."""
        return self.started + self.chance.random() ** 2 * 0.9 * (self.quiet_from - self.started)

    def told(self, who: str, what: str) -> None:
        self.history.tell(self.now, who, what)

    def database_clock(self) -> float:
        """By which leases run out."""
        return self.now + self._database_offset

    @property
    def is_quiet(self) -> bool:
        """Whether the faults have stopped."""
        return self.now >= self.quiet_from

    # ------------------------------------------------------------ faults

    def strikes(self, fault: Fault, probability: float) -> bool:
        """Whether a fault happens now."""
        if fault not in self.faults or self.is_quiet or self.chance.random() >= probability:
            return False
        self.history.faults[fault.name] += 1
        return True

    def stop(self, engine: Engine, where: str) -> None:
        """Stop an engine here, in the middle of its turn, and let the others go on. Raises Crashed if it dies so."""
        if self._depth >= _DEEPEST_PAUSE:
            return
        seconds = self.chance.choice((0.5, 5.0, 12.0, 20.0, 40.0, 90.0, 300.0))
        engine.end_span()
        self.told(engine.name, f"is stopped {where} for {seconds:g} s")
        engine.paused, since = True, self.now
        self.gone(engine)
        self.go_on(seconds)
        engine.paused = False
        self.history.pauses.append((engine.name, since, self.now))
        if engine.doomed:
            self.die(engine)
        self.told(engine.name, "goes on")
        engine.begin_span()

    def die(self, engine: Engine) -> None:
        """The engine's process dies in the middle of its turn."""
        self.restart_soon(engine)
        raise Crashed

    def restart_soon(self, engine: Engine) -> None:
        self.after(self.chance.choice((0.3, 3.0, 20.0, 60.0)), lambda: self._start(engine))

    def _start(self, engine: Engine) -> None:
        if self.now < self._outage_until:
            self.at(self._outage_until + self.chance.uniform(0.0, 2.0), lambda: self._start(engine))
        elif not engine.is_up:
            engine.start()
            self.told(engine.name, "starts")

    def _plan_faults(self) -> None:
        for fault, happens in (
            (Fault.CRASH, self._crash_one),
            (Fault.STORE_DOWN, self._store_goes_down),
            (Fault.OUTAGE, self._outage),
            (Fault.CLOCK, self._set_a_clock),
        ):
            for _ in range(3):
                if self.strikes(fault, 0.6):
                    self.at(self.somewhen(), happens)

    def _crash_one(self) -> None:
        self._crash(self.chance.choice(self.engines))

    def _crash(self, engine: Engine) -> None:
        if engine.is_up:
            self.idle_turns(None)
            self.told(engine.name, "is killed")
            engine.crash()
            self.restart_soon(engine)

    def _outage(self) -> None:
        seconds = self.chance.choice((130.0, 400.0, 1500.0, 9000.0, 95_000.0))
        self._outage_until = min(self.now + seconds, self.quiet_from)
        for engine in self.engines:
            self._crash(engine)

    def _store_goes_down(self) -> None:
        self.told("store", "goes down")
        for engine in self.engines:
            engine.end_span()
        self.store_is_down = True
        self.after(self.chance.choice((0.5, 5.0, 30.0, 200.0)), self._store_comes_up)

    def _store_comes_up(self) -> None:
        if self.store_is_down:
            self.told("store", "comes up")
            self.store_is_down = False
            for engine in self.engines:
                if engine.runs:
                    engine.begin_span()
                    engine.wake(self.chance.uniform(0.0, 1.0))

    def _set_a_clock(self) -> None:
        step = self.chance.choice((-3600.0, -300.0, -30.0, -1.0, 1.0, 30.0, 300.0, 3600.0))
        if self.chance.random() < 0.3:
            self._database_offset += step
            self.told("clock", f"the database's clock is set by {step:g} s")
            return
        chosen = self.engines if self.chance.random() < 0.6 else [self.chance.choice(self.engines)]
        for engine in chosen:
            engine.offset += step
            self._offsets.append(engine.offset)
            engine.interrupted()
            engine.wake(self.chance.uniform(0.0, _POLL_SECONDS))
        self.told("clock", f"{len(chosen)} clocks are set by {step:g} s")
        self.history.clock_grace = max(self._offsets) - min(self._offsets)

    def _calm_down(self) -> None:
        """The faults have stopped: everything that can run runs."""
        self._outage_until = -inf
        self._store_comes_up()
        for engine in self.engines:
            self._start(engine)

    # ------------------------------------------------------------ what is asked of it

    def post(self, arrival: Arrival, what: Accepted) -> None:
        post(self, arrival, what)

    def accepted(self, number: int, engine: Engine, what: Accepted) -> None:
        """An arrival was answered with 2xx: every engine sees it when it looks next."""
        self.told("sender", f"is answered by {engine.name}: {number}")
        if what.command is not None:
            self._unanswered.append(what)
        for one in self.engines:
            one.wake(0.0 if one is engine else self.chance.uniform(0.0, _POLL_SECONDS))

    def committed(self, commit: Committed) -> None:
        self.history.commits.append(commit)
        for outgoing in commit.outgoing:
            if outgoing.delivery is Delivery.CLAIMED:
                self._claims[outgoing.key, outgoing.tries] = self.now
        for entry in commit.entries:
            self.told(commit.engine, f"writes {entry.incident} {entry.position} {type(entry.event).__name__}")
        for disposed in commit.disposed:
            verdicts = [disposition.verdict.value for _, disposition in disposed.alerts]
            what = disposed.quarantined or disposed.refusal or disposed.answer or verdicts
            self.told(commit.engine, f"disposes of {disposed.number}: {what}")

    def claimed_at(self, outgoing: Outgoing) -> float:
        return self._claims.get((outgoing.key, outgoing.tries), inf)

    def ran(self, engine: str, since: float) -> None:
        if since < self.now:
            self.history.spans.append(Span(engine, since, self.now))

    def _answer_commands(self) -> None:
        """The doors look at what became of the commands that they accepted."""
        if self._unanswered:
            found = self.store.disposed([one.number for one in self._unanswered])
            for one in self._unanswered:
                if one.number in found:
                    one.answered, one.answer = self.now, found[one.number].answer
            self._unanswered = [one for one in self._unanswered if one.number not in found]

    # ------------------------------------------------------------ the lease, by the world's own books

    def leased(self, engine: Engine, seconds: float) -> None:
        holder, until = self._lease
        if holder != engine.name and self.now < until and Fault.CLOCK not in self.faults:
            self.history.two_holders.append(f"{engine.name} and {holder} both hold the lease at {self.now:.3f}")
        self._lease = (engine.name, self.now + seconds)

    def holds_lease(self, engine: Engine) -> bool:
        return self._lease[0] == engine.name

    def lease_left(self, engine: Engine) -> float:
        """When it is worth looking whether another engine still decides: while that one runs, it does."""
        holder, until = self._lease
        if any(other.runs and other is not engine and other.name == holder for other in self.engines):
            return inf
        return 0.0 if holder == engine.name else max(until - self.now, 0.0) + self.chance.uniform(0.0, 1.0)

    def gone(self, engine: Engine) -> None:
        """An engine does not run any more: the others take over when its lease has run out."""
        for other in self.engines:
            if other is not engine:
                other.wake(self.lease_left(other))

    def idle_turns(self, asking: Engine | None) -> None:
        """The holder has gone on looking, which is not simulated turn by turn: it has renewed its lease."""
        for engine in self.engines:
            if engine.runs and engine is not asking and self.holds_lease(engine) and not self.store_is_down:
                self.store.acquire_desk(engine.name, self.database_clock(), _LEASE_SECONDS)
                self._lease = (engine.name, self.now + _LEASE_SECONDS)
                engine.renewed(_LEASE_SECONDS)
