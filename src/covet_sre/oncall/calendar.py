"""Business days: when people work who are not on call, in their own zone, holidays taken out."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from covet_sre.errors import Location
from covet_sre.oncall.wall_clock import first_instant, wall_time

_FARTHEST_DAYS = 400


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """`weekdays` count from Monday = 0. Hours are wall-clock times of the zone."""

    name: str = "default"
    zone: str = "UTC"
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    opens: time = time(9)
    closes: time = time(17)
    holidays: frozenset[date] = frozenset()
    location: Location = field(default_factory=lambda: Location(""))

    def is_business_day(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.holidays

    def next_business_day(self, now: float) -> float:
        """When the next business day after today's closes: what came in today is answered by then.

        Seconds since the epoch. Raises ValueError where no day of the next 400 is a business day.
        """
        zone = ZoneInfo(self.zone)
        today = wall_time(now, zone).date()
        for days in range(1, _FARTHEST_DAYS):
            day = today + timedelta(days=days)
            if self.is_business_day(day):
                return first_instant(datetime.combine(day, self.closes), zone)
        raise ValueError(f"{self.name}: no business day in sight")
