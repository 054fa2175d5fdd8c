"""What a Prometheus has seen over time, for judging indicators: samples as they came, days of events, resets."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from covet_sre.errors import SourceMisanswered
from covet_sre.integrations.prometheus.inspect import Inspection
from covet_sre.integrations.prometheus.quoting import instant_selector
from covet_sre.integrations.prometheus.shape import LabelledSamples, matrix, vector
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import Matcher, MatchOp, Selector

DAY_SECONDS = 86_400
AHEAD_SECONDS = 600
"""Samples are looked for so far beyond the server's own now: a target that sends timestamps may be ahead of it."""

RESETS_WITHIN_SECONDS = 1800
_MOST_TARGETS = 5

Target = tuple[str, str]
"""(job, instance)"""


def _written(selector: Selector) -> str:
    return instant_selector(CounterQuery(selector.metric, selector.matchers))


class History:
    """Questions about the past of one server. All methods raise SourceError."""

    def __init__(self, inspection: Inspection) -> None:
        self._api, self.now_seconds = inspection.api, inspection.now_seconds

    def samples(self, metric: str, labels: Mapping[str, str], within_seconds: int) -> list[tuple[float, float]]:
        """Raw (timestamp, value) of the series that has these labels, those that lie ahead of now included."""
        matchers = tuple(Matcher(name, MatchOp.EQUAL, value) for name, value in labels.items())
        expression = f"{_written(Selector(metric, matchers))}[{within_seconds + AHEAD_SECONDS}s]"
        found = matrix(self._api.query(expression, self.now_seconds + AHEAD_SECONDS), self._api.shown_address)
        # Series that have more labels than these match too.
        exact = [samples for named, samples in found if {**named, "__name__": ""} == {**labels, "__name__": ""}]
        return [self._numbers(sample) for samples in exact for sample in samples]

    def days(self, selector: Selector, days: int) -> list[float | None]:
        """Events of each of the last `days` days up to now, oldest first; None for a day without any series.

        They are what PromQL's increase() gives, so about right: good for judging, not for accounting.
        """
        end = int(self.now_seconds)
        start = end - (days - 1) * DAY_SECONDS
        data = self._api.query_range(f"sum(increase({_written(selector)}[1d]))", start, end, DAY_SECONDS)
        rows = matrix(data, self._api.shown_address)
        by_time = {round(time): value for time, value in map(self._numbers, rows[0][1])} if rows else {}
        return [by_time.get(start + day * DAY_SECONDS) for day in range(days)]

    def by_bound(self, buckets: Selector) -> dict[str, float]:
        """Events of the last day by the bound `le` of a histogram's buckets; where none grew, those ever counted."""
        grown = self._by_label(f"sum by (le) (increase({_written(buckets)}[1d]))", "le")
        return grown if any(grown.values()) else self._by_label(f"sum by (le) ({_written(buckets)})", "le")

    def groups(self, selector: Selector, labels: Sequence[str]) -> list[dict[str, str]]:
        """Each combination of these labels among the series that a selector has now."""
        data = self._api.query(f"group by ({', '.join(labels)}) ({_written(selector)})", self.now_seconds)
        return [named for named, _ in vector(data, self._api.shown_address)]

    def value_count(self, selector: Selector, label: str) -> int:
        """How many values a label has now among the series of a selector, series without it left out."""
        narrowed = Selector(selector.metric, (*selector.matchers, Matcher(label, MatchOp.NOT_EQUAL, "")))
        data = self._api.query(f"count(group by ({label}) ({_written(narrowed)}))", self.now_seconds)
        rows = vector(data, self._api.shown_address)
        return int(self._numbers(rows[0][1][0])[1]) if rows else 0

    def resetting_targets(self, selector: Selector) -> list[Target]:
        """Up to five (job, instance) whose counters fell at least three times in the last half-hour, worst first."""
        expression = f"max by (job, instance) (resets({_written(selector)}[{RESETS_WITHIN_SECONDS}s])) > 2"
        rows = vector(
            self._api.query(f"topk({_MOST_TARGETS}, {expression})", self.now_seconds), self._api.shown_address
        )
        ordered = sorted(rows, key=lambda row: -self._numbers(row[1][0])[1])
        return [(labels.get("job", ""), labels.get("instance", "")) for labels, _ in ordered]

    def process_starts(self, target: Target) -> list[float]:
        """Start times as the target told them at each scrape of the last half-hour, oldest first."""
        found = self._of_target(Selector("process_start_time_seconds", ()), target)
        return [self._numbers(sample)[1] for _, samples in found[:1] for sample in samples]

    def worst_counter(self, selector: Selector, target: Target) -> list[float]:
        """Values of that series of a target which fell most often in the last half-hour, oldest first."""
        found = self._of_target(selector, target)
        values = [[self._numbers(sample)[1] for sample in samples] for _, samples in found]
        return max(values, key=lambda one: sum(b < a for a, b in pairwise(one)), default=[])

    def starts_ahead(self, by_seconds: float) -> list[tuple[Target, float]]:
        """Targets whose process began later than now: their clocks are ahead by at least so many seconds."""
        expression = f"topk({_MOST_TARGETS}, process_start_time_seconds - time() > {by_seconds:g})"
        rows = vector(self._api.query(expression, self.now_seconds), self._api.shown_address)
        return [
            ((labels.get("job", ""), labels.get("instance", "")), self._numbers(samples[0])[1])
            for labels, samples in rows
        ]

    def _of_target(self, selector: Selector, target: Target) -> list[LabelledSamples]:
        job, instance = target
        narrowed = (Matcher("job", MatchOp.EQUAL, job), Matcher("instance", MatchOp.EQUAL, instance))
        expression = _written(Selector(selector.metric, (*selector.matchers, *narrowed)))
        data = self._api.query(f"{expression}[{RESETS_WITHIN_SECONDS}s]", self.now_seconds)
        return matrix(data, self._api.shown_address)

    def _by_label(self, expression: str, label: str) -> dict[str, float]:
        rows = vector(self._api.query(expression, self.now_seconds), self._api.shown_address)
        return {labels[label]: self._numbers(samples[0])[1] for labels, samples in rows if label in labels}

    def _numbers(self, sample: tuple[float, str]) -> tuple[float, float]:
        try:
            timestamp, value = sample
            return float(timestamp), float(value)
        except (TypeError, ValueError) as wrong:
            raise SourceMisanswered(
                "it answers something else where a number belongs",
                where=self._api.shown_address,
                remedy="check that the address is that of a Prometheus API",
            ) from wrong
