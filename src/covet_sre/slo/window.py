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
        zone, last = ZoneInfo(self.zone), end_minute - 1
        index = self._guess(datetime.fromtimestamp(last * 60, UTC).astimezone(zone).replace(tzinfo=None))
        # Compared as instants: on the wall's clock an hour may be missing, or come twice.
        while self._minute(self._boundary(index), zone) > last:
            index -= 1
        while self._minute(self._boundary(index + 1), zone) <= last:
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
        """The first time the wall's clock shows it; for a time that it skips, the moment of the skip."""
        moment = int(wall.replace(tzinfo=zone).timestamp())
        if datetime.fromtimestamp(moment, zone).replace(tzinfo=None) == wall.replace(microsecond=0):
            return moment // 60
        before, after = int(wall.replace(tzinfo=zone, fold=1).timestamp()) // 60, moment // 60
        offset = datetime.fromtimestamp(after * 60, zone).utcoffset()
        while after - before > 1:
            middle = (before + after) // 2
            if datetime.fromtimestamp(middle * 60, zone).utcoffset() == offset:
                after = middle
            else:
                before = middle
        return after

    def __str__(self) -> str:
        return f"calendar {self.duration}"


Window = RollingWindow | CalendarWindow
