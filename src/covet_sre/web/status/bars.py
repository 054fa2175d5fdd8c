"""Ninety days as bars, in a few hundred bytes: days of one state are one dashed line, days of trouble speak for
themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

from covet_sre.status.states import ComponentState
from covet_sre.status.uptime import Day
from covet_sre.web.status.words import STATE_WORDS, TONES, day_text, minutes_text, uptime_text

_STEP, _WIDE = 4, 3
"""A bar, with the gap behind it, in units of the drawing; and the bar alone."""

_MIDDLE, _LOW = 16, 27
"""Where the lines run: a day of which nothing is known is a stub at the foot."""


MOST_SPEAKING = 5
"""The latest so many days of trouble speak for themselves; all of them stand in figures on the component's own page."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of the drawing. `title` is for one day alone."""

    tone: str
    path: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """`label` says all of it in words."""

    width: int
    bars: tuple[Bar, ...]
    label: str


@dataclass(frozen=True, slots=True)
class TroubleDay:
    """A day that was not as it should be, in words."""

    day: str
    state: str
    tone: str
    uptime: str
    outage: str


def bars_of(days: Sequence[Day], name: str, uptime: str) -> Bars:
    """The drawing of one component's days."""
    lines: dict[str, str] = {}
    ends: dict[str, int] = {}
    told: list[Bar] = []
    troubled = [at for at, day in enumerate(days) if day.state not in (None, ComponentState.OPERATIONAL)]
    speaking = set(troubled[-MOST_SPEAKING:])
    at = 0
    while at < len(days):
        day, end = days[at], at + 1
        tone = _tone(day)
        if at in speaking:
            told.append(Bar(tone, f"M{at * _STEP} {_MIDDLE}h{_WIDE}", _said(day)))
        else:
            while end < len(days) and days[end].state is day.state and end not in speaking:
                end += 1
            start, height = at * _STEP, _LOW if day.state is None else _MIDDLE
            # From where the line ended: shorter than from the beginning.
            move = f"m{start - ends[tone]} 0" if tone in ends else f"M{start} {height}"
            ends[tone] = end * _STEP - 1
            lines[tone] = f"{lines.get(tone, '')}{move}h{ends[tone] - start}"
        at = end
    unknown = sum(day.state is None for day in days)
    label = f"{name}, the last {len(days)} days: {uptime} uptime, {len(troubled)} with trouble, {unknown} without data"
    return Bars(len(days) * _STEP - 1, (*(Bar(tone, path) for tone, path in sorted(lines.items())), *told), label)


def _said(day: Day) -> str:
    told = trouble_of(day)
    return f"{told.day}: {', '.join(part for part in (told.state, told.uptime, told.outage) if part)}"


def _tone(day: Day) -> str:
    return "none" if day.state is None else TONES[day.state]


def trouble_of(day: Day) -> TroubleDay:
    """The day in words."""
    state = day.state or ComponentState.OPERATIONAL
    return TroubleDay(
        day_text(day.day),
        "No data" if day.state is None else STATE_WORDS[state],
        _tone(day),
        uptime_text(day.uptime) if day.uptime is not None else "",
        f"{minutes_text(day.outage_seconds)} outage" if day.outage_seconds >= 1 else "",
    )
