"""Times as the documents have them: delays, times of day, dates, and wall-clock times."""

from datetime import date, datetime, time

from covet_sre.spec.findings import Findings, Spot

LONGEST_DELAY_DAYS = 30

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def delay_seconds(text: str, spot: Spot, findings: Findings) -> float:
    """`30s`, `5m`, `1h`, `1d` in seconds. One that is too long is a finding, and cut."""
    seconds, longest = int(text[:-1]) * _SECONDS[text[-1]], LONGEST_DELAY_DAYS * _SECONDS["d"]
    if seconds > longest:
        problem = f"{text[:20]} is longer than {LONGEST_DELAY_DAYS} days"
        findings.error(spot, "value-wrong", problem, f"write at most {LONGEST_DELAY_DAYS}d")
    return min(seconds, longest)


def time_of_day(text: str) -> time:
    """`09:30`."""
    return time.fromisoformat(text)


def minute_of_day(text: str) -> int:
    """`09:30` and `24:00` in minutes since midnight."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def weekday_numbers(words: list[str]) -> tuple[int, ...]:
    """Names of days -> Monday = 0, in the order of the week."""
    return tuple(number for number, word in enumerate(_WEEKDAYS) if word in words)


def a_date(text: str, spot: Spot, findings: Findings) -> date | None:
    """`2026-12-25`; None, with a finding, where there is no such day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        findings.error(spot, "value-wrong", f"there is no day {text}", "write a day of the calendar")
        return None
    return day if _is_near(day.year, spot, findings) else None


def wall_time(text: str, spot: Spot, findings: Findings) -> datetime | None:
    """`2026-01-05 09:00`, what a zone's clock shows; None, with a finding, where no clock shows that."""
    day = a_date(text[:10], spot, findings)
    return datetime.combine(day, time_of_day(text[11:])) if day else None


def _is_near(year: int, spot: Spot, findings: Findings) -> bool:
    if _FIRST_YEAR <= year <= _LAST_YEAR:
        return True
    findings.error(spot, "value-wrong", f"is in the year {year}", f"write a year from {_FIRST_YEAR} to {_LAST_YEAR}")
    return False
