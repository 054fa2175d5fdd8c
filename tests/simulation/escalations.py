"""I4: every step that is due is taken within 30 s in which an engine could run, or told why not; and what a step asks
leaves in time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import inf

from covet_sre.incident.events import (
    Acknowledged,
    Entry,
    EpisodeBegan,
    FalseAlarm,
    MergedInto,
    Reopened,
    Resolved,
    StepHeld,
    StepsMissed,
    StepTaken,
    StepUnroutable,
)
from covet_sre.incident.outgoing import Delivery, Outgoing, Purpose
from covet_sre.incident.plan import NO_PLAN, Plan
from tests.simulation.history import History

_ENDS = (Acknowledged, Resolved, FalseAlarm, MergedInto)


def check_steps(history: History) -> Iterator[str]:
    at: dict[tuple[str, int], float] = {}
    for commit in history.commits:
        for entry in commit.entries:
            at[entry.incident, entry.position] = commit.at
    for identity, entries in history.ending.timelines.items():
        yield from _Watch(history, identity).read(entries, at)
    yield from _rows(history)


@dataclass(slots=True)
class _Watch:
    """One incident's episodes, read along its timeline."""

    history: History
    identity: str
    plan: Plan = NO_PLAN
    began_at: float = 0.0
    next_step: int = 0
    held_until: float = 0.0
    asks: bool = False
    reopened_at: float = inf
    wrong: list[str] = field(default_factory=list[str])

    def read(self, entries: Sequence[Entry], at: dict[tuple[str, int], float]) -> list[str]:
        for entry in entries:
            committed = at.get((entry.incident, entry.position), entry.at)
            match entry.event:
                case EpisodeBegan(_, plan, _):
                    self._ends(committed)
                    self.plan, self.began_at, self.next_step, self.held_until = plan, entry.at, 0, 0.0
                    self.asks, self.reopened_at = True, inf
                case StepTaken(episode, step, told):
                    self._handled(step, committed)
                    if not told or not self._has_rows(episode, step):
                        self.wrong.append(f"step {step} of {self.identity} was taken and nobody is told")
                case StepUnroutable(_, step, _) if step >= self.next_step:
                    self._handled(step, committed)
                case StepsMissed(_, _, last):
                    self._handled(last, committed)
                case Reopened():
                    self.reopened_at = committed
                case StepHeld(_, _, until):
                    self._in_time(committed)
                    self.held_until = until
                case Acknowledged() | Resolved() | FalseAlarm() | MergedInto():
                    self._ends(committed)
                case _:
                    pass
        if self.history.by_when(self.reopened_at) < self.history.ended:
            self.wrong.append(f"{self.identity} was reopened at {self.reopened_at:.3f}, and nobody was asked")
        self._ends(self.history.ended)
        return self.wrong

    def _handled(self, step: int, committed: float) -> None:
        if step < self.next_step:
            self.wrong.append(f"step {step} of {self.identity} comes after step {self.next_step - 1}")
        self._in_time(committed)
        self.next_step = step + 1

    def _ends(self, committed: float) -> None:
        """Nobody is asked from here on: what was due before must have been taken."""
        if self.asks:
            self._in_time(committed)
        self.asks = False

    def _in_time(self, committed: float) -> None:
        if self.asks and self.next_step < len(self.plan.steps):
            due = max(self.began_at + self.plan.steps[self.next_step].due_seconds, self.held_until)
            limit = self.history.by_when(due)
            if committed > limit and limit < self.history.ended:
                self.wrong.append(f"step {self.next_step} of {self.identity}, due at {due:.3f}, was not taken in time")

    def _has_rows(self, episode: int, step: int) -> bool:
        return any(
            (row.incident, row.episode, row.step, row.purpose) == (self.identity, episode, step, Purpose.TRIGGER)
            for row in self.history.ending.outgoing.values()
        )


def _rows(history: History) -> Iterator[str]:
    """What was to leave was attempted in time, or cancelled before."""
    began: dict[str, float] = {}
    for attempt in history.attempts:
        began.setdefault(attempt.row.key, attempt.began)
    first: dict[str, tuple[float, Outgoing]] = {}
    cancelled: dict[str, float] = {}
    held: dict[str, float] = {}
    for commit in history.commits:
        for outgoing in commit.outgoing:
            first.setdefault(outgoing.key, (commit.at, outgoing))
            if outgoing.tries == 0:
                # A silence may hold it before it leaves.
                held[outgoing.key] = outgoing.try_at
            if outgoing.delivery is Delivery.CANCELLED:
                cancelled.setdefault(outgoing.key, commit.at)
    leads = history.leads()
    for key, (written, _) in first.items():
        carried = min((began.get(lead, inf) for lead in leads.get(key, ())), default=inf)
        done = min(began.get(key, inf), carried, cancelled.get(key, inf))
        limit = history.by_when(max(written, held.get(key, 0.0)))
        if done > limit and limit < history.ended:
            yield f"{key}, written at {written:.3f}, was neither attempted nor cancelled by {limit:.3f}"
