"""Reliability files against what a Prometheus has seen over time: what silently ruins an objective."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from covet_sre.errors import Finding, Level, Location
from covet_sre.flows.declaration import Declaration
from covet_sre.slo.alternating import counters_alternate, starts_alternate
from covet_sre.slo.indicator import CounterRatio, Indicator, Selector
from covet_sre.slo.objective import Objective
from covet_sre.spec.against_metrics import MetricFacts, Series
from covet_sre.spec.findings import shown
from covet_sre.spec.windows import window_minutes
from covet_sre.units import MINUTES_PER_DAY, Counts, format_minutes

FEWEST_SCRAPES = 4
"""A window shorter than so many scrapes has too few differences to be a ratio of anything."""

SKEW_SECONDS = 10.0
"""Clocks that differ by less are usual, and the readings overlap by more."""

FEWEST_EVENTS = 100
"""With fewer events, that none or all of them were bad says nothing."""

UNUSED_BUDGET = 100
"""An indicator never burns if so many bad events were allowed, and not one happened."""


LOOKED_AT_DAYS = 30


class DayCounts(NamedTuple):
    """About how many events a day had: of the part (good or bad, as the indicator has it), and in all."""

    part: float
    total: float


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Raw sample times of one series or of a few: how far apart they lie, and when the newest is. Seconds."""

    spacing_seconds: float | None
    newest_seconds: float | None


@dataclass(frozen=True, slots=True)
class TargetEvidence:
    """A target whose counters fell: its start times and its worst counter, scrape by scrape, oldest first."""

    job: str
    instance: str
    starts: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True, slots=True)
class HistoryFacts:
    """What was seen over time. `days` are by objective, oldest first, those without data left out. `reach_days` are how
    many of the last 30 days have data, by objective, where that many were looked at
    and the server does not keep to a time that it tells.

    `rhythms` and `falling` are by the total's selector. `skew_seconds` is the server's clock less ours; None when it
    lies within the time that asking took. `starts_ahead` are targets whose process began in the future, and by how
    much.
    """

    now_seconds: float
    days: Mapping[str, Sequence[DayCounts]] = field(default_factory=dict[str, Sequence[DayCounts]])
    rhythms: Mapping[Selector, Rhythm] = field(default_factory=dict[Selector, Rhythm])
    falling: Mapping[Selector, Sequence[TargetEvidence]] = field(
        default_factory=dict[Selector, Sequence[TargetEvidence]]
    )
    reach_days: Mapping[str, int] = field(default_factory=dict[str, int])
    skew_seconds: float | None = None
    starts_ahead: Sequence[tuple[str, float]] = ()


def rhythm_of(times: Sequence[Sequence[float]]) -> Rhythm:
    """From the sample times of a few series, each oldest first."""
    spacings = [later - earlier for one in times for earlier, later in pairwise(one)]
    newest = [one[-1] for one in times if one]
    return Rhythm(median(spacings) if spacings else None, max(newest) if newest else None)


def judge_history(declaration: Declaration, history: HistoryFacts, metrics: MetricFacts) -> list[Finding]:
    """What does not fit, errors first; each finding once."""
    found: list[Finding] = list(_judge_clocks(declaration, history))
    for objective in declaration.objectives:
        indicator = objective.indicator
        if isinstance(indicator, CounterRatio):
            found.extend(_judge_processes(objective, indicator, history))
            found.extend(_judge_sums(objective, indicator, history))
            found.extend(_judge_burning(objective, indicator, history, metrics))
        found.extend(_judge_scrapes(objective, history))
        found.extend(_judge_oldest(objective, history))
    unique = dict.fromkeys(found)
    return sorted(unique, key=lambda each: (each.level is not Level.ERROR, each.location.file, each.location.line))


# ---------------------------------------------------------------- clocks


def _judge_clocks(declaration: Declaration, history: HistoryFacts) -> Iterator[Finding]:
    here = _server_location(declaration)
    skew = history.skew_seconds
    if here is None:
        return
    if skew is not None and abs(skew) > SKEW_SECONDS:
        problem = (
            f"the clock of this Prometheus is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the one here"
        )
        remedy = "let both machines synchronise their clocks (NTP): minutes are read too early or too late"
        yield Finding(Level.WARNING, "clock-skew", here, "", problem, remedy)
    for target, ahead in history.starts_ahead:
        problem = f"its process says that it starts {ahead:.0f} s from now: its clock is ahead"
        remedy = "let its machine synchronise its clock (NTP): restarts are told by that time"
        yield Finding(Level.WARNING, "clock-skew", here, target, problem, remedy)


def _server_location(declaration: Declaration) -> Location | None:
    places = [each.location for each in (*declaration.sources, *declaration.objectives)]
    return places[0] if places else None


# ---------------------------------------------------------------- one indicator


def _judge_processes(objective: Objective, ratio: CounterRatio, history: HistoryFacts) -> Iterator[Finding]:
    """Several worker processes behind one address, each with counters of its own, answer in turns."""
    for target in history.falling.get(ratio.total, ()):
        told = starts_alternate(target.starts)
        if told or (told is None and counters_alternate(target.values)):
            name = shown(target.instance or target.job)
            problem = f"several processes answer the scrapes of {name} in turns, each with counters of its own"
            remedy = (
                "let its workers share their counts (covet-sre-sdk does; prometheus_client with "
                "PROMETHEUS_MULTIPROC_DIR), or scrape each process at an address of its own"
            )
            yield _finding(Level.ERROR, "process-alternates", objective, problem, remedy)


def _judge_sums(objective: Objective, ratio: CounterRatio, history: HistoryFacts) -> Iterator[Finding]:
    days = history.days.get(objective.name, ())
    part, total = sum(day.part for day in days), sum(day.total for day in days)
    # Days are extrapolated at their edges: a hundredth, or a handful of events, is no mistake of the files.
    if part > total * 1.01 and part - total > 10:
        word = "good" if ratio.good else "bad"
        problem = f"over {_days(days)}, {word} events outnumber all events: about {part:,.0f} of {total:,.0f}"
        remedy = f"check that {ratio.part} counts a part of what {ratio.total} counts, and each event once"
        yield _finding(Level.ERROR, "part-above-total", objective, problem, remedy)


def _judge_burning(
    objective: Objective, ratio: CounterRatio, history: HistoryFacts, metrics: MetricFacts
) -> Iterator[Finding]:
    days = [counts for day in history.days.get(objective.name, ()) if (counts := counts_of(day, ratio)).total]
    bad, total = sum(day.bad for day in days), sum(day.total for day in days)
    if total < FEWEST_EVENTS:
        return
    told = f"over {_days(days)} with about {total:,} events"
    if not bad and total * objective.error_share >= UNUSED_BUDGET and _cannot_be_bad(ratio, metrics):
        problem = f"not one event was bad {told}: it never burns"
        yield _finding(Level.WARNING, "never-burns", objective, problem, _remedy_for_never(ratio))
    elif bad == total:
        problem = f"every single event was bad {told}"
        remedy = "look whether the indicator is upside down, or its good events are named otherwise"
        yield _finding(Level.WARNING, "always-burns", objective, problem, remedy)
    elif len(days) > 1 and all(day.bad > objective.error_share * day.total for day in days):
        share = _percent(Fraction(bad, total))
        problem = f"{share} of events were bad {told}, each day beyond the {_percent(objective.error_share)} allowed"
        remedy = "choose a target that the service can keep now, or look whether the indicator counts what users feel"
        yield _finding(Level.WARNING, "always-burns", objective, problem, remedy)


def counts_of(day: DayCounts, ratio: CounterRatio) -> Counts:
    """A day as whole events."""
    part, total = round(day.part), round(day.total)
    bad = part if ratio.bad else total - part
    return Counts(min(max(bad, 0), total), total)


def _cannot_be_bad(ratio: CounterRatio, metrics: MetricFacts) -> bool:
    """Whether no series exists that could ever count something bad; for a histogram's bound, that nothing is slower."""
    if ratio.bad:
        return not any(_selected(ratio.bad, metrics))
    if ratio.good is None or ratio.good.metric != ratio.total.metric:
        return True
    good = ratio.good
    return all(good.accepts(dict(one)) for one in _selected(ratio.total, metrics))


def _selected(selector: Selector, metrics: MetricFacts) -> Series:
    return [one for one in metrics.series.get(selector.metric, ()) if selector.accepts(dict(one))]


def _remedy_for_never(ratio: CounterRatio) -> str:
    if ratio.good is not None and ratio.good.metric != ratio.total.metric:
        return "lower the bound until it tells fast from slow, or drop the objective"
    return "check with a failed request that one is counted: where exceptions are not counted, nothing ever goes wrong"


# ---------------------------------------------------------------- windows


def _judge_scrapes(objective: Objective, history: HistoryFacts) -> Iterator[Finding]:
    total = _total(objective.indicator)
    rhythm = history.rhythms.get(total) if total else None
    if rhythm is None:
        return
    if rhythm.newest_seconds is not None and rhythm.newest_seconds > history.now_seconds + SKEW_SECONDS:
        ahead = rhythm.newest_seconds - history.now_seconds
        problem = f"the samples of {total} lie up to {ahead:.0f} s in the future"
        remedy = "let the target synchronise its clock, or send no timestamps (honor_timestamps: false)"
        yield _finding(Level.WARNING, "clock-skew", objective, problem, remedy)
    if rhythm.spacing_seconds is None:
        return
    minutes, name = _shortest_window(objective)
    if rhythm.spacing_seconds * FEWEST_SCRAPES > minutes * 60:
        problem = (
            f"{name} looks over {format_minutes(minutes)}, and the samples of {total.metric if total else ''} "
            f"are {_seconds(rhythm.spacing_seconds)} apart"
        )
        remedy = f"scrape every {_seconds(minutes * 60 / FEWEST_SCRAPES)} or more often, or lengthen the window"
        yield _finding(Level.WARNING, "window-scrapes", objective, problem, remedy)


def _shortest_window(objective: Objective) -> tuple[int, str]:
    windows = [(window_minutes(objective.window), "the SLO")]
    windows += [
        (alert.short_minutes or alert.long_minutes, f"its alert {shown(alert.name)}") for alert in objective.alerts
    ]
    return min(windows)


def _judge_oldest(objective: Objective, history: HistoryFacts) -> Iterator[Finding]:
    """Where a server does not say how long it keeps samples, what it has tells."""
    reach = history.reach_days.get(objective.name)
    if reach is None:
        return
    wanted = min(window_minutes(objective.budget_window), LOOKED_AT_DAYS * MINUTES_PER_DAY)
    if 0 < reach * MINUTES_PER_DAY < wanted:
        told = f"{reach} day{'s' * (reach != 1)}"
        problem = f"the budget runs over {objective.budget_window}, and samples here reach back about {told}"
        remedy = "keep covet-sre running: its ledger needs no history; only the first fill is shorter"
        yield _finding(Level.WARNING, "window-retention", objective, problem, remedy)


def _total(indicator: Indicator) -> Selector | None:
    return indicator.total if isinstance(indicator, CounterRatio) else None


def _days(days: Sequence[object]) -> str:
    return f"{len(days)} day{'s' * (len(days) != 1)}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3g} s" if seconds < 120 else f"{seconds / 60:.3g} min"


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.4g} %"


def _finding(level: Level, code: str, objective: Objective, problem: str, remedy: str) -> Finding:
    return Finding(level, code, objective.location, objective.name, problem, remedy)
