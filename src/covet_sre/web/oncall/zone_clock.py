"""Times on the clock of a schedule's own zone, as pages write them and forms send them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from covet_sre.errors import Refused
from covet_sre.oncall.wall_clock import first_instant, wall_time

_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_FARTHEST_SECONDS = 6_000_000_000.0


@dataclass(frozen=True, slots=True)
class ZoneClock:
    """`zone` is an IANA name."""

    zone: str

    def wall(self, at: float) -> datetime:
        return wall_time(min(max(at, 0.0), _FARTHEST_SECONDS), ZoneInfo(self.zone))

    def day(self, at: float) -> date:
        return self.wall(at).date()

    def begins(self, day: date) -> float:
        """The first instant of a day."""
        return first_instant(datetime.combine(day, time()), ZoneInfo(self.zone))

    def words(self, at: float) -> str:
        """Mon 23 Nov, 09:00."""
        wall = self.wall(at)
        return f"{wall:%a} {wall.day} {wall:%b}, {wall:%H:%M}"

    def long_words(self, at: float) -> str:
        """Mon 23 Nov 2026, 09:00."""
        wall = self.wall(at)
        return f"{wall:%a} {wall.day} {wall:%b} {wall:%Y}, {wall:%H:%M}"

    def form(self, at: float) -> str:
        """As `<input type="datetime-local">` writes it."""
        return f"{self.wall(at):%Y-%m-%dT%H:%M}"

    def read(self, text: str, what: str) -> float:
        """The first instant at which the clock shows what a form says. Raises Refused."""
        try:
            wall = datetime.fromisoformat(text.strip())
        except ValueError as error:
            remedy = f"write it like 2026-11-23T09:00, on the clock of {self.zone}"
            raise Refused(f"{what} is no time", remedy=remedy) from error
        if not _FIRST_YEAR < wall.year < _LAST_YEAR:
            raise Refused(f"{what} is in the year {wall.year}", remedy="give a time of these years")
        if wall.tzinfo is not None:
            return wall.timestamp()
        return first_instant(wall, ZoneInfo(self.zone))


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())
