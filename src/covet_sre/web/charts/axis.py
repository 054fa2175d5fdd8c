"""Axes: round numbers to mark, and where a value lies between the ends."""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

from covet_sre.units import MINUTES_PER_DAY

_TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 10080, 20160, 43200)


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark at a place on its axis, 0 to 1; `anchor` keeps labels at the ends inside the picture."""

    place: float
    label: str
    anchor: str = "middle"

    @property
    def percent(self) -> str:
        return f"{self.place * 100:.2f}%"


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """From `low` at the bottom to `high` at the top."""

    low: float
    high: float
    step: float

    @classmethod
    def around(cls, low: float, high: float, marks: int = 4) -> "ValueAxis":
        """Widened to round numbers, with about `marks` steps between."""
        if not high > low:
            high = low + (abs(low) or 1.0)
        step = round_step((high - low) / marks)
        return cls(math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step, step)

    def down(self, value: float) -> float:
        """The place of a value counted from the top, 0 to 1, cut off at the ends."""
        return min(max((self.high - value) / (self.high - self.low), 0.0), 1.0)

    def values(self) -> list[float]:
        """The marked values, from the bottom."""
        return [self.low + self.step * index for index in range(round((self.high - self.low) / self.step) + 1)]


def decimals(step: float) -> int:
    """How many decimals tell multiples of `step` apart."""
    return len(f"{step:.9f}".rstrip("0").partition(".")[2])


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """From `start` to `end`, in minutes since the epoch."""

    start: int
    end: int

    def along(self, minute: float) -> float:
        """The place of a minute, 0 to 1, cut off at the ends."""
        return min(max((minute - self.start) / max(self.end - self.start, 1), 0.0), 1.0)

    def ticks(self, most: int = 6) -> tuple[Tick, ...]:
        """At most about `most` round times of UTC."""
        length = self.end - self.start
        step = next((step for step in _TIME_STEPS if length / step <= most), _TIME_STEPS[-1])
        first = -(-self.start // step) * step
        return tuple(self._tick(minute, step) for minute in range(first, self.end + 1, step))

    def _tick(self, minute: int, step: int) -> Tick:
        when = datetime.fromtimestamp(minute * 60, UTC)
        label = f"{when:%b} {when.day}" if step >= MINUTES_PER_DAY or minute % MINUTES_PER_DAY == 0 else f"{when:%H:%M}"
        place = self.along(minute)
        anchor = "start" if place < 0.04 else "end" if place > 0.96 else "middle"
        return Tick(place, label, anchor)


def round_step(rough: float) -> float:
    """The next round number (1, 2, 2.5 or 5 times a power of ten) that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * (1 - 1e-9))
