"""What the doors are told: the present as the engine published it last, and the ledger behind it."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from covet_sre.budget.adjustment import Adjustment
from covet_sre.budget.status import ObjectiveStatus
from covet_sre.engine.charts import Charts
from covet_sre.engine.engine import Engine
from covet_sre.engine.measure import SourceState
from covet_sre.engine.plan import wanted_streams
from covet_sre.engine.present import Present
from covet_sre.engine.signals import golden_signals
from covet_sre.errors import CovetSreError, Finding, Level, NotFound
from covet_sre.flows.declaration import Declaration
from covet_sre.flows.reading import (
    AdjustmentRequest,
    ClockView,
    GoldenSignals,
    History,
    MeasuredStream,
    Problem,
    SourceHealth,
)
from covet_sre.ports import AlertTransition, Clock, Store
from covet_sre.slo.minutes import GapEntry, MinuteEvents
from covet_sre.slo.stream import Stream

_STALE_MINUTES = 10


class _Snapshot:
    """One present with the statuses made from it, each at most once."""

    def __init__(self, present: Present, version: int) -> None:
        self.present, self.version = present, version
        self.positions = {one.name: n for n, one in enumerate(present.plan.declaration.objectives)}
        self._made: dict[int, ObjectiveStatus] = {}

    def status(self, position: int) -> ObjectiveStatus:
        made = self._made.get(position)
        if made is None:
            made = self._made[position] = self.present.assess(position)
        return made

    @cached_property
    def statuses(self) -> tuple[ObjectiveStatus, ...]:
        return tuple(self.status(position) for position in self.positions.values())


@dataclass(slots=True)
class _Reload:
    """Why changed files were not taken up; empty when they were."""

    findings: tuple[Finding, ...] = ()
    error: CovetSreError | None = None


class Answers:
    """Implements Reliability (flows/reading.py). Safe to call from any thread."""

    def __init__(self, store: Store, clock: Clock, speed: float = 1.0) -> None:
        self._store, self._clock, self._speed = store, clock, speed
        self._changed = threading.Condition()
        self._version = 0
        self._stopping = False
        self._snapshot: _Snapshot | None = None
        self._declaration = Declaration()
        self._reload = _Reload()
        self._engine: Engine | None = None
        self._also: list[Callable[[], Sequence[Problem]]] = []

    # ------------------------------------------------------------ what the engine and the reloader tell

    def attach(self, engine: Engine) -> None:
        """The engine whose presents are published here."""
        self._engine = engine

    def ask_also(self, problems: Callable[[], Sequence[Problem]]) -> None:
        """Who else knows of problems of this installation."""
        self._also.append(problems)

    def publish(self, present: Present) -> None:
        """A new present; whoever waits for a change is woken."""
        with self._changed:
            self._version += 1
            self._snapshot = _Snapshot(present, self._version)
            self._declaration = present.plan.declaration
            self._changed.notify_all()

    def declare(self, declaration: Declaration) -> None:
        """Files that are about to be measured: known by name from now on."""
        self._update(lambda: setattr(self, "_declaration", declaration))
        self.reloaded(None)

    def reloaded(self, error: CovetSreError | None, findings: tuple[Finding, ...] = ()) -> None:
        """The outcome of reading changed files: None when they were taken up."""
        self._update(lambda: setattr(self, "_reload", _Reload(findings, error)))

    def touch(self) -> None:
        """Something changed that pages show."""
        self._update(lambda: None)

    def stop(self) -> None:
        """The server is stopping: nobody waits any longer."""
        self._update(lambda: setattr(self, "_stopping", True))

    def _update(self, change: Callable[[], None]) -> None:
        with self._changed:
            change()
            self._version += 1
            self._changed.notify_all()

    def has_numbers(self) -> bool:
        """Whether there is a present to answer from."""
        return self._snapshot is not None

    # ------------------------------------------------------------ what the doors ask

    def now_minute(self) -> int:
        return int(self._clock() // 60)

    def clock(self) -> ClockView:
        return ClockView(self.now_minute(), self._speed, self._store.simulated_until())

    def statuses(self) -> Sequence[ObjectiveStatus]:
        snapshot = self._snapshot
        return () if snapshot is None else self._fresh(snapshot).statuses

    def status(self, name: str) -> ObjectiveStatus:
        snapshot, position = self._find(name)
        return snapshot.status(position)

    def declaration(self) -> Declaration:
        return self._declaration

    def history(self, name: str, start_minute: int, end_minute: int, points: int) -> History:
        snapshot, position = self._find(name)
        return self._charts(snapshot).history(position, start_minute, end_minute, points)

    def minutes(self, name: str, start_minute: int, end_minute: int) -> Sequence[MeasuredStream]:
        snapshot, position = self._find(name)
        plan = snapshot.present.plan
        objective = plan.declaration.objectives[position]
        numbers = sorted({plan.numbers[key] for key in wanted_streams([objective])})
        # By where a gap begins: whoever asks for one stretch after the other gets each gap once, and whole.
        gaps = [gap for gap in self._store.gaps(start_minute) if start_minute <= gap.start < end_minute]
        return [_measured(plan.streams[n], self._store.minutes(n, start_minute, end_minute), gaps, n) for n in numbers]

    def burn_down(self, name: str) -> Sequence[tuple[int, float | None]]:
        snapshot, position = self._find(name)
        return self._charts(snapshot).burn_down(position, snapshot.status(position), points=120)

    def sparklines(self, points: int) -> Mapping[str, Sequence[float | None]]:
        snapshot = self._snapshot
        if snapshot is None:
            return {}
        charts = self._charts(snapshot)
        return {
            name: [value for _, value in charts.burn_down(position, snapshot.status(position), points)]
            for name, position in snapshot.positions.items()
        }

    def burn_history(
        self, name: str, window_minutes: int, start_minute: int, end_minute: int, points: int
    ) -> Sequence[tuple[int, float | None]]:
        snapshot, position = self._find(name)
        return self._charts(snapshot).burn_history(position, window_minutes, (start_minute, end_minute), points)

    def spenders(self, name: str) -> Mapping[str, Sequence[tuple[str, float]]]:
        snapshot, position = self._find(name)
        return self._charts(snapshot).spenders(position)

    def alert_history(self, name: str | None, limit: int) -> Sequence[AlertTransition]:
        return self._store.transitions(name, 0, limit)

    def golden_signals(self, service: str) -> GoldenSignals:
        if service not in {one.name for one in self._declaration.services}:
            raise NotFound(f"there is no service {service!r}", remedy="see /services for the names")
        snapshot, engine = self._snapshot, self._engine
        saturation = engine.saturation if engine is not None else None
        return golden_signals(service, None if snapshot is None else snapshot.present, self._store, saturation)

    def sources(self) -> Sequence[SourceHealth]:
        states = self._engine.source_states() if self._engine is not None else {}
        now = self._clock()
        return [
            _health(one.name, one.kind.value, one.addresses, states.get(one.name), now)
            for one in self._declaration.sources
        ]

    def problems(self) -> Sequence[Problem]:
        problems: list[Problem] = []
        if self._reload.error is not None:
            problems.append(
                Problem(
                    Level.ERROR,
                    "Changed reliability files were not taken up",
                    f"{self._reload.error}. The files as they were before are still in force.",
                    "Mend what is listed; the files are read again as soon as they change",
                    self._reload.findings,
                )
            )
        if self._engine is not None and self._engine.trouble is not None:
            trouble = self._engine.trouble
            problems.append(Problem(Level.ERROR, "Measuring is interrupted", str(trouble), trouble.remedy))
        problems += [one for also in self._also for one in also()]
        if self._declaration.warnings:
            problems.append(
                Problem(
                    Level.WARNING,
                    "The reliability files have warnings",
                    f"{len(self._declaration.warnings)} to look at",
                    "Run covet-sre validate for the same list",
                    self._declaration.warnings,
                )
            )
        return problems

    def adjustments(self, slo: str) -> Sequence[Adjustment]:
        return sorted(self._store.adjustments(slo), key=lambda one: one.identity, reverse=True)

    def adjust(self, request: AdjustmentRequest) -> Adjustment:
        if request.slo not in {one.slo for one in self._declaration.objectives}:
            raise NotFound(f"there is no SLO {request.slo!r}", remedy="see /slos for the names")
        made = self._store.add_adjustment(
            Adjustment(
                identity=0,
                slo=request.slo,
                kind=request.kind,
                start_minute=request.start_minute,
                end_minute=request.end_minute,
                bad=request.bad,
                total=request.total,
                author=request.author,
                reason=request.reason,
                made_minute=self.now_minute(),
            )
        )
        self._adjusted()
        return made

    def revoke(self, identity: int, author: str, reason: str) -> Adjustment:
        revoked = self._store.revoke_adjustment(identity, author, reason, self.now_minute())
        self._adjusted()
        return revoked

    def version(self) -> int:
        return -1 if self._stopping else self._version

    def wait_for_change(self, version: int, timeout_seconds: float) -> int:
        with self._changed:
            self._changed.wait_for(lambda: self._version != version or self._stopping, timeout_seconds)
        return self.version()

    # ------------------------------------------------------------ inside

    def _find(self, name: str) -> tuple[_Snapshot, int]:
        snapshot = self._snapshot
        position = None if snapshot is None else snapshot.positions.get(name)
        if snapshot is None or position is None:
            remedy = "see /slos for the names" if snapshot else "nothing was measured yet; try again in a moment"
            raise NotFound(f"there is no objective {name!r}", remedy=remedy)
        return self._fresh(snapshot), position

    def _fresh(self, snapshot: _Snapshot) -> _Snapshot:
        """The snapshot, or one that says that it is old: a number has an age."""
        age = self.now_minute() - snapshot.present.end
        if age < _STALE_MINUTES or snapshot.present.stalled is not None:
            return snapshot
        cause = CovetSreError(
            f"the last measurement is {age} minutes old", remedy="look at the server's log: measuring has stopped"
        )
        return _Snapshot(replace(snapshot.present, stalled=cause), snapshot.version)

    def _charts(self, snapshot: _Snapshot) -> Charts:
        return Charts(snapshot.present, self._store)

    def _adjusted(self) -> None:
        if self._engine is not None:
            self._engine.adjustments_changed()


def _measured(stream: Stream, events: MinuteEvents, gaps: Sequence[GapEntry], number: int) -> MeasuredStream:
    return MeasuredStream(
        key=stream.key,
        scale=stream.scale,
        minutes=tuple(events.minutes.tolist()),
        bad=tuple(events.bad.tolist()),
        total=tuple(events.total.tolist()),
        gaps=tuple((gap.start, gap.end, gap.bad, gap.total) for gap in gaps if gap.stream == number),
    )


def _health(name: str, kind: str, addresses: tuple[str, ...], state: SourceState | None, now: float) -> SourceHealth:
    heard = state.newest_sample_seconds if state is not None else None
    since = heard or (state.wanted_since_seconds if state is not None else now)
    silent_minutes = max(int((now - since) // 60), 0)
    error = state.error if state is not None else None
    warnings: list[str] = []
    if state is not None and state.quarantined:
        warnings.append(f"{state.quarantined} samples were no counts (NaN, infinite or negative) and were left out")
    warnings += state.remarks if state is not None else ()
    return SourceHealth(
        name=name,
        kind=kind,
        addresses=addresses,
        last_success_minute=None if heard is None else int(heard // 60),
        silent_minutes=silent_minutes if silent_minutes > 1 else 0,
        last_error="" if error is None else ": ".join(part for part in (error.where, error.problem) if part),
        remedy="" if error is None else error.remedy,
        warnings=tuple(warnings),
    )
