"""Schedules: who is on call at an instant. Wall-clock arithmetic in the schedule's own zone."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from covet_sre.errors import Location


@dataclass(frozen=True, slots=True)
class Shift:
    """One person on call from `start` until just before `end`, seconds since the epoch."""

    person: str
    start: float
    end: float
    layer: str = ""


class Schedule(Protocol):
    """What escalation asks of a schedule."""

    @property
    def name(self) -> str: ...

    @property
    def location(self) -> Location: ...

    def on_call(self, now: float) -> tuple[str, ...]:
        """The people on call at an instant, the highest layer's first; empty in a gap."""
        ...

    def shifts(self, start: float, end: float) -> Sequence[Shift]:
        """Who is on call from `start` to `end`: shifts in order, cut to that time."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """The same people at any time: a team that has no rotation yet."""

    name: str
    people: tuple[str, ...]
    location: Location = field(default_factory=lambda: Location(""))

    def on_call(self, now: float) -> tuple[str, ...]:  # noqa: ARG002 - it is the same at any time
        return self.people

    def shifts(self, start: float, end: float) -> Sequence[Shift]:
        return [Shift(person, start, end) for person in self.people]
