"""How numbers and times are written on the pages: rounded here and nowhere before."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from covet_sre.budget.status import BurnWord, Forecast, State
from covet_sre.flows.verdicts import UNMEASURED
from covet_sre.slo.window import CalendarWindow, Window
from covet_sre.units import MINUTES_PER_DAY, MINUTES_PER_HOUR

UNKNOWN = "unknown"
"""What stands where a number would be, if there were data."""

_TIED = "\N{NO-BREAK SPACE}"  # keeps a number and its unit on one line

_CALENDAR_UNITS = {"m": "minute", "h": "hour", "d": "day", "w": "week", "M": "month", "Q": "quarter", "Y": "year"}

STATE_WORDS = {
    State.OK: "OK",
    State.WARNING: "Warning",
    State.CRITICAL: "Critical",
    State.NO_DATA: "No data",
    State.LOW_TRAFFIC: "Low traffic",
    State.MISCONFIGURED: "Misconfigured",
}


def plain(value: float, digits: int) -> str:
    """A number with at most `digits` decimals, thousands apart, no trailing zeros and no minus before zero."""
    text = f"{value:,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def target(share: Fraction) -> str:
    """An objective as it was declared: 99.95%."""
    return f"{plain(float(share * 100), 6)}%"


def good_share(value: float | None) -> str:
    """An SLI, rounded down: what is not whole is never shown as 100%."""
    if value is None:
        return UNKNOWN
    return f"{plain(math.floor(value * 100_000 + 1e-7) / 1000, 3)}%"


def share(value: float | None) -> str:
    """A share of a budget with one decimal, none beyond a thousand percent."""
    if value is None:
        return UNKNOWN
    percent = value * 100
    text = f"{percent:,.0f}" if abs(percent) >= 1000 else f"{percent:.1f}"
    return f"{'0.0' if text == '-0.0' else text.replace('-', '−')}%"


def burn(value: float | None) -> str:
    """A burn rate: 14.4×."""
    if value is None:
        return UNKNOWN
    return f"{plain(value, 0 if value >= 100 else 1 if value >= 10 else 2)}×"


def count(value: float) -> str:
    """Events; fractions only where there are few."""
    return plain(value, 1 if abs(value) < 100 else 0)


def window(window: Window) -> str:
    """An SLO's window in words: 30 days, 5 minutes, the calendar month."""
    if isinstance(window, CalendarWindow):
        unit = _CALENDAR_UNITS[window.duration.unit]
        return f"the calendar {unit}" if window.duration.count == 1 else f"{window.duration.count} calendar {unit}s"
    for size, unit in ((MINUTES_PER_DAY, "day"), (MINUTES_PER_HOUR, "hour")):
        if window.minutes % size == 0:
            return number_of(window.minutes // size, unit)
    return number_of(window.minutes, "minute")


def window_short(window: Window) -> str:
    """An SLO's window where there is little room: 30d, month."""
    if isinstance(window, CalendarWindow) and window.duration.count == 1:
        return f"calendar {_CALENDAR_UNITS[window.duration.unit]}"
    return str(window)


def span(minutes: float) -> str:
    """A time span in at most two units: 26.9 min, 3 h 12 min, 12 d 4 h."""
    sign, rest = ("−" if minutes < 0 else ""), abs(minutes)
    if rest < MINUTES_PER_HOUR:
        return f"{sign if round(rest, 1) else ''}{plain(rest, 1)}{_TIED}min"
    whole = round(rest)
    days, whole = divmod(whole, MINUTES_PER_DAY)
    hours, left = divmod(whole, MINUTES_PER_HOUR)
    units = [(days, "d"), (hours, "h"), (left, "min")]
    return sign + _TIED.join(f"{number}{_TIED}{unit}" for number, unit in (units[:2] if days else units) if number)


def moment(minute: int) -> str:
    """A minute of UTC: Nov 23, 09:40."""
    when = datetime.fromtimestamp(minute * 60, UTC)
    return f"{when:%b} {when.day}, {when:%H:%M}"


def machine_time(minute: int) -> str:
    """A minute as ISO 8601, for `<time datetime>`."""
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%dT%H:%MZ}"


def form_time(minute: int) -> str:
    """A minute as `<input type="datetime-local">` writes it, in UTC."""
    return machine_time(minute).removesuffix("Z")


def ago(minute: int, now_minute: int) -> str:
    """How long ago, in one unit."""
    minutes = now_minute - minute
    if minutes < 1:
        return "just now"
    if minutes < MINUTES_PER_HOUR:
        return f"{minutes} min ago"
    if minutes < MINUTES_PER_DAY:
        return f"{minutes // MINUTES_PER_HOUR} h ago"
    return f"{minutes // MINUTES_PER_DAY} d ago"


def number_of(number: int, noun: str) -> str:
    """1 alert, 2 alerts."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def exhaustion(forecast: Forecast | None, state: State) -> str:
    """When the budget is gone, in a few words; unknown where nothing is measured any more."""
    if forecast is None or state in UNMEASURED:
        return UNKNOWN
    if forecast.p10_minutes == 0 and forecast.p50_minutes == 0:
        return "already spent"
    if state is State.CRITICAL and gone_sooner(forecast):
        return f"{span_short(forecast.at_present_burn_minutes or 0)} at this rate"
    if forecast.p50_minutes is not None:
        return f"in {span_short(forecast.p50_minutes)}"
    if forecast.p10_minutes is not None:
        return f"{span_short(forecast.p10_minutes)} at worst"
    return f"not within {span_short(forecast.horizon_minutes)}"


def gone_sooner(forecast: Forecast) -> bool:
    """Whether the last hour's burn, going on, ends the budget before the median forecast does."""
    present, median = forecast.at_present_burn_minutes, forecast.p50_minutes
    return present is not None and (median is None or present < median)


def span_short(minutes: float) -> str:
    """A time span in its largest unit, for places with little room."""
    if minutes < MINUTES_PER_HOUR:
        return f"{round(minutes)}{_TIED}min"
    if minutes < 2 * MINUTES_PER_DAY:
        return f"{plain(minutes / MINUTES_PER_HOUR, 1 if minutes < 600 else 0)}{_TIED}h"
    return f"{plain(minutes / MINUTES_PER_DAY, 1 if minutes < 14400 else 0)}{_TIED}d"


def burn_word(word: BurnWord | None) -> str:
    return UNKNOWN if word is None else word.value


def listed(words: Sequence[str]) -> str:
    """a, b and c."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
