"""A metric source in memory: it has the samples that it was given, and fails when it is told to."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from covet_sre.errors import SourceError, SourceMisanswered
from covet_sre.ports import CounterAnswer, CounterQuery
from covet_sre.slo.counting import SeriesSamples
from covet_sre.slo.indicator import Selector

Values = Callable[[int], float | None]
"""The value of an expression at each minute; None where it has none."""

_STALE_SECONDS = 300.0


@dataclass(slots=True)
class ScriptedSource:
    """A MetricSource that tests and demonstrations write.

    `failure` is raised by every call while it is set. `warnings` go into every answer of `read`.
    `reads` is what was asked, in order: (query, start, end) in seconds.
    """

    failure: SourceError | None = None
    warnings: tuple[str, ...] = ()
    reads: list[tuple[CounterQuery, float, float]] = field(default_factory=list)
    closed: bool = False
    _series: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = field(default_factory=dict)
    _expressions: dict[str, list[tuple[Mapping[str, str], Values]]] = field(default_factory=dict)

    def add(self, labels: Mapping[str, str], *samples: tuple[float, float]) -> None:
        """More samples (timestamp in seconds, value) of one series; `labels` include `__name__`. Any order."""
        kept = self._series.setdefault(tuple(sorted((n, v) for n, v in labels.items() if v)), [])
        kept.extend(samples)
        kept.sort(key=lambda sample: sample[0])

    def define(self, expression: str, labels: Mapping[str, str], values: Values | Mapping[int, float]) -> None:
        """One result series of a PromQL expression, known by its exact text."""
        found = values.get if isinstance(values, Mapping) else values
        self._expressions.setdefault(expression, []).append((labels, found))

    def read(self, query: CounterQuery, start_seconds: float, end_seconds: float) -> CounterAnswer:
        self._fail()
        self.reads.append((query, start_seconds, end_seconds))
        selector = Selector(query.metric, query.matchers)
        series: list[SeriesSamples] = []
        for key, samples in self._series.items():
            labels = dict(key)
            if labels.get("__name__") != query.metric or not _accepted(selector, labels):
                continue
            if inside := [sample for sample in samples if start_seconds < sample[0] <= end_seconds]:
                series.append(SeriesSamples(labels, inside))
        return CounterAnswer(query, series, self.warnings)

    def evaluate(
        self, expression: str, start_minute: int, end_minute: int
    ) -> Sequence[tuple[Mapping[str, str], Mapping[int, float]]]:
        """Results of `define`, those with values in the stretch. An expression that was not defined is refused."""
        self._fail()
        if expression not in self._expressions:
            raise SourceMisanswered(f"it refuses the query: {expression!r} was not defined", remedy="define it first")
        results: list[tuple[Mapping[str, str], Mapping[int, float]]] = []
        for labels, values in self._expressions[expression]:
            by_minute = {minute: values(minute) for minute in range(start_minute, end_minute)}
            if known := {minute: value for minute, value in by_minute.items() if value is not None}:
                results.append((labels, known))
        return results

    def process_starts(self, at_seconds: float) -> Mapping[tuple[str, str], float]:
        """From the series `process_start_time_seconds`, of the last five minutes."""
        self._fail()
        starts: dict[tuple[str, str], float] = {}
        query = CounterQuery("process_start_time_seconds", ())
        for key, samples in self._series.items():
            labels = dict(key)
            inside = [value for at, value in samples if at_seconds - _STALE_SECONDS <= at <= at_seconds]
            if labels.get("__name__") == query.metric and inside:
                target = (labels.get("job", ""), labels.get("instance", ""))
                starts[target] = max(inside[-1], starts.get(target, inside[-1]))
        return starts

    def remarks(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        self.closed = True

    def _fail(self) -> None:
        if self.failure is not None:
            raise self.failure


def _accepted(selector: Selector, labels: dict[str, str]) -> bool:
    try:
        return selector.accepts(labels)
    except re.error as wrong:
        raise SourceMisanswered(f"it refuses the query: {wrong}", remedy="mend the regular expression") from wrong
