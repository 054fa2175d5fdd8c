"""`timeWindow` -> the window of an SLO."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from covet_sre.slo.window import CalendarWindow, RollingWindow, Window
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.openslo import TimeWindow
from covet_sre.units import MINUTES_PER_DAY, parse_duration

SHORTEST_USUAL_MINUTES = 5
LONGEST_KEPT_MINUTES = 400 * MINUTES_PER_DAY
"""The ledger keeps quarters of an hour for 400 days."""


@lru_cache(maxsize=1024)
def _usual_window(duration: str) -> RollingWindow | None:
    """A rolling window of which there is nothing to say; None for any other."""
    minutes = parse_duration(duration).minutes
    return RollingWindow(minutes) if SHORTEST_USUAL_MINUTES <= minutes <= LONGEST_KEPT_MINUTES else None


def window(written: TimeWindow, spot: Spot, findings: Findings) -> Window | None:
    """The window, or None with findings."""
    usual = _usual_window(written.duration) if written.is_rolling and written.calendar is None else None
    if usual is not None:
        return usual
    duration, here = parse_duration(written.duration), spot / "duration"
    if duration.minutes < SHORTEST_USUAL_MINUTES:
        months = f", months are {duration.count}M" if duration.unit == "m" else ""
        problem = f"a window of {duration} is {duration.minutes} minute{'s' if duration.minutes > 1 else ''}"
        findings.warning(here, "window-short", problem, f"m stands for minutes{months}")
    if duration.minutes > LONGEST_KEPT_MINUTES:
        problem = f"{written.duration[:20]} is longer than the ledger keeps (400 days)"
        findings.error(here, "window-long", problem, "write a window of at most 400d")
        return None
    if written.is_rolling:
        if written.calendar:
            problem = "calendar is set, and isRolling is true"
            remedy = "remove calendar, or write isRolling: false"
            findings.error(spot / "calendar", "contradiction", problem, remedy)
            return None
        return RollingWindow(duration.minutes)
    if written.calendar is None:
        remedy = "write isRolling: true, or add calendar with startTime and timeZone"
        findings.error(spot, "contradiction", "isRolling is false, and calendar is missing", remedy)
        return None
    start = _start_time(written.calendar.start_time, spot / "calendar" / "startTime", findings)
    has_zone = is_zone(written.calendar.time_zone, spot / "calendar" / "timeZone", findings)
    return CalendarWindow(duration, start, written.calendar.time_zone) if start and has_zone else None


def window_minutes(of: Window) -> int:
    """A window's length; a month of a calendar counts as 30 days."""
    return of.minutes if isinstance(of, RollingWindow) else of.duration.minutes


def _start_time(text: str, spot: Spot, findings: Findings) -> datetime | None:
    try:
        # Wall-clock time of the calendar's own zone, which the window adds.
        start = datetime.strptime(text, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        findings.error(spot, "value-wrong", f"is {text[:40]!r}", "write for example 2026-01-01 00:00:00")
        return None
    if not 1970 <= start.year <= 2200:
        findings.error(spot, "value-wrong", f"is in the year {start.year}", "write a year from 1970 to 2200")
        return None
    return start


def is_zone(name: str, spot: Spot, findings: Findings) -> bool:
    """Whether there is such a time zone; if not, with a finding."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        remedy = "write an IANA name such as Europe/Rome or UTC"
        findings.error(spot, "value-wrong", f"there is no time zone {name[:40]!r}", remedy)
        return False
    return True
