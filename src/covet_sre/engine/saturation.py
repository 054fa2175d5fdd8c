"""Saturation, the fourth golden signal: requests in flight and queue length, by job, for the last three hours."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence

from covet_sre.errors import SourceError
from covet_sre.ports import CounterQuery, MetricSource

GAUGES = ("http_requests_in_flight", "custom_queue_length")
KEPT_MINUTES = 180


class Saturation:
    """Means per minute of the gauges, summed over the instances of a job."""

    def __init__(self) -> None:
        self._points: dict[tuple[str, str, str], deque[tuple[int, float]]] = {}
        self._until: dict[str, int] = {}

    def read(self, sources: Mapping[str, MetricSource], end: int) -> None:
        """Read the minutes up to `end` (exclusive). A source that fails leaves its minutes out."""
        for name, source in sources.items():
            start = max(self._until.get(name, end - 5), end - KEPT_MINUTES)
            for gauge in GAUGES:
                try:
                    answer = source.read(CounterQuery(gauge, ()), start * 60.0, end * 60.0 - 0.001)
                except SourceError:
                    continue
                sums: dict[tuple[str, int], float] = defaultdict(float)
                for series in answer.series:
                    for minute, mean in _means(series.samples).items():
                        sums[series.labels.get("job", ""), minute] += mean
                for (job, minute), value in sorted(sums.items()):
                    self._points.setdefault((name, job, gauge), deque(maxlen=KEPT_MINUTES)).append((minute, value))
            self._until[name] = end

    def points(self, source: str, job: str, gauge: str) -> tuple[tuple[int, float], ...]:
        """(minute, mean) oldest first; empty when the gauge is not exposed."""
        return tuple(self._points.get((source, job, gauge), ()))


def _means(samples: Sequence[tuple[float, float | str]]) -> dict[int, float]:
    by_minute: dict[int, list[float]] = defaultdict(list)
    for timestamp, raw in samples:
        value = float(raw)
        if value == value:
            by_minute[int(timestamp // 60)].append(value)
    return {minute: sum(values) / len(values) for minute, values in by_minute.items()}
