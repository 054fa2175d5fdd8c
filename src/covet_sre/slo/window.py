"""SLO windows: rolling spans and calendar periods, on whole minutes of UTC."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from covet_sre.units import Duration, format_minutes


@dataclass(frozen=True, slots=True)
class RollingWindow:
    """The last `minutes` minutes."""

    minutes: int

    def start(self, end_minute: int) -> int:
        """First minute of the window that ends before `end_minute`."""
        return end_minute - self.minutes

    def length(self, _end_minute: int) -> int:
        """Length of the whole window in minutes."""
        return self.minutes

    def __str__(self) -> str:
        return format_minutes(self.minutes)


@dataclass(frozen=True, slots=True)
class CalendarWindow:
    """Periods of `duration` counted from `starts_at` (wall-clock time in `zone`)."""

    duration: Duration
    starts_at: datetime
    zone: str

    def start(self, end_minute: int) -> int:
        """First minute of the period that contains the minute before `end_minute`."""
        return self._bounds(end_minute)[0]

    def length(self, end_minute: int) -> int:
        """Length in minutes of the whole period that contains the minute before `end_minute`."""
        start, end = self._bounds(end_minute)
        return end - start

    def _bounds(self, end_minute: int) -> tuple[int, int]:
        zone = ZoneInfo(self.zone)
        last = datetime.fromtimestamp((end_minute - 1) * 60, UTC).astimezone(zone).replace(tzinfo=None)
        index = self._guess(last)
        while self._boundary(index) > last:
            index -= 1
        while self._boundary(index + 1) <= last:
            index += 1
        return self._minute(self._boundary(index), zone), self._minute(self._boundary(index + 1), zone)

    def _guess(self, moment: datetime) -> int:
        return int((moment - self.starts_at) / timedelta(minutes=self.duration.minutes))

    def _boundary(self, index: int) -> datetime:
        steps = index * self.duration.count
        months = {"M": 1, "Q": 3, "Y": 12}.get(self.duration.unit)
        if months is None:
            return self.starts_at + timedelta(minutes=index * self.duration.minutes)
        total = self.starts_at.year * 12 + self.starts_at.month - 1 + steps * months
        year, month = divmod(total, 12)
        day = self.starts_at.day
        while True:
            # A period that starts on the 31st starts on the last day of a shorter month.
            try:
                return self.starts_at.replace(year=year, month=month + 1, day=day)
            except ValueError:
                day -= 1

    @staticmethod
    def _minute(wall: datetime, zone: ZoneInfo) -> int:
        return int(wall.replace(tzinfo=zone).timestamp()) // 60

    def __str__(self) -> str:
        return f"calendar {self.duration}"


Window = RollingWindow | CalendarWindow
