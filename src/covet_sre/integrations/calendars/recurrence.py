"""Repetitions (RRULE of RFC 5545), worked out on the wall clock, in bounded time whatever the rule asks.

A library would do it, and cannot be stopped: a rule that never matches keeps it busy until the year 9999.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from icalendar import vRecur

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNDERSTOOD = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"}
_LARGEST_NUMBER = 1000


class NotUnderstood(Exception):
    """A rule that is broken, or that asks for what nobody's on-call calendar does. The message says what."""


class Frequency(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Rule:
    """`weekdays` are (weekday, which one), Monday = 0; which one: 0 for every, -1 for the last. `until` counts too."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    week_begins: int = 0
    weekdays: tuple[tuple[int, int], ...] = ()
    days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    places: tuple[int, ...] = ()


@dataclass(slots=True)
class Budget:
    """How many days may still be looked at, by all rules of a calendar together."""

    days: int = 500_000

    def spend(self, days: int) -> None:
        self.days -= days + 1
        if self.days < 0:
            raise NotUnderstood("the calendar repeats more often than can be looked at")


def read_rule(text: str) -> Rule:
    """A rule from its text; `until` as it is written, whatever its zone. Raises NotUnderstood."""
    try:
        parts = {str(name).upper(): list(values) for name, values in vRecur.from_ical(text).items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise NotUnderstood(f"the repetition {text[:60]!r} is broken") from error
    if strange := sorted(set(parts) - _UNDERSTOOD):
        raise NotUnderstood(f"a repetition with {strange[0]} is not understood")
    named = str(parts.get("FREQ", [""])[0]).upper()
    if named not in set(Frequency):
        raise NotUnderstood(f"a repetition {named or 'without FREQ'} is not understood")
    frequency = Frequency(named)
    weekdays = tuple(_weekday(str(one)) for one in parts.get("BYDAY", ()))
    if any(which for _, which in weekdays) and frequency in (Frequency.DAILY, Frequency.WEEKLY):
        raise NotUnderstood("numbers before weekdays go with months and years")
    return Rule(
        frequency,
        _number(parts, "INTERVAL", 1) or 1,
        _number(parts, "COUNT", None),
        _until(parts.get("UNTIL", [None])[0]),
        _weekday(str(parts.get("WKST", ["MO"])[0]))[0],
        weekdays,
        _numbers(parts, "BYMONTHDAY", 31),
        _numbers(parts, "BYMONTH", 12),
        _numbers(parts, "BYSETPOS", 366),
    )


def occurrences(rule: Rule, first: datetime, end: datetime, budget: Budget) -> Iterator[datetime]:
    """What a rule makes of an event that begins at `first` for the first time, until just before `end`, in order."""
    number = 0
    last = min(end, rule.until + timedelta(microseconds=1)) if rule.until else end
    for days in _periods(rule, first.date(), last.date(), budget):
        chosen = [day for day in days if _fits(rule, day, first.date())]
        if rule.places:
            chosen = sorted(
                {chosen[place] for place in map(_index, rule.places) if -len(chosen) <= place < len(chosen)}
            )
        for day in chosen:
            at = datetime.combine(day, first.time())
            if at < first:
                continue
            number += 1
            if at >= last or (rule.count is not None and number > rule.count):
                return
            yield at


def _periods(rule: Rule, first: date, last: date, budget: Budget) -> Iterator[list[date]]:
    """The days of each period that counts, until the first that begins after `last`."""
    step = 0
    while True:
        days = _days_of(rule, first, step)
        if days is None or (days and days[0] > last):
            return
        budget.spend(len(days))
        yield days
        step += rule.interval


def _days_of(rule: Rule, first: date, step: int) -> list[date] | None:
    """None after the last day that there is."""
    try:
        match rule.frequency:
            case Frequency.DAILY:
                return [first + timedelta(days=step)]
            case Frequency.WEEKLY:
                begins = first - timedelta(days=(first.weekday() - rule.week_begins) % 7) + timedelta(weeks=step)
                return [begins + timedelta(days=day) for day in range(7)]
            case Frequency.MONTHLY:
                year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
                return [date(year, month + 1, day) for day in range(1, monthrange(year, month + 1)[1] + 1)]
            case Frequency.YEARLY:
                year = first.year + step
                months = rule.months or ((first.month,) if not rule.days and not rule.weekdays else range(1, 13))
                return [date(year, month, day) for month in months for day in range(1, monthrange(year, month)[1] + 1)]
    except (ValueError, OverflowError):
        return None


def _fits(rule: Rule, day: date, first: date) -> bool:
    months, days, weekdays = rule.months, rule.days, rule.weekdays
    if not days and not weekdays:
        match rule.frequency:
            case Frequency.YEARLY:
                months, days = months or (first.month,), (first.day,)
            case Frequency.MONTHLY:
                days = (first.day,)
            case Frequency.WEEKLY:
                weekdays = ((first.weekday(), 0),)
            case Frequency.DAILY:
                pass
    elif days and rule.frequency is Frequency.WEEKLY:
        raise NotUnderstood("days of the month go with months and years")
    if months and day.month not in months:
        return False
    if days and not {day.day, day.day - monthrange(day.year, day.month)[1] - 1} & set(days):
        return False
    by_month = rule.frequency is Frequency.MONTHLY or bool(rule.months)
    return not weekdays or any(_is_weekday(day, *one, by_month=by_month) for one in weekdays)


def _is_weekday(day: date, weekday: int, which: int, *, by_month: bool) -> bool:
    if day.weekday() != weekday or which == 0:
        return day.weekday() == weekday
    begins = day.replace(day=1) if by_month else day.replace(month=1, day=1)
    length = monthrange(day.year, day.month)[1] if by_month else 366 - (monthrange(day.year, 2)[1] == 28)
    place = (day - begins).days
    return which == place // 7 + 1 if which > 0 else which == -((length - 1 - place) // 7 + 1)


def _index(place: int) -> int:
    return place - 1 if place > 0 else place


def _weekday(text: str) -> tuple[int, int]:
    number, word = text[:-2], text[-2:].upper()
    if word not in _WEEKDAYS or (number and not number.lstrip("+-").isdigit()):
        raise NotUnderstood(f"there is no weekday {text[:20]!r}")
    which = int(number or 0)
    if abs(which) > 53:
        raise NotUnderstood(f"there is no weekday {text[:20]!r}")
    return _WEEKDAYS.index(word), which


def _number(parts: dict[str, list[object]], name: str, default: int | None) -> int | None:
    if name not in parts:
        return default
    value = parts[name][0]
    limit = _LARGEST_NUMBER if name == "INTERVAL" else 1_000_000
    if not isinstance(value, int) or not 1 <= value <= limit:
        raise NotUnderstood(f"{name}={value} is no number of repetitions")
    return int(value)


def _numbers(parts: dict[str, list[object]], name: str, largest: int) -> tuple[int, ...]:
    values = parts.get(name, [])
    smallest = 1 if name == "BYMONTH" else -largest
    if not all(isinstance(one, int) and one and smallest <= one <= largest for one in values):
        raise NotUnderstood(f"{name} has a number that there is not")
    return tuple(sorted({int(one) for one in values if isinstance(one, int)}))


def _until(value: object) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.max)
    raise NotUnderstood("the end of a repetition is no time")
