"""The one thread that decides: arrivals, what is due, what came back; written in one transaction, then sent."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf
from time import monotonic
from typing import Protocol

import structlog

from covet_sre.alerting.alert import Disposition
from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.report import Report
from covet_sre.engine import desk_commands
from covet_sre.engine.own_alerts import put_aside
from covet_sre.engine.pacing import Pace
from covet_sre.engine.workload import Workload
from covet_sre.errors import CovetSreError, StoreBusy, StoreError, StoreUnreadable
from covet_sre.flows.arriving import Read, Readers
from covet_sre.flows.timings import DISPOSITION_BOUNDS, Timings
from covet_sre.incident.commands import carry_out
from covet_sre.incident.deliveries import begin_attempts, came_back, not_wanted
from covet_sre.incident.desk import Desk
from covet_sre.incident.facts import CameBack, Command
from covet_sre.incident.heartbeats import hear_beat, send_beat
from covet_sre.incident.outgoing import Message, Outgoing
from covet_sre.incident.reports import look_at_inhibited, take_report
from covet_sre.incident.restored import begin_reconciling
from covet_sre.incident.rules import Rules
from covet_sre.incident.step import forget_old, pass_time, take_up
from covet_sre.ports import Arrival, Clock, DeskStore, Disposed, InboxStore, RecordStore, Waiting

log = structlog.get_logger(__name__)

MOST_TRIES = 3
"""An arrival that nothing can be made of is put aside after so many tries."""

_LEASE_SECONDS = 10.0
_RENEW_SECONDS = 2.0
_RETRY_SECONDS = 1.0
_LOOK_EVERY_SECONDS = 0.5
_FORGET_EVERY_SECONDS, _FORGET_MORE_SECONDS = 3600.0, 5.0
_ARRIVALS_KEPT_SECONDS = 30 * 86400.0

_STOOD_BACK = "let a server of the version that wrote it decide, or restore a backup; this one tries again"

HEARTBEAT_SOURCE = "heartbeat"
"""Our own heartbeats go the way of every alert, from the inbox on. The body is the heartbeat's name."""


class KernelStore(InboxStore, DeskStore, RecordStore, Protocol):
    """What the dispatcher, and those who ask about what it did, want of a store."""


class Sender(Protocol):
    """Carries notifications out, beside the thread that decides."""

    def free(self) -> int:
        """How many attempts may begin now."""
        ...

    @property
    def kept_for_urgent(self) -> int:
        """How many of these places only what is urgent may take."""
        ...

    def send(self, outgoing: Outgoing, message: Message) -> None:
        """Begin one attempt, which is committed as claimed. What becomes of it is among `came_back` later."""
        ...

    def came_back(self) -> Sequence[CameBack]:
        """What came back since it was asked last."""
        ...


class Composer(Protocol):
    """Writes what a notification says, from the state at the moment when it leaves."""

    def __call__(self, desk: Desk, outgoing: Outgoing, now: float) -> Message: ...


@dataclass(frozen=True, slots=True)
class DispatchSettings:
    """`holder` names this server among those that share a database."""

    holder: str = "this server"
    lease_seconds: float = _LEASE_SECONDS
    speed: float = 1.0
    """How many seconds of the clock pass in one of the wall's."""
    is_alone: bool = False
    """No other server can have this database open: whoever claimed something before this one began is dead."""


DEFAULTS = DispatchSettings()


class Dispatcher:
    """Decides, one turn after another. `wake` may be called from any thread; everything else from its own."""

    def __init__(
        self,
        store: KernelStore,
        readers: Readers,
        sender: Sender,
        compose: Composer,
        clock: Clock,
        settings: DispatchSettings = DEFAULTS,
        published: Callable[[], None] = lambda: None,
    ) -> None:
        self._store, self._readers, self._sender, self._compose = store, readers, sender, compose
        self._clock, self._settings, self._published = clock, settings, published
        self._rules = Rules()
        self._desk: Desk | None = None
        self._awake = threading.Event()
        self._decided = threading.Condition()
        self._more = True
        self._has_begun = False
        self._pace = Pace()
        self._taken_bytes = 0
        self._received: list[float] = []
        self.dispositions = Timings(DISPOSITION_BOUNDS)
        """From when an arrival was received to the commit of what was made of it."""
        self._retry_seconds = _RETRY_SECONDS
        self.workload = Workload()
        self._back: list[CameBack] = []
        self._beats: dict[str, float] = {}
        self._beat_at: dict[str, float] = {}
        self._lease_until = self._forgot_at = self._stands_back_until = 0.0
        self.trouble: CovetSreError | None = None
        self.writes = 0

    # ------------------------------------------------------------ what other threads ask

    @property
    def decides(self) -> bool:
        """Whether this server decides, and not another that shares the database."""
        return self._desk is not None

    def behind_seconds(self) -> float:
        """How long it will take to decide about what this server has kept; 0 where another one decides."""
        return self.workload.seconds() if self.decides else 0.0

    def oldest_due(self) -> float:
        """Since when the oldest notification is due that has not left, infinite where none is."""
        desk = self._desk
        return min((one.due_at for one in list(desk.outgoing.values())), default=inf) if desk is not None else inf

    def next_due(self) -> float:
        """When something on the desk is due next, infinite for never."""
        return inf if self._desk is None else self._desk.next_due()

    def not_wanted(self, outgoing: Outgoing) -> str:
        """Why a notification need not leave any more, as far as is known at this moment; empty where it must."""
        desk = self._desk
        return "another server decides" if desk is None else not_wanted(desk, outgoing)

    def take_up(self, rules: Rules) -> None:
        """Go by other files from the next turn on."""
        self._rules = rules
        self.wake()

    def wake(self) -> None:
        """Something arrived or came back."""
        self._awake.set()

    def wait_for_decisions(self, after: int, seconds: float) -> None:
        """Wait until more was written than `after` (see `writes`), at most so long."""
        with self._decided:
            self._decided.wait_for(lambda: self.writes != after, seconds)

    # ------------------------------------------------------------ the thread

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. Nothing that arrives, and nothing that the store does, ends it."""
        while not stop.is_set():
            began = monotonic()
            wait_seconds = self.take_turn()
            if self.trouble is not None:
                stop.wait(wait_seconds)
                continue
            self.workload.decided(self._taken_bytes, monotonic() - began)
            if self._awake.is_set():
                # More arrived meanwhile.
                stop.wait(self._pace.rest_seconds(monotonic() - began, self._clock()))
            else:
                self._awake.wait(wait_seconds / self._settings.speed)

    def take_turn(self) -> float:
        """A turn, whatever comes of it; the seconds until the next. What went wrong is in `trouble`."""
        try:
            return self.turn()
        except CovetSreError as error:
            self._note(error)
        except Exception as error:
            # It must outlive its own bugs, loudly.
            log.exception("the desk stumbled")
            self._note(CovetSreError(f"the desk stumbled: {error!r}", remedy="please report this with the log"))
        # What failed on one arrival is tried again at once: nobody waits for it, and after three tries it is put aside.
        retry_seconds, self._retry_seconds = self._retry_seconds, _RETRY_SECONDS
        return retry_seconds

    def turn(self) -> float:
        """Decide about everything that is there now; the seconds until something is due.

        Whatever goes wrong leaves the desk to be laid out anew: what was decided and not written must not be decided a
        second time on top.
        """
        try:
            return self._turn()
        except BaseException:
            self._desk = None
            raise

    def _turn(self) -> float:
        self._awake.clear()
        now = self._clock()
        self._hold_lease(now)
        desk = self._laid_out(now)
        disposed = self._decide_arrivals(desk, now)
        pass_time(desk, now)
        self._back += self._sender.came_back()
        for back in self._back:
            came_back(desk, back.key, back.tries, back.receipt, now, back.target)
        begun = begin_attempts(desk, self._sender.free(), now, self._sender.kept_for_urgent)
        self._beat(desk, now)
        if now - self._forgot_at > _FORGET_EVERY_SECONDS:
            self._forgot_at = now
            forget_old(desk, now)
            if self._store.forget_arrivals(now - _ARRIVALS_KEPT_SECONDS):
                # It drops a bounded number each time.
                self._forgot_at = now - _FORGET_EVERY_SECONDS + _FORGET_MORE_SECONDS
        self._write(desk, disposed, now)
        # Only now: had the write failed, what came back would be all that is known of it.
        self._back.clear()
        for outgoing in begun:
            self._sender.send(outgoing, self._compose(desk, outgoing, now))
        self.trouble = None
        if self._more:
            return 0.0
        if self._sender.free() <= self._sender.kept_for_urgent:
            # What is due and not urgent cannot leave; when something comes back, it wakes this thread.
            return _LOOK_EVERY_SECONDS
        return min(max(desk.next_due() - self._clock(), 0.0), _LOOK_EVERY_SECONDS)

    def give_up(self) -> None:
        """Let another server decide at once: this one stops."""
        try:
            if self._desk is not None:
                self._store.acquire_desk(self._settings.holder, self._clock(), 0.0)
        except StoreError as error:
            log.info("the lease was not given up", error=str(error))

    def _hold_lease(self, now: float) -> None:
        seconds = self._settings.lease_seconds
        if self._desk is not None and now < self._lease_until - seconds + _RENEW_SECONDS:
            return
        if now >= self._lease_until:
            # It had run out: another may have decided meanwhile, and what lies here may be old.
            self._desk = None
        if now < self._stands_back_until:
            raise StoreUnreadable("what lies on the desk cannot be read by this server", remedy=_STOOD_BACK)
        if not self._store.acquire_desk(self._settings.holder, now, seconds):
            self._desk = None
            # Whoever decides hears them now: what was heard here says nothing any more.
            self._beats = {}
            raise StoreBusy("another server on this database decides", remedy="nothing to do: this one takes over")
        self._lease_until = now + seconds

    def _stand_back(self, now: float) -> None:
        self._store.acquire_desk(self._settings.holder, now, 0.0)
        self._lease_until, self._stands_back_until = 0.0, now + self._settings.lease_seconds

    def _laid_out(self, now: float) -> Desk:
        if self._desk is None:
            try:
                kept = self._store.kept(now)
            except StoreUnreadable:
                # Another server, of a newer version perhaps, may be able to: it is let.
                self._stand_back(now)
                raise
            self._desk = Desk(self._rules, kept)
            self._desk.beats = self._beats
            look_at_inhibited(self._desk, now)
            self.workload.begin()
            self._more = True
            if self._settings.is_alone and not self._has_begun:
                self._desk.take_over_claims(now)
            self._has_begun = True
            begin_reconciling(self._desk, now)
        elif self._desk.rules is not self._rules:
            take_up(self._desk, self._rules, now)
        return self._desk

    def _decide_arrivals(self, desk: Desk, now: float) -> list[Disposed]:
        most = self._pace.arrivals
        waiting = self._store.waiting(most)
        self._more = len(waiting) >= most
        decided = [self._decide(desk, one, now) for one in waiting]
        disposed = [one for one in decided if one is not None]
        known = {one.number for one in disposed}
        self._received = [one.arrival.received_at for one in waiting if one.number in known]
        self._pace.took(waiting, disposed)
        self._taken_bytes = sum(len(one.arrival.body) for one in waiting)
        return disposed

    def _decide(self, desk: Desk, waiting: Waiting, now: float) -> Disposed | None:
        """What is made of one arrival; None for one that could not be read, and is tried again in the next turn.

        Any error but a refusal while it is decided about ends the turn: nobody knows how far it came.
        """
        number = waiting.number
        if waiting.tries >= MOST_TRIES:
            log.error("an arrival was put aside", number=number, source=waiting.arrival.source)
            take_report(desk, put_aside(waiting.arrival.source, number, now), now)
            return Disposed(number, quarantined=f"it was tried {waiting.tries} times and failed each time")
        try:
            read = self._read(desk, waiting.arrival)
        except CovetSreError as error:
            return Disposed(number, refusal=desk_commands.refusal_text(error))
        except Exception as error:  # noqa: BLE001 - a reader's bug must not cost what others say
            # Nothing on the desk has changed: the others go on.
            self._failed(waiting, error)
            return None
        try:
            return self._made_of(desk, waiting, read, now)
        except StoreError:
            # That is no refusal: it is decided about when the store answers again.
            raise
        except CovetSreError as error:
            return Disposed(number, refusal=desk_commands.refusal_text(error))
        except Exception as error:
            self._failed(waiting, error)
            raise

    def _read(self, desk: Desk, arrival: Arrival) -> Read:
        if arrival.source == desk_commands.SOURCE:
            return Read(commands=(desk_commands.command_in(arrival.body),))
        if arrival.source == HEARTBEAT_SOURCE:
            return Read()
        key_of = partial(alert_key, slos=desk.rules.slos)
        return self._readers[arrival.source](arrival.body, arrival.note, arrival.received_at, key_of)

    def _made_of(self, desk: Desk, waiting: Waiting, read: Read, now: float) -> Disposed:
        if waiting.arrival.source == HEARTBEAT_SOURCE:
            send_beat(desk, waiting.arrival.body.decode(), now)
        if waiting.arrival.source == desk_commands.SOURCE:
            return self._carried_out(desk, waiting.number, read.commands[0], now)
        for command in read.commands:
            carry_out(desk, command, now)
        alerts = [(report.key, _taken(desk, report, now)) for report in read.reports]
        return Disposed(waiting.number, alerts, refusal="; ".join(read.refused))

    def _beat(self, desk: Desk, now: float) -> None:
        """Let our own heartbeats begin their way."""
        due = [one for one in desk.rules.sent_heartbeats if now - self._beat_at.get(one.name, 0.0) >= one.every_seconds]
        if due:
            self._beat_at |= dict.fromkeys((one.name for one in due), now)
            self._store.accept([Arrival(HEARTBEAT_SOURCE, one.name.encode(), now) for one in due])

    def _carried_out(self, desk: Desk, number: int, command: Command, now: float) -> Disposed:
        for identity in (getattr(command, "incident", ""), getattr(command, "into", "")):
            # It may be over for so long that it does not lie here any more.
            if identity and identity not in desk.incidents and (found := self._store.find_incident(identity)):
                desk.bring(found)
        answer = carry_out(desk, command, now)
        desk.changes.acts.append(desk_commands.as_act(command, answer, now))
        return Disposed(number, answer=answer)

    def _failed(self, waiting: Waiting, error: Exception) -> None:
        tries = self._store.tried(waiting.number)
        self._retry_seconds = 0.0
        log.error("nothing could be made of an arrival", number=waiting.number, tries=tries, error=repr(error))

    def _write(self, desk: Desk, disposed: Sequence[Disposed], now: float) -> None:
        changes = desk.take_changes()
        if not changes and not disposed:
            return
        self._store.write(changes, disposed, now, self._settings.holder)
        for received_at in self._received:
            self.dispositions.observe(self._clock() - received_at)
        with self._decided:
            self.writes += 1
            self._decided.notify_all()
        self._published()

    def _note(self, error: CovetSreError) -> None:
        if self.trouble is None or str(self.trouble) != str(error):
            log.warning("nothing is decided at the moment", error=str(error), code=error.code)
        self.trouble = error


def _taken(desk: Desk, report: Report, now: float) -> Disposition:
    return hear_beat(desk, report, now) or take_report(desk, report, now)
