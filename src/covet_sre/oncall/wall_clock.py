"""Wall clocks: between what a zone's clock shows and the instant at which it does, across every change of the clock."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock shows has no zone


def wall_time(now: float, zone: ZoneInfo) -> datetime:
    """What the zone's clock shows at an instant, without a zone."""
    return datetime.fromtimestamp(now, UTC).astimezone(zone).replace(tzinfo=None, fold=0)


def first_instant(wall: datetime, zone: ZoneInfo) -> float:
    """The first instant at which the zone's clock shows `wall`, or something later; seconds since the epoch.

    A time that spring leaves out is the moment of the change (02:30 is 03:00), and one that autumn shows twice is the
    first of the two. So an order of wall-clock times is always the same order of instants, and no time comes twice.
    """
    usual = wall.replace(tzinfo=zone)
    before, after = _seconds(usual.utcoffset()), _seconds(usual.replace(fold=1).utcoffset())
    shown = _seconds(wall - _EPOCH)
    # In a time that is left out, the earlier offset is the smaller one (PEP 495).
    return shown - before if before >= after else _end_of_gap(wall, zone, shown - after, shown - before)


@lru_cache(maxsize=4096)
def _end_of_gap(wall: datetime, zone: ZoneInfo, earlier: float, later: float) -> float:
    """The clock shows less than `wall` at `earlier`, and more at `later`: when it jumps, to the second."""
    low, high = int(earlier), int(later)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if wall_time(middle, zone) >= wall else (middle, high)
    return float(high)


def _seconds(span: timedelta | None) -> float:
    return span.total_seconds() if span is not None else 0.0
