"""What the proposed files will say: an objective for each indicator that was found, with its reasons."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from covet_sre.slo.indicator import Matcher, MatchOp, Selector
from covet_sre.slo.suggestion import suggest_target
from covet_sre.spec.annotations import MAX_BREAKDOWN_LABELS
from covet_sre.spec.discovery.bounds import Bound, told
from covet_sre.spec.discovery.instrumentation import Durations, Instrumentation, Outcomes
from covet_sre.spec.discovery.services import FoundIndicator, FoundService, in_order
from covet_sre.units import Counts


@dataclass(frozen=True, slots=True)
class Measured:
    """What was asked about one indicator. `bound` is of a histogram; `labels` are worth a breakdown and exist."""

    labels: tuple[str, ...] = ()
    bound: Bound | None = None
    has_count: bool = True


@dataclass(frozen=True, slots=True)
class PlannedObjective:
    """One SLO to be written. `word` says as what `part` counts: good or bad."""

    name: str
    title: str
    description: str
    why: tuple[str, ...]
    word: str
    part: Selector
    total: Selector
    target: Fraction
    target_why: tuple[str, ...]
    breakdown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedService:
    name: str
    value: str
    label: str
    instrumentations: tuple[Instrumentation, ...]
    objectives: tuple[PlannedObjective, ...]
    notes: tuple[str, ...] = ()


def plan_service(service: FoundService, measured: Callable[[FoundIndicator], Measured]) -> PlannedService:
    """The service's SLOs with the usual targets; a histogram without a finite bound gives a note instead."""
    objectives: list[PlannedObjective] = []
    notes: list[str] = []
    for indicator in service.indicators:
        facts = measured(indicator)
        match indicator.kind:
            case Outcomes() as kind:
                objectives.append(_by_outcome(service, indicator, kind, facts))
            case Durations() as kind:
                if facts.bound is None:
                    notes.append(f"{kind.metric} has no bound: give the histogram buckets for a latency objective.")
                else:
                    objectives.append(_by_duration(service, indicator, kind, facts, facts.bound))
    entries = dict.fromkeys(each.instrumentation for each in service.indicators)
    return PlannedService(service.name, service.value, service.label, tuple(entries), tuple(objectives), tuple(notes))


def with_targets(service: PlannedService, days: Mapping[str, Sequence[Counts]]) -> PlannedService:
    """The same with targets that these days, by objective, would have kept."""
    return replace(
        service, objectives=tuple(_with_target(each, days.get(each.name, ())) for each in service.objectives)
    )


def _by_outcome(service: FoundService, indicator: FoundIndicator, kind: Outcomes, facts: Measured) -> PlannedObjective:
    part = Selector(kind.metric, in_order((*indicator.matchers, kind.told_by)))
    return PlannedObjective(
        name=f"{service.name}-{indicator.suffix}",
        title=_title(indicator),
        description=f"Share of {kind.events} that {kind.good_ones}.",
        why=(kind.why,),
        word="good" if kind.good else "bad",
        part=part,
        total=indicator.all_events,
        target=kind.usual_target,
        target_why=(),
        breakdown=facts.labels[:MAX_BREAKDOWN_LABELS],
    )


def _by_duration(
    service: FoundService, indicator: FoundIndicator, kind: Durations, facts: Measured, bound: Bound
) -> PlannedObjective:
    seconds = bound.value / 1000 if kind.milliseconds else bound.value
    if facts.has_count:
        total = Selector(f"{kind.histogram}_count", in_order(indicator.matchers))
    else:
        total = Selector(kind.metric, in_order((*indicator.matchers, Matcher("le", MatchOp.EQUAL, "+Inf"))))
    return PlannedObjective(
        name=f"{service.name}-{indicator.suffix}",
        title=_title(indicator),
        description=f"Share of {kind.events} that complete within {told(seconds)}.",
        why=(bound.why, kind.why, "Another bound must be one of the histogram's own: its bucket counts exactly."),
        word="good",
        part=Selector(kind.metric, in_order((*indicator.matchers, bound.matcher))),
        total=total,
        target=kind.usual_target,
        target_why=(),
        breakdown=facts.labels[:MAX_BREAKDOWN_LABELS],
    )


def _title(indicator: FoundIndicator) -> str:
    """Where two instrumentations tell of the same, the second is named by its own."""
    kind = indicator.kind
    return kind.title if indicator.suffix == kind.suffix else f"{kind.title}, {indicator.instrumentation.name}"


def _with_target(objective: PlannedObjective, days: Sequence[Counts]) -> PlannedObjective:
    usual = f"{float(objective.target) * 100:.6g} %"
    if not any(day.total for day in days):
        why = (f"There was no history to go by: {usual} is usual. Measure for a while, then decide what users need.",)
        return replace(objective, target_why=why)
    suggestion = suggest_target(days)
    if suggestion.target is None:
        why = (*suggestion.reasons, f"Nothing fits that, so this is the usual {usual}: decide what users need.")
        return replace(objective, target_why=why)
    why = (*suggestion.reasons, "What it kept so far is a proposal: decide what users need.")
    return replace(objective, target=suggestion.target, target_why=why)
