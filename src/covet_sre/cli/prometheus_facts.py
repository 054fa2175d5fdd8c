"""Asking a Prometheus what judging reliability files needs: bounded, and each question once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from covet_sre.cli.progress import Progress, untold
from covet_sre.errors import Finding, Level
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.prometheus.history import DAY_SECONDS, History
from covet_sre.integrations.prometheus.inspect import Inspection
from covet_sre.slo.indicator import CounterRatio, Selector
from covet_sre.spec.against_history import (
    LOOKED_AT_DAYS,
    SKEW_SECONDS,
    DayCounts,
    HistoryFacts,
    Rhythm,
    TargetEvidence,
    judge_history,
    rhythm_of,
)
from covet_sre.spec.against_metrics import MetricFacts, judge, pairs, uses

MOST_SAMPLES = 20_000_000
"""Days are left out beyond so many samples for one selector: a Prometheus refuses a query of more than 50 million."""

MOST_SAMPLES_IN_ALL = 400_000_000
_RHYTHM_SECONDS = 3600
_RHYTHM_SERIES = 3
_USUAL_SPACING_SECONDS = 15.0


def findings_against(
    declaration: Declaration, inspection: Inspection, clock: Callable[[], float], progress: Progress = untold
) -> list[Finding]:
    """Everything that does not fit between files and a Prometheus, errors first. Raises SourceError."""
    metrics = metric_facts(declaration, inspection)
    history = HistoryReader(inspection, metrics, clock).facts(declaration, progress)
    found = dict.fromkeys([*judge(declaration, metrics), *judge_history(declaration, history, metrics)])
    return sorted(found, key=lambda each: each.level is not Level.ERROR)


def of_source(declaration: Declaration, source: str) -> Declaration:
    """Only what one source has to answer for."""
    return replace(
        declaration,
        sources=tuple(each for each in declaration.sources if each.name == source),
        objectives=tuple(each for each in declaration.objectives if each.indicator.source == source),
    )


def metric_facts(declaration: Declaration, inspection: Inspection) -> MetricFacts:
    """What the server has now. Raises SourceError."""
    names = inspection.metric_names()
    known = set(names)
    metrics = sorted({use.selector.metric for use in uses(declaration)} & known)
    ratios = [ratio for _, ratio in pairs(declaration) if {ratio.part.metric, ratio.total.metric} <= known]
    selectors = sorted({str(selector) for ratio in ratios for selector in (ratio.part, ratio.total)})
    return MetricFacts(
        names=names,
        series={metric: inspection.series(metric) for metric in metrics},
        sums={selector: inspection.total(selector) for selector in selectors},
        kinds=inspection.kinds(metrics),
        retention_minutes=inspection.retention_minutes(),
    )


class HistoryReader:
    """Gathers what a server has seen over time, for the objectives of a declaration."""

    def __init__(self, inspection: Inspection, metrics: MetricFacts, clock: Callable[[], float]) -> None:
        self._inspection, self._metrics, self._clock = inspection, metrics, clock
        self._history = History(inspection)
        self._days: dict[Selector, list[float | None]] = {}
        # A service is young more often than its samples are lost: where the server tells its retention, that counts.
        self._forgets_when_it_likes = metrics.retention_minutes is None or inspection.forgets_by_size()
        self._reach_days: dict[Selector, int] = {}
        self._left_samples = MOST_SAMPLES_IN_ALL

    def facts(self, declaration: Declaration, progress: Progress = untold) -> HistoryFacts:
        """Raises SourceError."""
        known = set(self._metrics.names)
        ratios = [(o, r) for o, r in pairs(declaration) if {r.part.metric, r.total.metric} <= known]
        totals = list(dict.fromkeys(ratio.total for _, ratio in ratios))
        rhythms: dict[Selector, Rhythm] = {}
        falling: dict[Selector, list[TargetEvidence]] = {}
        steps = len(totals) + len(ratios)
        for number, total in enumerate(totals):
            progress(number, steps)
            rhythms[total], falling[total] = self._rhythm(total), self._falling(total)
        days: dict[str, Sequence[DayCounts]] = {}
        for number, (objective, ratio) in enumerate(ratios, len(totals)):
            progress(number, steps)
            days[objective.name] = self._day_counts(ratio, rhythms[ratio.total])
        ahead = self._history.starts_ahead(SKEW_SECONDS) if "process_start_time_seconds" in known else []
        return HistoryFacts(
            now_seconds=self._history.now_seconds,
            days=days,
            reach_days={
                objective.name: self._reach_days[ratio.total]
                for objective, ratio in ratios
                if ratio.total in self._reach_days
            },
            rhythms=rhythms,
            falling=falling,
            skew_seconds=self._inspection.skew_seconds(self._clock),
            starts_ahead=[(instance or job, start) for (job, instance), start in ahead],
        )

    def _day_counts(self, ratio: CounterRatio, rhythm: Rhythm) -> Sequence[DayCounts]:
        """The days that have data, oldest first."""
        both = zip(self._events(ratio.part, rhythm), self._events(ratio.total, rhythm), strict=True)
        return [DayCounts(part or 0.0, total) for part, total in both if total is not None]

    def _events(self, selector: Selector, rhythm: Rhythm) -> list[float | None]:
        if selector not in self._days:
            days = self._affordable_days(selector, rhythm)
            found = self._history.days(selector, days) if days else []
            if days == LOOKED_AT_DAYS and self._forgets_when_it_likes:
                self._reach_days[selector] = sum(day is not None for day in found)
            self._days[selector] = [None] * (LOOKED_AT_DAYS - len(found)) + found
        return self._days[selector]

    def _affordable_days(self, selector: Selector, rhythm: Rhythm) -> int:
        series = sum(selector.accepts(dict(one)) for one in self._metrics.series.get(selector.metric, ()))
        a_day = max(1, series) * DAY_SECONDS / (rhythm.spacing_seconds or _USUAL_SPACING_SECONDS)
        days = int(min(LOOKED_AT_DAYS, MOST_SAMPLES // a_day, self._left_samples // a_day))
        self._left_samples -= int(days * a_day)
        return days

    def _rhythm(self, selector: Selector) -> Rhythm:
        chosen: dict[tuple[str, str], Mapping[str, str]] = {}
        for one in self._metrics.series.get(selector.metric, ()):
            if len(chosen) < _RHYTHM_SERIES and selector.accepts(dict(one)):
                chosen.setdefault((one.get("job", ""), one.get("instance", "")), one)
        found = [self._history.samples(selector.metric, labels, _RHYTHM_SECONDS) for labels in chosen.values()]
        return rhythm_of([[timestamp for timestamp, _ in samples] for samples in found])

    def _falling(self, total: Selector) -> list[TargetEvidence]:
        return [
            TargetEvidence(
                *target,
                starts=self._history.process_starts(target),
                values=self._history.worst_counter(total, target),
            )
            for target in self._history.resetting_targets(total)
        ]
