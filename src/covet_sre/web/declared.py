"""What an objective's declaration says, for reading beside its numbers."""

from dataclasses import dataclass
from typing import assert_never

from covet_sre.slo.indicator import CounterRatio, Indicator, QueryRatio, QueryRaw, QueryThreshold
from covet_sre.slo.objective import Objective
from covet_sre.slo.stream import Budgeting, Occurrences, RatioTimeslices, Timeslices
from covet_sre.units import format_minutes
from covet_sre.web import words


@dataclass(frozen=True, slots=True)
class Declared:
    """`queries` are (what it counts, expression). The files are the truth: pages only show them."""

    location: str
    policy_location: str
    source: str
    kind: str
    budgeting: str
    queries: tuple[tuple[str, str], ...]
    labels: tuple[tuple[str, str], ...]


def declared(item: Objective, policy_location: str) -> Declared:
    kind, queries = _queries(item.indicator)
    return Declared(
        str(item.location),
        policy_location,
        item.indicator.source,
        kind,
        _budgeting(item.budgeting),
        queries,
        item.labels,
    )


def _queries(indicator: Indicator) -> tuple[str, tuple[tuple[str, str], ...]]:
    match indicator:
        case CounterRatio():
            part = "good" if indicator.good is not None else "bad"
            return "exact: counters are read", ((part, str(indicator.part)), ("total", str(indicator.total)))
        case QueryRatio():
            part = ("good", indicator.good) if indicator.good is not None else ("bad", indicator.bad or "")
            return "queries, once a minute", (part, ("total", indicator.total))
        case QueryThreshold():
            bound = f"{indicator.op.value} {words.plain(indicator.bound, 6)}"
            return "a value against a bound, once a minute", ((f"good when {bound}", indicator.query),)
        case QueryRaw():
            side = "share of good events" if indicator.of_success else "share of bad events"
            return "a ratio, once a minute", ((side, indicator.query),)
        case _:
            assert_never(indicator)


def _budgeting(budgeting: Budgeting) -> str:
    match budgeting:
        case Occurrences():
            return "each event counts"
        case Timeslices():
            share = words.plain(budgeting.slice_target * 100, 4)
            return f"slices of {format_minutes(budgeting.slice_minutes)} count, good from {share}%"
        case RatioTimeslices():
            return f"slices of {format_minutes(budgeting.slice_minutes)} count with their share of good events"
        case _:
            assert_never(budgeting)
