"""The grid of a schedule: who is on call when, as bars along a week or along the weeks of a month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from covet_sre.oncall.coverage import uncovered
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.people import Person
from covet_sre.oncall.schedule import Shift
from covet_sre.web.oncall.zone_clock import ZoneClock, monday_of

COLOURS = 10
"""Classes `who-0` and so on of the stylesheet; names stand on the bars, so that no two need a colour of their own."""

ROW_HEIGHT = 30
_ROOMS = (("wide", 14.0), ("middle", 5.0), ("narrow", 2.8))
"""From how many percent of a lane on the whole name, the first name, or the initials stand on a bar."""

_LONGEST_DAYS = 93
GAP = "gap"


@dataclass(frozen=True, slots=True)
class Bar:
    """x and width in percent, y in pixels. `room` says how much of the name fits: wide, middle, narrow or none."""

    x: str
    width: str
    y: int
    style: str
    room: str
    name: str
    short: str
    initials: str
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    label: str
    number: str
    x: str
    width: str
    middle: str
    is_today: bool
    is_weekend: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of bars over its own stretch of time; `days` are its columns. `now` is in percent, empty outside."""

    label: str
    under: str
    height: int
    bars: tuple[Bar, ...]
    days: tuple[Day, ...]
    now: str
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    summary: str
    lanes: tuple[Lane, ...]
    legend: tuple[tuple[str, str], ...]
    """(style, name) of everybody who is shown."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Names and colours of people, the same on every page of one schedule."""

    people: Mapping[str, Person]
    order: Sequence[str]

    def name(self, person: str) -> str:
        known = self.people.get(person)
        return known.display_name if known else person

    def style(self, person: str) -> str:
        place = self.order.index(person) if person in self.order else len(self.order)
        return f"who-{place % COLOURS}"

    def initials(self, person: str) -> str:
        parts = self.name(person).replace("-", " ").replace(".", " ").split()
        return "".join(part[0] for part in parts[:2]).upper() if len(parts) > 1 else self.name(person)[:2].title()


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` until just before `end`: a person, or a gap where `person` is empty."""

    person: str
    start: float
    end: float
    words: str = ""


@dataclass(frozen=True, slots=True)
class Painter:
    """Draws lanes of one schedule: `now` is marked, times are of its clock."""

    clock: ZoneClock
    palette: Palette
    now: float

    def lane(
        self, label: str, under: str, stretches: Iterable[Stretch], start: float, end: float, *, is_final: bool = False
    ) -> Lane:
        """Stretches that overlap stand in rows of their own."""
        rows: list[float] = []
        bars: list[Bar] = []
        for stretch in sorted(stretches, key=lambda one: (one.start, one.end, one.person)):
            begins, ends = max(stretch.start, start), min(stretch.end, end)
            if begins >= ends:
                continue
            row = next((number for number, until in enumerate(rows) if until <= begins), len(rows))
            rows[row : row + 1] = [ends]
            bars.append(self._bar(stretch, begins, ends, start, end, row))
        now = f"{_percent(self.now, start, end):.3f}%" if start <= self.now < end else ""
        days = self._days(start, end)
        return Lane(label, under, max(len(rows), 1) * ROW_HEIGHT, tuple(bars), days, now, is_final)

    def _bar(self, stretch: Stretch, begins: float, ends: float, start: float, end: float, row: int) -> Bar:
        x = _percent(begins, start, end)
        width = max(_percent(ends, start, end) - x, 0.4)
        room = next((word for word, least in _ROOMS if width >= least), "none")
        name = self.palette.name(stretch.person) if stretch.person else "Nobody"
        when = f"{self.clock.words(stretch.start)} to {self.clock.words(stretch.end)}"
        words = f"{name}, {when}" + (f": {stretch.words}" if stretch.words else "")
        style = self.palette.style(stretch.person) if stretch.person else GAP
        initials = self.palette.initials(stretch.person) if stretch.person else "–"
        return Bar(f"{x:.3f}%", f"{width:.3f}%", row * ROW_HEIGHT, style, room, name, name.split()[0], initials, words)

    def _days(self, start: float, end: float) -> tuple[Day, ...]:
        first, today = self.clock.day(start), self.clock.day(self.now)
        days: list[Day] = []
        for number in range(_LONGEST_DAYS):
            day = first + timedelta(days=number)
            begins, ends = max(self.clock.begins(day), start), min(self.clock.begins(day + timedelta(days=1)), end)
            if begins >= end:
                break
            if ends <= begins:
                continue
            x, until = _percent(begins, start, end), _percent(ends, start, end)
            middle = f"{(x + until) / 2:.3f}%"
            width = f"{until - x:.3f}%"
            is_weekend = day.weekday() >= 5
            days.append(Day(f"{day:%a}", str(day.day), f"{x:.3f}%", width, middle, day == today, is_weekend))
        return tuple(days)


def palette_of(schedule: LayeredSchedule, people: Mapping[str, Person]) -> Palette:
    return Palette(people, schedule.people)


def week_grid(schedule: LayeredSchedule, painter: Painter, monday: date) -> Grid:
    """Each layer, what overrides change, and what comes of it."""
    start, end = painter.clock.begins(monday), painter.clock.begins(monday + timedelta(days=7))
    final = schedule.shifts(start, end)
    lanes: list[Lane] = []
    for layer in reversed(schedule.layers):
        held = layer.held(start, end, _zone(painter))
        lanes.append(painter.lane(layer.name, "layer", (Stretch(one[2], one[0], one[1]) for one in held), start, end))
    changes = [
        Stretch(one.adds or one.removes, one.start, one.end, _change(painter.palette, one.removes, one.adds))
        for one in schedule.overrides
        if one.start < end and one.end > start
    ]
    if changes:
        lanes.append(painter.lane("Overrides", "what people changed", changes, start, end))
    lanes.append(_final(painter, "On call", "the outcome", final, start, end))
    return _grid(f"the week of {monday:%d %B %Y}", painter, lanes, final)


def month_grid(schedule: LayeredSchedule, painter: Painter, first: date) -> Grid:
    """What comes of all layers and overrides, week by week."""
    after = (first.replace(day=28) + timedelta(days=4)).replace(day=1)
    return weeks_grid(schedule, painter, monday_of(first), after)


def weeks_grid(schedule: LayeredSchedule, painter: Painter, monday: date, after: date) -> Grid:
    """Whole weeks from a Monday on, until one begins that is past a day."""
    what = f"the weeks from {monday:%d %B %Y}"
    lanes: list[Lane] = []
    shown: list[Shift] = []
    while monday < after:
        start, end = painter.clock.begins(monday), painter.clock.begins(monday + timedelta(days=7))
        shifts = schedule.shifts(start, end)
        shown += shifts
        lanes.append(_final(painter, f"{monday.day} {monday:%b}", "", shifts, start, end))
        monday += timedelta(days=7)
    return _grid(what, painter, lanes, shown)


def strip(schedule: LayeredSchedule, painter: Painter, start: float, end: float) -> Lane:
    """What comes of it, in one row."""
    return _final(painter, schedule.name, "", schedule.shifts(start, end), start, end)


def _final(painter: Painter, label: str, under: str, shifts: Sequence[Shift], start: float, end: float) -> Lane:
    held = [Stretch(one.person, one.start, one.end) for one in shifts]
    gaps = [Stretch("", since, until, "nobody is on call") for since, until in uncovered(shifts, start, end)]
    return painter.lane(label, under, [*_joined(held), *gaps], start, end, is_final=True)


def _joined(stretches: Sequence[Stretch]) -> list[Stretch]:
    """A person who goes on by another layer is one bar."""
    found: list[Stretch] = []
    last: dict[str, int] = {}
    for one in stretches:
        place = last.get(one.person)
        if place is not None and found[place].end >= one.start:
            found[place] = Stretch(one.person, found[place].start, max(found[place].end, one.end))
        else:
            last[one.person] = len(found)
            found.append(one)
    return found


def _change(palette: Palette, removes: str, adds: str) -> str:
    if removes and adds:
        return f"instead of {palette.name(removes)}"
    return "as well" if adds else "is not on call"


def _grid(what: str, painter: Painter, lanes: Sequence[Lane], shifts: Sequence[Shift]) -> Grid:
    people = sorted({one.person for one in shifts}, key=painter.palette.name)
    names = ", ".join(painter.palette.name(one) for one in people) or "nobody"
    legend = tuple((painter.palette.style(one), painter.palette.name(one)) for one in people)
    return Grid(f"Who is on call in {what}: {names}. The table below has every shift.", tuple(lanes), legend)


def _zone(painter: Painter) -> ZoneInfo:
    return ZoneInfo(painter.clock.zone)


def _percent(at: float, start: float, end: float) -> float:
    return (at - start) / (end - start) * 100
