"""Lanes over time: for each of several rows, the stretches in which something was so."""

from collections.abc import Sequence
from dataclasses import dataclass

from covet_sre.web.charts.axis import Tick, TimeAxis

LANE_HEIGHT = 26
_NARROWEST_PERCENT = 0.25
"""Five minutes of a month would be narrower than a pixel: they are drawn so wide all the same."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Minutes start <= m < end. `style` is a class of the stylesheet; `words` say what it is."""

    start: int
    end: int
    style: str
    words: str


@dataclass(frozen=True, slots=True)
class Bar:
    x: str
    width: str
    style: str
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    label: str
    y: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Geometry that a template draws as it is: y in pixels from the top, x in percent."""

    identity: str
    title: str
    summary: str
    height: int
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]


def draw_lanes(
    identity: str, title: str, summary: str, time: TimeAxis, rows: Sequence[tuple[str, Sequence[Stretch]]]
) -> Lanes:
    """`rows` are (label, stretches), from the top."""
    lanes = tuple(
        Lane(label, place * LANE_HEIGHT, tuple(_bar(stretch, time) for stretch in stretches))
        for place, (label, stretches) in enumerate(rows)
    )
    return Lanes(identity, title, summary, len(lanes) * LANE_HEIGHT, time.ticks(), lanes)


def _bar(stretch: Stretch, time: TimeAxis) -> Bar:
    start = time.along(stretch.start) * 100
    width = max(time.along(stretch.end) * 100 - start, _NARROWEST_PERCENT)
    return Bar(f"{min(start, 100 - width):.3f}%", f"{width:.3f}%", stretch.style, stretch.words)
