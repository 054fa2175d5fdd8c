"""Rotations: people take turns, and hand over by the wall clock."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from covet_sre.oncall.wall_clock import first_instant, wall_time

_MONTHS = 12


class TurnUnit(StrEnum):
    """What the length of a turn counts, on the wall clock: a day has 23 or 25 hours where the clock changes."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_FIXED = {TurnUnit.HOUR: timedelta(hours=1), TurnUnit.DAY: timedelta(days=1), TurnUnit.WEEK: timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Rotation:
    """The first of `people` begins at the wall-clock time `starts`; a turn is `every` units long.

    Hand-overs have the time of day, the weekday or the day of the month of `starts`. In a month without that day it is
    the month's last. Refuses to be made without people, or with turns of no length.
    """

    people: tuple[str, ...]
    starts: datetime
    unit: TurnUnit = TurnUnit.WEEK
    every: int = 1

    def __post_init__(self) -> None:
        if not self.people or self.every < 1:
            raise ValueError("a rotation needs people, and turns of at least one hour")

    def person(self, turn: int) -> str:
        """Whose turn it is. Turns count from 0."""
        return self.people[turn % len(self.people)]

    def hand_over(self, turn: int, zone: ZoneInfo) -> float:
        """When a turn begins, seconds since the epoch. Two that begin at the same instant: the later one counts."""
        return first_instant(self._wall(turn), zone)

    def turn_at(self, now: float, zone: ZoneInfo) -> int:
        """The turn at an instant: the last that has begun. Below 0 before the rotation starts."""
        turn = self._turn_shown(wall_time(now, zone))
        # Where a clock was set back it shows less than it did before, and days of a month differ: at most a few turns.
        while self.hand_over(turn, zone) > now:
            turn -= 1
        while self.hand_over(turn + 1, zone) <= now:
            turn += 1
        return turn

    def _wall(self, turn: int) -> datetime:
        if self.unit is not TurnUnit.MONTH:
            return self.starts + turn * self.every * _FIXED[self.unit]
        months = self.starts.year * _MONTHS + self.starts.month - 1 + turn * self.every
        year, month = divmod(months, _MONTHS)
        day = min(self.starts.day, monthrange(year, month + 1)[1])
        return self.starts.replace(year=year, month=month + 1, day=day)

    def _turn_shown(self, wall: datetime) -> int:
        """The turn by what the clock shows, near the right one."""
        if self.unit is not TurnUnit.MONTH:
            return (wall - self.starts) // (self.every * _FIXED[self.unit])
        months = (wall.year - self.starts.year) * _MONTHS + wall.month - self.starts.month
        return months // self.every
