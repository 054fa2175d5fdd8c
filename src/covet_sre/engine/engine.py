"""The clock's one thread: a tick each minute, history in the pauses, new files when they come."""

import itertools
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from time import thread_time

import structlog

from covet_sre.engine.adjusting import Adjuster
from covet_sre.engine.backfill import Backfill
from covet_sre.engine.collector import collector_resting
from covet_sre.engine.measure import Measurer, SourceState
from covet_sre.engine.plan import SILENCE_MINUTES, Plan, make_plan, wanted_streams
from covet_sre.engine.present import Present
from covet_sre.engine.reader import CATCH_UP_SECONDS
from covet_sre.engine.saturation import Saturation
from covet_sre.engine.watch import SilenceWatch, Watcher
from covet_sre.errors import CovetSreError, SourceError, StoreBusy, StoreError
from covet_sre.flows.declaration import Declaration
from covet_sre.ports import AlertTransition, Clock, MetricSource, Pacer, Store
from covet_sre.slo.minutes import CHUNK_MINUTES
from covet_sre.units import MINUTES_PER_DAY

log = structlog.get_logger(__name__)

Connect = Callable[[Declaration], Mapping[str, MetricSource]]
"""Sources by name, ready to be read; the ones of an earlier call are closed by it."""

# The journal keeps this much before it is packed into blocks.
_JOURNAL_MINUTES = CHUNK_MINUTES

# A clock that goes back by more than this was set, and the past begins again where it now is.
_CLOCK_SET_BACK_MINUTES = 5

_RETRY_SECONDS = 5.0

# A server that measures renews its right every second; another takes over when it has not for this long.
_LEASE_SECONDS = 30.0


@dataclass(slots=True)
class _Works:
    """Everything that belongs to one set of files."""

    plan: Plan
    measurer: Measurer
    adjuster: Adjuster
    watcher: Watcher
    backfill: Backfill
    sources: Mapping[str, MetricSource]


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`settle_seconds`: how long after a minute's end it is read, so that slow scrapes are in.

    `holder` names this server among those that share a database: one of them measures.
    """

    settle_seconds: float = 0.0
    holder: str = "this server"


DEFAULTS = EngineSettings()


class Engine:
    """Measures and evaluates one declaration after another.

    `publish` receives each new present, `tell` after each tick the last transition of every alert.
    """

    def __init__(
        self,
        store: Store,
        connect: Connect,
        clock: Clock,
        pacer: Pacer,
        publish: Callable[[Present], None],
        settings: EngineSettings = DEFAULTS,
        tell: Callable[[Iterable[AlertTransition], int], None] = lambda _transitions, _minute: None,
    ) -> None:
        self._store, self._connect, self._clock, self._pacer = store, connect, clock, pacer
        self._publish = publish
        self._settings, self._tell = settings, tell
        self._wanted: Declaration | None = None
        self._adjustments_changed = threading.Event()
        self._works: _Works | None = None
        self._silence = SilenceWatch(store)
        self._folded_chunk = -1
        self._fold_from = 0
        self._present: Present | None = None
        self.saturation = Saturation()
        self.trouble: CovetSreError | None = None
        self._reported: dict[str, tuple[str, tuple[str, ...], int]] = {}
        self.ticks = 0
        self.cpu_seconds = 0.0

    # ------------------------------------------------------------ what other threads ask

    def declare(self, declaration: Declaration) -> None:
        """Take up new files with the next turn."""
        self._wanted = declaration

    def look(self, declaration: Declaration) -> None:
        """Publish what the ledger knows, and ask no source: for a look without a server. Raises StoreError."""
        self._wanted = declaration
        self._hold_lease()
        try:
            self._take_up_files(self._due_minute())
        finally:
            self.give_up_lease()

    def adjustments_changed(self) -> None:
        """Lay the adjustments over the numbers again with the next turn."""
        self._adjustments_changed.set()

    def source_states(self) -> Mapping[str, SourceState]:
        """How each source does, by name."""
        return self._works.measurer.states if self._works else {}

    def fill_in_everything(self, progress: Callable[[int, int], None], reach_minutes: int = 0) -> None:
        """Read all missing history of the windows now, or of `reach_minutes` where that is more. Raises SourceError.

        `progress` hears how many pieces of how many are done.
        """
        works = self._works
        assert works is not None, "declare and turn first"
        backfill = works.backfill
        if reach_minutes:
            end = works.measurer.ledger.end
            backfill = Backfill(works.plan, self._store, works.measurer, end, reach_minutes)
        while backfill.step(works.sources):
            progress(backfill.pieces_done, backfill.pieces_expected)
        self._evaluate(works)

    # ------------------------------------------------------------ the thread

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set. Nothing that a source, a file or the store does ends it."""
        while not stop.is_set():
            try:
                wait_seconds = self.turn()
            except CovetSreError as error:
                self._note(error)
                wait_seconds = _RETRY_SECONDS
            except Exception as error:
                # The engine must outlive its own bugs, loudly.
                log.exception("the engine stumbled")
                self._note(CovetSreError(f"the engine stumbled: {error!r}", remedy="please report this with the log"))
                wait_seconds = _RETRY_SECONDS
            self._pacer.wait(wait_seconds, stop)

    def turn(self) -> float:
        """Do what is due now; the seconds (of the clock) until the next turn."""
        end = self._due_minute()
        self._hold_lease()
        self._take_up_files(end)
        works = self._works
        if works is None:
            return 1.0
        if not -CATCH_UP_SECONDS // 60 <= works.measurer.ledger.end - end <= _CLOCK_SET_BACK_MINUTES:
            # It was set, or the machine slept: begin again where it now is, and fill in from the sources' history.
            log.warning("the clock jumped", from_minute=works.measurer.ledger.end, to_minute=end)
            self._works = works = self._set_up(works.plan.declaration, works.sources, end)
            self._present = None
        if works.measurer.ledger.end < end or self._present is None or self.ticks == 0:
            self._tick(works, end)
        elif self._adjustments_changed.is_set():
            self._evaluate(works)
        elif works.backfill.has_work(self._answering(works)):
            self._fill_in(works)
        return self._seconds_to(end + 1)

    def _hold_lease(self) -> None:
        if self._store.acquire_lease(self._settings.holder, self._clock(), _LEASE_SECONDS):
            return
        if self._works is not None:
            # The other server's watermarks have moved on: begin from the store when it is our turn again.
            self._wanted = self._wanted or self._works.plan.declaration
            self._works = None
        raise StoreBusy(
            "another server on this database measures", remedy="nothing to do: this one takes over when that one stops"
        )

    def give_up_lease(self) -> None:
        """Let another server measure at once: this one stops."""
        with suppress(StoreError):
            self._store.acquire_lease(self._settings.holder, self._clock(), 0.0)

    def _due_minute(self) -> int:
        return int((self._clock() - self._settings.settle_seconds) // 60)

    def _seconds_to(self, minute: int) -> float:
        due = minute * 60 + self._settings.settle_seconds - self._clock()
        if self._adjustments_changed.is_set() or self._wanted is not None:
            return 0.0
        # Short waits, so that a change that somebody just made is taken up soon.
        busy = self._works is not None and self._works.backfill.has_work(self._answering(self._works))
        return min(max(due, 0.0), 0.05 if busy else 1.0)

    def _take_up_files(self, end: int) -> None:
        declaration, self._wanted = self._wanted, None
        if declaration is not None:
            try:
                self._works = self._set_up(declaration, self._connect(declaration), end)
            except Exception:
                self._wanted = self._wanted or declaration
                raise
            self._present = None
            if self.ticks == 0:
                # What the ledger knows can be told before the sources have answered for the first time.
                self._evaluate(self._works)

    @collector_resting()
    def _set_up(self, declaration: Declaration, sources: Mapping[str, MetricSource], end: int) -> _Works:
        last = self._store.last_read()
        if last is not None and end - last > CATCH_UP_SECONDS // 60:
            # Perhaps only the clock is wrong: what would be too old by it is kept for another day.
            self._fold_from = end + MINUTES_PER_DAY
        elif last is not None and end < last:
            self._fold_from = 0
        numbers = self._store.stream_ids(list(wanted_streams(declaration.objectives)))
        plan = make_plan(declaration, numbers)
        measurer = Measurer(plan, self._store, sources, end)
        return _Works(
            plan=plan,
            measurer=measurer,
            adjuster=Adjuster(plan, self._store, self._store),
            watcher=Watcher(plan, self._store, end),
            backfill=Backfill(plan, self._store, measurer, end),
            sources=sources,
        )

    @collector_resting()
    def _tick(self, works: _Works, end: int) -> None:
        began = thread_time()
        works.measurer.tick(end)
        self._evaluate(works)
        self._silence.watch(self._silent(works, end), end)
        self._tell(itertools.chain(works.watcher.last.values(), self._silence.last.values()), end)
        self._report_sources(works)
        self.saturation.read(self._answering(works), end)
        self._fold(end)
        works.backfill.go_on()
        self.trouble = None
        self.ticks += 1
        self.cpu_seconds += thread_time() - began

    def _evaluate(self, works: _Works) -> None:
        if self._adjustments_changed.is_set():
            self._adjustments_changed.clear()
            works.adjuster.reload()
        ledger = works.measurer.ledger
        raw = ledger.sums.values.copy()
        values = works.adjuster.adjusted(raw, ledger.end)
        verdicts = works.watcher.watch(values, ledger.end)
        self._present = Present(
            plan=works.plan,
            end=ledger.end,
            values=values,
            raw=raw,
            verdicts=verdicts,
            states=works.watcher.states,
            steps=ledger.coarse.steps,
            troubles=works.measurer.troubles,
            matched=frozenset(works.measurer.matched),
            settled=works.measurer.settled(ledger.end),
        )
        self._publish(self._present)

    def _silent(self, works: _Works, end: int) -> dict[str, bool]:
        """Sources that gave no sample for ten minutes, though somebody wants their metrics."""
        silent: dict[str, bool] = {}
        for name, state in works.measurer.states.items():
            if works.measurer.streams_of(name):
                # A restart or a reload is no sign of life of a source that was silent before.
                since = 0.0 if self._silence.is_firing(name) else state.wanted_since_seconds
                heard = max(state.newest_sample_seconds or 0.0, since)
                silent[name] = end * 60 - heard >= SILENCE_MINUTES * 60
        return silent

    def _answering(self, works: _Works) -> dict[str, MetricSource]:
        """Sources that are worth asking for more: one that does not answer would keep everybody waiting again."""
        states = works.measurer.states.items()
        return {name: works.sources[name] for name, one in states if one.failed_since_seconds is None}

    def _report_sources(self, works: _Works) -> None:
        """Say in the log what is wrong with a source: once when it begins, and once when it ends."""
        for name, state in works.measurer.states.items():
            told = (str(state.error) if state.error is not None else "", state.remarks, state.quarantined)
            before = self._reported.get(name, ("", (), 0))
            if told == before:
                continue
            self._reported[name] = told
            if told[0] and told[0] != before[0]:
                log.warning("a source gives nothing usable", source=name, error=told[0])
            elif before[0] and not told[0]:
                log.info("a source answers again", source=name)
            if told[1] and told[1] != before[1]:
                log.warning("a source has remarks", source=name, remarks=told[1])
            if told[2] > before[2]:
                log.warning("samples that no counter can hold were left out", source=name, number=told[2] - before[2])

    @collector_resting()
    def _fill_in(self, works: _Works) -> None:
        try:
            works.backfill.step(self._answering(works))
        except SourceError as error:
            log.info("a piece of history could not be read", error=str(error))
        if works.backfill.filled_minutes:
            works.backfill.filled_minutes = 0
            self._evaluate(works)

    def _fold(self, end: int) -> None:
        chunk = end // CHUNK_MINUTES
        if chunk != self._folded_chunk and end >= self._fold_from:
            self._folded_chunk = chunk
            self._store.fold(end - _JOURNAL_MINUTES)

    def _note(self, error: CovetSreError) -> None:
        log.error("measuring is interrupted", error=str(error), code=error.code)
        self.trouble = error
        if self._present is not None and isinstance(error, StoreError):
            self._publish(replace(self._present, stalled=error))
