"""Bugs that systems of this kind have had, each planted in the production code: every one must be caught.

A bug replaces a function or two by what a hurried hand might have written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from covet_sre.alerting.report import Report, Sayings
from covet_sre.engine import dispatch
from covet_sre.engine.desk_commands import as_arrival, refusal_text
from covet_sre.engine.messages import Messages
from covet_sre.errors import StoreError
from covet_sre.incident import (
    asking,
    commands,
    deliveries,
    desk,
    message_commands,
    outgoing,
    reports,
    said,
    silencing,
    step,
)
from covet_sre.incident.changes import Changes, Kept
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import StepTaken
from covet_sre.incident.facts import Acknowledge, Command
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Delivery, Message, Outcome, Outgoing, Receipt
from covet_sre.ports import Arrival, Disposed, Waiting
from covet_sre.store.lease import Leases
from covet_sre.store.memory_desk import MemoryDesk
from tests.simulation import people
from tests.simulation.checkers import violations
from tests.simulation.faults import Fault
from tests.simulation.history import Accepted
from tests.simulation.quietly import without_log
from tests.simulation.stores import EngineStore, SharedStore
from tests.simulation.world import World

Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Bug:
    """`caught_by` is the checker that must see it. `faults` are those of the worlds in which it is hunted; None for
    what the seeds enable."""

    name: str
    caught_by: str
    plant: Callable[[Patch], None]
    faults: frozenset[Fault] | None = None


def hunt(bug: Bug, most_seeds: int) -> tuple[int | None, set[str]]:
    """How many seeds it takes until the checker that is named sees the bug, None for too many; and what others saw."""
    others: set[str] = set()
    with pytest.MonkeyPatch.context() as patch, without_log():
        bug.plant(patch)
        for seed in range(most_seeds):
            found = {one.invariant for one in violations(World(seed, bug.faults).run())}
            if bug.caught_by in found:
                return seed + 1, others
            others |= found
    return None, others


def hunt_all(most_seeds: int = 1000) -> list[tuple[Bug, int | None]]:
    """Every bug with the number of seeds until it is seen, None for one that is not."""
    return [(bug, hunt(bug, most_seeds)[0]) for bug in BUGS]


BUGS: list[Bug] = []


def bug(name: str, caught_by: str, *faults: Fault) -> Callable[[Callable[[Patch], None]], Callable[[Patch], None]]:
    def add(plant: Callable[[Patch], None]) -> Callable[[Patch], None]:
        BUGS.append(Bug(name, caught_by, plant, frozenset(faults) or None))
        return plant

    return add


# ------------------------------------------------------------ notifications


@bug("a notification is marked as sent before it is sent", "I5")
def _(patch: Patch) -> None:
    begin = deliveries.begin_attempts

    def marked(at: Desk, at_most: int, now: float, kept: int = 0) -> list[Outgoing]:
        begun = begin(at, at_most, now, kept)
        for one in begun:
            at.put_outgoing(replace(one, delivery=Delivery.DELIVERED))
        return begun

    patch.setattr(dispatch, "begin_attempts", marked)


@bug("a notification is sent before its claim is committed", "I5")
def _(patch: Patch) -> None:
    write = dispatch.Dispatcher._write
    begin = dispatch.begin_attempts

    def hurried(at: Desk, at_most: int, now: float, kept: int = 0) -> list[Outgoing]:
        at.hurried = begin(at, at_most, now, kept)  # type: ignore[attr-defined]
        return []

    def sends_first(self: Any, at: Desk, disposed: Sequence[Disposed], now: float) -> None:
        for one in at.hurried:  # type: ignore[attr-defined]
            self._sender.send(one, self._compose(at, one, now))
        write(self, at, disposed, now)

    patch.setattr(dispatch, "begin_attempts", hurried)
    patch.setattr(dispatch.Dispatcher, "_write", sends_first)


@bug("each attempt has another idempotency key", "I5")
def _(patch: Patch) -> None:
    compose = Messages.__call__

    def keyed(self: Messages, at: Desk, one: Outgoing, now: float) -> Message:
        return replace(compose(self, at, one, now), key=f"{one.key}#{one.tries}")

    patch.setattr(Messages, "__call__", keyed)


@bug("a claim that runs out is marked as failed, and never tried again", "I4")
def _(patch: Patch) -> None:
    attempted = deliveries.attempted

    def fails(one: Outgoing, receipt: Receipt, now: float) -> Outgoing:
        done = attempted(one, receipt, now)
        return replace(done, delivery=Delivery.FAILED) if receipt is outgoing.UNHEARD else done

    patch.setattr(deliveries, "attempted", fails)


@bug("a notification is tried again after a definite success", "I5")
def _(patch: Patch) -> None:
    attempted = deliveries.attempted

    def again(one: Outgoing, receipt: Receipt, now: float) -> Outgoing:
        done = attempted(one, receipt, now)
        is_first = done.delivery is Delivery.DELIVERED and one.tries == 1
        return replace(done, delivery=Delivery.WAITING, try_at=now + 5.0) if is_first else done

    patch.setattr(deliveries, "attempted", again)


@bug("an unknown outcome counts as delivered", "I5")
def _(patch: Patch) -> None:
    attempted = deliveries.attempted

    def trusting(one: Outgoing, receipt: Receipt, now: float) -> Outgoing:
        unknown = receipt.outcome is Outcome.UNKNOWN
        return attempted(one, Receipt(Outcome.DELIVERED) if unknown else receipt, now)

    patch.setattr(deliveries, "attempted", trusting)


@bug("what a target said is forgotten with a failed write", "I5", Fault.COMMIT_UNKNOWN, Fault.FLAKES)
def _(patch: Patch) -> None:
    write = dispatch.Dispatcher._write

    def forgets(self: Any, at: Desk, disposed: Sequence[Disposed], now: float) -> None:
        try:
            write(self, at, disposed, now)
        finally:
            self._back.clear()

    patch.setattr(dispatch.Dispatcher, "_write", forgets)


@bug("whom a lost page reached is not told of the end", "end")
def _(patch: Patch) -> None:
    patch.setattr(outgoing, "perhaps_told", lambda one: one)
    patch.setattr(asking, "perhaps_told", lambda one: one)


@bug("a page that arrived late is told of the wrong target", "I5", Fault.SLOW, Fault.FAILED)
def _(patch: Patch) -> None:
    patch.setattr(deliveries, "_back_at", lambda *those: those[0])


@bug("a restart forgets whom it has told", "end")
def _(patch: Patch) -> None:
    kept = MemoryDesk.kept

    def forgetful(self: MemoryDesk, now: float) -> Kept:
        found = kept(self, now)
        return replace(found, outgoing=tuple(one for one in found.outgoing if not one.delivery.is_over))

    patch.setattr(MemoryDesk, "kept", forgetful)


@bug("claims last longer than a page may wait", "I4")
def _(patch: Patch) -> None:
    patch.setattr(outgoing, "CLAIM_SECONDS", 60.0)


@bug("an attempt begins however long its process was stopped", "I5", Fault.PAUSE)
def _(patch: Patch) -> None:
    patch.setattr("tests.simulation.wire.may_begin", lambda *_: True)


# ------------------------------------------------------------ escalation


@bug("steps that were missed in an outage are replayed one after another", "I7", Fault.OUTAGE)
def _(patch: Patch) -> None:
    patch.setattr(asking, "_without_missed", lambda *those: those[1])


@bug("an acknowledgement does not cancel what is due", "I6")
def _(patch: Patch) -> None:
    patch.setattr(Incident, "wants_people", property(lambda self: self.next_step < len(self.plan.steps)))
    patch.setattr(commands, "stop_asking", lambda *_: None)
    patch.setattr(deliveries, "not_wanted", lambda *_: "")


@bug("an acknowledgement is checked when a step is taken, and not when it leaves", "I6")
def _(patch: Patch) -> None:
    patch.setattr(commands, "stop_asking", lambda *_: None)
    patch.setattr(deliveries, "not_wanted", lambda *_: "")


@bug("what is over is paged all the same", "I7")
def _(patch: Patch) -> None:
    patch.setattr(commands, "stop_asking", lambda *_: None)
    patch.setattr(deliveries, "not_wanted", lambda *_: "")


@bug("a step that reaches nobody waits instead of being passed on", "I4")
def _(patch: Patch) -> None:
    take = asking._take_step

    def waits(at: Desk, incident: Incident, now: float) -> Incident:
        planned = incident.plan.steps[incident.next_step]
        if asking._reached(at, incident, planned, now):
            return take(at, incident, now)
        return at.record(incident.identity, StepTaken(incident.episode, incident.next_step, ()), now)

    patch.setattr(asking, "_take_step", waits)


@bug("the end of a silence is forgotten", "I2")
def _(patch: Patch) -> None:
    patch.setattr(step, "silence_turned", lambda *_: None)


@bug("the early end of a silence, and its change, are forgotten", "I2")
def _(patch: Patch) -> None:
    patch.setattr(silencing, "silence_turned", lambda *_: None)


@bug("what fires again after its acknowledged incident was over asks nobody", "I4")
def _(patch: Patch) -> None:
    ask = asking.ask

    def trusts(at: Desk, incident: Incident, now: float) -> None:
        if not incident.is_acknowledged:
            ask(at, incident, now)

    patch.setattr(reports, "ask", trusts)


@bug("a restart lets escalations rest", "I4")
def _(patch: Patch) -> None:
    put = Desk._put_incident

    def rests(self: Desk, incident: Incident) -> None:
        dues = list(self._dues)
        put(self, incident)
        if not self.changes:
            self._dues = dues

    patch.setattr(Desk, "_put_incident", rests)


# ------------------------------------------------------------ arrivals


@bug("2xx is answered before the commit", "I1", Fault.CRASH, Fault.CRASH_IN_WRITE, Fault.OUTAGE)
def _(patch: Patch) -> None:
    commit, waiting = SharedStore.commit, SharedStore.waiting
    unsynced: list[tuple[Sequence[int], Sequence[Arrival]]] = []

    def soon(self: SharedStore, numbers: Sequence[int], arrivals: Sequence[Arrival]) -> None:
        unsynced.append((numbers, arrivals))

    def synced(self: SharedStore, limit: int) -> Sequence[Waiting]:
        while unsynced:
            commit(self, *unsynced.pop())
        return waiting(self, limit)

    patch.setattr(SharedStore, "commit", soon)
    patch.setattr(SharedStore, "waiting", synced)
    patch.setattr(SharedStore, "lose_memory", lambda _: unsynced.clear())


@bug("an arrival is marked as done before it is decided", "I1", Fault.CRASH_IN_WRITE, Fault.COMMIT_UNKNOWN)
def _(patch: Patch) -> None:
    write = EngineStore.write

    def done_first(self: EngineStore, changes: Changes, disposed: Sequence[Disposed], now: float, holder: str) -> None:
        if disposed:
            write(self, Changes(), disposed, now, holder)
        write(self, changes, [], now, holder)

    patch.setattr(EngineStore, "write", done_first)


@bug("arrivals are read by a cursor: those with a number above the last", "I1", Fault.SLOW_COMMIT)
def _(patch: Patch) -> None:
    waiting = SharedStore.waiting

    def after_cursor(self: SharedStore, limit: int) -> Sequence[Waiting]:
        cursor = getattr(self, "cursor", 0)
        found = [one for one in waiting(self, limit) if one.number > cursor or limit > 10_000]
        self.cursor = max((one.number for one in found), default=cursor)  # type: ignore[attr-defined]
        return found

    patch.setattr(SharedStore, "waiting", after_cursor)


@bug("poison is tried for ever", "I1", Fault.POISON)
def _(patch: Patch) -> None:
    patch.setattr(dispatch, "MOST_TRIES", 10**9)


@bug("what cannot be read is put aside with everything that came with it", "I9", Fault.POISON)
def _(patch: Patch) -> None:
    decide = dispatch.Dispatcher._decide_arrivals

    def all_aside(self: Any, at: Desk, now: float) -> list[Disposed]:
        found = self._store.waiting(500)
        if any(one.tries >= dispatch.MOST_TRIES for one in found):
            return [Disposed(one.number, quarantined="it came with something unreadable") for one in found]
        return decide(self, at, now)

    patch.setattr(dispatch.Dispatcher, "_decide_arrivals", all_aside)


@bug("a restart forgets alerts that have ended", "I2")
def _(patch: Patch) -> None:
    kept = MemoryDesk.kept

    def forgetful(self: MemoryDesk, now: float) -> Kept:
        found = kept(self, now)
        return replace(found, alerts=tuple(one for one in found.alerts if one.is_firing))

    patch.setattr(MemoryDesk, "kept", forgetful)


@bug("the last delivery wins, whatever it speaks of", "I2")
def _(patch: Patch) -> None:
    def last(known: Sayings, report: Report) -> Sayings:
        return tuple(sorted({**dict(known), report.reporter: report.saying}.items()))

    patch.setattr(reports, "joined_sayings", last)


@bug("a failure of the store is taken for a refusal", "I1", Fault.FLAKES)
def _(patch: Patch) -> None:
    decide = dispatch.Dispatcher._carried_out

    def refuses(self: Any, at: Desk, number: int, command: Command, now: float) -> Disposed:
        try:
            return decide(self, at, number, command, now)
        except StoreError as error:
            return Disposed(number, refusal=refusal_text(error))

    patch.setattr(dispatch.Dispatcher, "_carried_out", refuses)


@bug("a failed turn leaves its decisions on the desk", "I3")
def _(patch: Patch) -> None:
    patch.setattr(dispatch.Dispatcher, "turn", dispatch.Dispatcher._turn)


# ------------------------------------------------------------ incidents


@bug("an alert always opens an incident of its own", "I3")
def _(patch: Patch) -> None:
    patch.setattr(Desk, "open_incidents", lambda *_: iter(()))


@bug("a restart counts incidents from one again", "I1")
def _(patch: Patch) -> None:
    kept = MemoryDesk.kept
    patch.setattr(MemoryDesk, "kept", lambda self, now: replace(kept(self, now), numbers=()))


@bug("an incident is kept beside its timeline, and not as its fold", "I3")
def _(patch: Patch) -> None:
    after = desk.after

    def approximately(incident: Incident, entry: Any) -> Incident:
        return replace(after(incident, entry), joined_at=entry.at)

    patch.setattr(desk, "after", approximately)


@bug("looking at a link acknowledges", "I6")
def _(patch: Patch) -> None:
    def acknowledges(world: Any, address: str) -> None:
        incident, _, person = address.partition("/")
        if person:
            world.post(as_arrival(Acknowledge(incident, person), world.now), Accepted(0, 0.0))

    patch.setattr(people, "open_link", acknowledges)


@bug("a command is answered before it is committed", "I6")
def _(patch: Patch) -> None:
    decide, disposed = dispatch.Dispatcher._carried_out, SharedStore.disposed
    early: dict[int, Disposed] = {}

    def eager(self: Any, at: Desk, number: int, command: Command, now: float) -> Disposed:
        done = early[number] = decide(self, at, number, command, now)
        return done

    def answered(self: SharedStore, numbers: Sequence[int]) -> dict[int, Disposed]:
        return {**{one: early[one] for one in numbers if one in early}, **disposed(self, numbers)}

    patch.setattr(dispatch.Dispatcher, "_carried_out", eager)
    patch.setattr(SharedStore, "disposed", answered)


# ------------------------------------------------------------ leases


@bug("a write does not check the lease", "I15", Fault.PAUSE)
def _(patch: Patch) -> None:
    patch.setattr(Leases, "check", lambda *_: None)


@bug("everybody gets the lease who asks", "I15")
def _(patch: Patch) -> None:
    def granted(self: Leases, lease: str, holder: str, now_seconds: float, ttl_seconds: float) -> bool:
        self._held[lease] = (holder, now_seconds + ttl_seconds)
        return True

    patch.setattr(Leases, "acquire", granted)


@bug("a timeline's place may be written twice, and the lease is not checked", "I3", Fault.PAUSE)
def _(patch: Patch) -> None:
    patch.setattr(Leases, "check", lambda *_: None)
    patch.setattr(MemoryDesk, "_check_entries", lambda *_: None)


@bug("who had lost the lease goes on with the old desk", "I5", Fault.PAUSE, Fault.CRASH_IN_SEND, Fault.FAILED)
def _(patch: Patch) -> None:
    def hold(self: Any, now: float) -> None:
        if not self._store.acquire_desk(self._settings.holder, now, self._settings.lease_seconds):
            self._desk = None
            raise dispatch.StoreBusy("another server decides")

    patch.setattr(dispatch.Dispatcher, "_hold_lease", hold)


@bug("steps are taken before they are due", "I14")
def _(patch: Patch) -> None:
    due_at = Incident.step_due_at.fget  # type: ignore[attr-defined]

    def early(self: Incident) -> float | None:
        due = due_at(self)
        return due if due is None or self.held_until else due - 90.0

    patch.setattr(Incident, "step_due_at", property(early))


@bug("an unwritable store is taken for a lost lease: its error ends the turn quietly", "quiet")
def _(patch: Patch) -> None:
    turn = dispatch.Dispatcher.take_turn

    def gives_up(self: Any) -> float:
        if isinstance(self.trouble, StoreError) and not isinstance(self.trouble, dispatch.StoreBusy):
            return 1.0
        return turn(self)

    patch.setattr(dispatch.Dispatcher, "take_turn", gives_up)


@bug("it is forgotten who was reminded of a promise", "I16")
def _(patch: Patch) -> None:
    patch.setattr(said, "_reminded", lambda promise, _, at: replace(promise, reminded_at=at) if promise else None)


@bug("a message stands on the timeline and leaves for nobody", "I16")
def _(patch: Patch) -> None:
    patch.setattr(message_commands, "send_notice", lambda *_: None)
