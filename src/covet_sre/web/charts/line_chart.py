"""A line chart over time: lines, a rule for what is allowed, and bands where nothing is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from covet_sre.web.charts.axis import Tick, TimeAxis, ValueAxis
from covet_sre.web.words import UNKNOWN, moment

SIDE = 1000
"""Lines are drawn on a square of this side, which the page stretches to the room there is."""

Points = Sequence[tuple[int, float | None]]


@dataclass(frozen=True, slots=True)
class Series:
    """What one line shows. `style` is a class of the stylesheet; `filled` draws the area below it."""

    label: str
    points: Points
    style: str = "line-1"
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """A horizontal rule at a value, with its label."""

    value: float
    label: str
    style: str = "threshold"


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes start <= m < end that are not like the others: `unknown`, `simulated` or `incident`."""

    start: int
    end: int
    style: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to draw. `write` turns a value into words."""

    identity: str
    title: str
    summary: str
    time: TimeAxis
    values: ValueAxis
    series: tuple[Series, ...]
    write: Callable[[float], str]
    write_mark: Callable[[float], str]
    levels: tuple[Level, ...] = ()
    spans: tuple[Span, ...] = ()
    height: int = 190
    empty: str = "Nothing was measured in this time."


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    style: str
    path: str
    area: str


@dataclass(frozen=True, slots=True)
class Rule:
    y: float
    label: str
    style: str
    above: bool

    @property
    def text_y(self) -> float:
        return self.y - 5 if self.above else self.y + 14


@dataclass(frozen=True, slots=True)
class Band:
    x: str
    width: str
    style: str


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    y: str


@dataclass(frozen=True, slots=True)
class Row:
    x: str
    time: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Geometry that a template draws as it is: y in pixels from the top, x in percent."""

    identity: str
    title: str
    summary: str
    height: int
    marks: tuple[tuple[float, str], ...]
    ticks: tuple[Tick, ...]
    lines: tuple[Line, ...]
    rules: tuple[Rule, ...]
    bands: tuple[Band, ...]
    rows: tuple[Row, ...]
    empty: str

    @property
    def has_incident(self) -> bool:
        return any(band.style == "incident" for band in self.bands)

    @property
    def has_unknown(self) -> bool:
        return any(band.style == "unknown" for band in self.bands)

    @property
    def has_simulated(self) -> bool:
        return any(band.style == "simulated" for band in self.bands)


def draw(plan: Plan) -> Chart:
    """The geometry of a plan; `empty` says why there is none."""
    has_values = any(value is not None for series in plan.series for _, value in series.points)
    return Chart(
        plan.identity,
        plan.title,
        plan.summary,
        plan.height,
        tuple((plan.values.down(value) * plan.height, plan.write_mark(value)) for value in plan.values.values()),
        plan.time.ticks(),
        tuple(_line(series, plan) for series in plan.series),
        tuple(_rule(level, plan) for level in plan.levels if plan.values.low <= level.value <= plan.values.high),
        tuple(band for span in plan.spans if (band := _band(span, plan.time)) is not None),
        _rows(plan),
        "" if has_values else plan.empty,
    )


def _line(series: Series, plan: Plan) -> Line:
    pieces = _pieces(series.points, plan)
    path = " ".join("M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in piece) for piece in pieces)
    base = plan.values.down(max(plan.values.low, 0.0)) * SIDE
    area = " ".join(
        f"M{piece[0][0]:.1f},{base:.1f} "
        + " ".join(f"{x:.1f},{y:.1f}" for x, y in piece)
        + f" {piece[-1][0]:.1f},{base:.1f}Z"
        for piece in pieces
    )
    return Line(series.label, series.style, path, area if series.filled else "")


def _pieces(points: Points, plan: Plan) -> list[list[tuple[float, float]]]:
    """Stretches without unknown values; a lone point becomes a short dash, so that it can be seen."""
    pieces: list[list[tuple[float, float]]] = [[]]
    for minute, value in points:
        if value is not None:
            pieces[-1].append((plan.time.along(minute) * SIDE, plan.values.down(value) * SIDE))
        elif pieces[-1]:
            pieces.append([])
    return [piece if len(piece) > 1 else [piece[0], (piece[0][0] + 2, piece[0][1])] for piece in pieces if piece]


def _rule(level: Level, plan: Plan) -> Rule:
    y = plan.values.down(level.value) * plan.height
    return Rule(y, level.label, level.style, above=y > 22)


def _band(span: Span, time: TimeAxis) -> Band | None:
    start, end = time.along(span.start), time.along(span.end)
    if end <= start:
        return None
    return Band(f"{start * 100:.2f}%", f"{(end - start) * 100:.2f}%", span.style)


def _rows(plan: Plan) -> tuple[Row, ...]:
    """One row for each minute that any line has."""
    by_minute: dict[int, list[float | None]] = {}
    for index, series in enumerate(plan.series):
        for minute, value in series.points:
            by_minute.setdefault(minute, [None] * len(plan.series))[index] = value
    return tuple(
        Row(
            f"{plan.time.along(minute):.4f}",
            moment(minute),
            tuple(
                Cell(UNKNOWN, "") if value is None else Cell(plan.write(value), f"{plan.values.down(value):.4f}")
                for value in values
            ),
        )
        for minute, values in sorted(by_minute.items())
    )
