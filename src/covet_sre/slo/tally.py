"""From counts per series to events per stream: good and bad are told apart, and who spent the budget."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from covet_sre.slo.counting import SeriesCounts
from covet_sre.slo.matching import Part, Role
from covet_sre.slo.minutes import GapEntry, MinuteEvents
from covet_sre.units import MINUTES_PER_HOUR

Key = TypeVar("Key")

Spent = dict[tuple[int, int, str, str], int]
"""Bad events by (stream, minute, label, value)."""


@dataclass(frozen=True, slots=True)
class TallyRules:
    """What the streams declare, by stream number.

    `parts`: what is counted beside the total, good or bad events. `breakdown`: labels that tell who spent.
    `good_seen`: streams for whose good events some series was ever found. Until then a stream that counts good
    events stays unknown: a misspelt label is no outage.
    """

    parts: Mapping[int, Part]
    breakdown: Mapping[int, tuple[str, ...]]
    good_seen: set[int]

    def usable(self, stream: int) -> bool:
        return self.parts[stream] is Part.BAD or stream in self.good_seen

    def bad(self, stream: int, part: int, total: int) -> int:
        return part if self.parts[stream] is Part.BAD else total - part


@dataclass(frozen=True, slots=True)
class StreamTally:
    """What one reading adds to the streams."""

    events: MinuteEvents
    gaps: list[GapEntry]
    spent: Spent


class _Cells(Generic[Key]):
    """Totals and parts by cell. Only the total's series make a cell known; a part without a total still counts."""

    def __init__(self) -> None:
        self.totals: dict[Key, int] = {}
        self.parts: dict[Key, int] = {}

    def of(self, part: Part) -> dict[Key, int]:
        return self.totals if part is Part.TOTAL else self.parts

    def merged(self) -> Iterable[tuple[Key, int, int]]:
        for cell in self.totals | self.parts:
            yield cell, self.parts.get(cell, 0), self.totals.get(cell, 0)


def tally(series: Iterable[tuple[SeriesCounts, tuple[Role, ...]]], rules: TallyRules) -> StreamTally:
    """Add up series, each with its roles, by stream. A minute is known when a series of the total was watched in it."""
    cells: _Cells[tuple[int, int]] = _Cells()
    gaps: _Cells[tuple[int, int, int]] = _Cells()
    spent: Spent = defaultdict(int)
    for counts, roles in series:
        for role in roles:
            stream, side = role.stream, cells.of(role.part)
            if role.part is Part.TOTAL:
                for first, last in counts.covered:
                    for minute in range(first, last + 1):
                        side.setdefault((stream, minute), 0)
            elif role.part is Part.GOOD:
                rules.good_seen.add(stream)
            for minute, events in counts.minutes.items():
                side[stream, minute] = side.get((stream, minute), 0) + events
            for start, end, events in counts.gaps:
                missed = gaps.of(role.part)
                missed[stream, start, end] = missed.get((stream, start, end), 0) + events
            for label in rules.breakdown.get(stream, ()):
                _attribute(spent, role, rules.parts[stream], label, counts)
    rows = [
        (stream, minute, rules.bad(stream, part, total), total)
        for (stream, minute), part, total in cells.merged()
        if rules.usable(stream)
    ]
    entries = [
        GapEntry(stream, start, end, rules.bad(stream, part, total), total)
        for (stream, start, end), part, total in gaps.merged()
        if rules.usable(stream)
    ]
    who = {key: events for key, events in spent.items() if events and rules.usable(key[0])}
    return StreamTally(MinuteEvents.of(rows), entries, who)


# Bad series count as they are; where good events are counted, bad ones are the total less the good.
_SHARE_OF_BAD = {(Part.BAD, Part.BAD): 1, (Part.GOOD, Part.TOTAL): 1, (Part.GOOD, Part.GOOD): -1}


# What tells who spent the budget is kept and shown; a label may be megabytes long.
_LONGEST_VALUE = 200


def _attribute(spent: Spent, role: Role, counted: Part, label: str, counts: SeriesCounts) -> None:
    """Add a series' share of the bad events under its value of the label."""
    sign = _SHARE_OF_BAD.get((counted, role.part), 0)
    if sign:
        value = counts.labels.get(label, "")[:_LONGEST_VALUE]
        for minute, events in counts.minutes.items():
            spent[role.stream, minute, label, value] += sign * events


def by_hour(spent: Spent) -> Spent:
    """Bad events by (stream, hour, label, value), as the ledger keeps them."""
    hours: Spent = defaultdict(int)
    for (stream, minute, label, value), events in spent.items():
        hours[stream, minute // MINUTES_PER_HOUR, label, value] += events
    return dict(hours)
