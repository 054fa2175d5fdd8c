"""The targets of notifications: they take them, refuse them, lose their answers, and take their time."""

from typing import TYPE_CHECKING

from covet_sre.incident.facts import CameBack
from covet_sre.incident.outgoing import NOT_BEGUN, Message, Outcome, Outgoing, Receipt, may_begin
from covet_sre.oncall.target import Channel
from tests.simulation.faults import Fault
from tests.simulation.history import Attempt

if TYPE_CHECKING:
    from tests.simulation.engines import Engine, WireSender
    from tests.simulation.world import World


class Wire:
    """Carries attempts out, as the threads of a `Deliverer` do."""

    def __init__(self, world: "World") -> None:
        self._world = world

    def begin(self, engine: "Engine", sender: "WireSender", outgoing: Outgoing, message: Message) -> None:
        world = self._world
        if world.strikes(Fault.PAUSE, 0.08):
            world.stop(engine, "before it sends")
        dies = world.strikes(Fault.CRASH_IN_SEND, 0.1)
        if dies and world.chance.random() < 0.5:
            world.die(engine)
        if not may_begin(outgoing, engine.clock()):
            world.told(engine.name, f"is too late for {outgoing.key}")
            sender.back.append(CameBack(outgoing.key, outgoing.tries, NOT_BEGUN, outgoing.current_target))
            return
        claimed_at = world.claimed_at(outgoing)
        attempt = Attempt(message.key, outgoing, engine.name, claimed_at, world.now)
        world.history.attempts.append(attempt)
        attempt.took, receipt, seconds = self._answer(outgoing)
        world.told(engine.name, f"sends {outgoing.key} to {outgoing.current_target}, attempt {outgoing.tries}")
        if attempt.took:
            world.people.receive(outgoing, message)
        if receipt is not None:
            world.after(seconds, lambda: self._comes_back(engine, sender, attempt, receipt))
        if dies:
            world.die(engine)

    def _answer(self, outgoing: Outgoing) -> tuple[bool, Receipt | None, float]:
        """Whether the target takes it, what it says, and after how long."""
        world, chance = self._world, self._world.chance
        soon = chance.uniform(0.05, 2.0)
        if world.strikes(Fault.LOST_ACK, 0.25):
            return True, Receipt(Outcome.UNKNOWN, "no answer within 10 s"), 10.0
        if world.strikes(Fault.FAILED, 0.3):
            return False, Receipt(Outcome.FAILED, "connection refused"), soon
        if world.strikes(Fault.BUSY, 0.2):
            return False, Receipt(Outcome.BUSY, "429", retry_after_seconds=chance.choice((None, 5.0, 60.0))), soon
        if world.strikes(Fault.REFUSED, 0.1):
            return False, Receipt(Outcome.REFUSED, "400"), soon
        took = chance.random() < 0.5
        if world.strikes(Fault.SLOW, 0.2):
            return took, Receipt(Outcome.DELIVERED if took else Outcome.FAILED, "at last"), chance.uniform(31.0, 120.0)
        if world.strikes(Fault.NEVER, 0.1):
            return took, None, 0.0
        reference = "T-1" if outgoing.channel is Channel.TICKET else ""
        return True, Receipt(Outcome.DELIVERED, "taken", reference), soon

    def _comes_back(self, engine: "Engine", sender: "WireSender", attempt: Attempt, receipt: Receipt) -> None:
        world = self._world
        if engine.sender is not sender or not engine.is_up:
            return
        if engine.paused:
            world.after(1.0, lambda: self._comes_back(engine, sender, attempt, receipt))
            return
        attempt.outcome, attempt.heard_at = receipt.outcome, world.now
        world.told(engine.name, f"hears {receipt.outcome} of {attempt.row.key}, attempt {attempt.row.tries}")
        sender.back.append(CameBack(attempt.row.key, attempt.row.tries, receipt, attempt.row.current_target))
        engine.wake(0.0)
