"""Raw counter samples and values from a server that speaks the Prometheus API."""

import math
import time
from collections.abc import Callable, Mapping, Sequence

from covet_sre.errors import SourceMisanswered
from covet_sre.integrations.address import clipped
from covet_sre.integrations.prometheus.api import PrometheusApi
from covet_sre.integrations.prometheus.quoting import instant_selector
from covet_sre.integrations.prometheus.shape import matrix, vector
from covet_sre.integrations.reply import Limits
from covet_sre.ports import CounterAnswer, CounterQuery
from covet_sre.slo.counting import SeriesSamples

SIZE_LIMIT_BYTES = 256_000_000
# Prometheus refuses a range query of more than 11,000 points.
_POINTS_PER_QUERY = 10_000


class PrometheusSource:
    """A MetricSource over the HTTP API of Prometheus, Thanos, Mimir or VictoriaMetrics.

    `address` is the base URL; a user and password in it are sent as basic authentication and never shown, and so are
    `headers`. Raises ValueError when the address is none.
    """

    def __init__(
        self,
        address: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 30.0,
        size_limit_bytes: int = SIZE_LIMIT_BYTES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        limits = Limits(timeout_seconds, size_limit_bytes)
        self.api = PrometheusApi.at(address, limits, headers=headers, monotonic=monotonic)

    def read(self, query: CounterQuery, start_seconds: float, end_seconds: float) -> CounterAnswer:
        """Raw samples with start < timestamp <= end, in the lists in which they came: values are strings."""
        # One millisecond more on either side, cut off below by the exact rule: Prometheus 2 takes the sample at the
        # start of the range and Prometheus 3 does not.
        if start_seconds >= end_seconds:
            return CounterAnswer(query, ())
        start_milliseconds, end_milliseconds = math.floor(start_seconds * 1000) - 1, math.ceil(end_seconds * 1000)
        expression = f"{instant_selector(query)}[{end_milliseconds - start_milliseconds}ms]"
        found = matrix(self.api.query(expression, end_milliseconds / 1000), self.api.shown_address)
        series: list[SeriesSamples] = []
        for labels, samples in found:
            # Only an answer's edges can lie outside, so only they are looked at.
            if samples and (samples[0][0] <= start_seconds or samples[-1][0] > end_seconds):
                samples = [sample for sample in samples if start_seconds < sample[0] <= end_seconds]
            if samples:
                series.append(SeriesSamples(labels, samples))
        return CounterAnswer(query, series)

    def evaluate(
        self, expression: str, start_minute: int, end_minute: int
    ) -> Sequence[tuple[Mapping[str, str], Mapping[int, float]]]:
        """See MetricSource.evaluate; a stretch of more than a week is asked for in parts."""
        series: dict[tuple[tuple[str, str], ...], tuple[Mapping[str, str], dict[int, float]]] = {}
        for start in range(start_minute, end_minute, _POINTS_PER_QUERY):
            end = min(end_minute, start + _POINTS_PER_QUERY)
            data = self.api.query_range(expression, (start + 1) * 60, end * 60, 60)
            for labels, samples in matrix(data, self.api.shown_address):
                _, values = series.setdefault(tuple(sorted(labels.items())), (labels, {}))
                for timestamp, value in samples:
                    values[round(self._number(timestamp) / 60) - 1] = self._number(value)
        return list(series.values())

    def process_starts(self, at_seconds: float) -> Mapping[tuple[str, str], float]:
        """Of several processes behind one target the youngest counts."""
        starts: dict[tuple[str, str], float] = {}
        data = self.api.query("process_start_time_seconds", at_seconds)
        for labels, ((_, value),) in vector(data, self.api.shown_address):
            target, start = (labels.get("job", ""), labels.get("instance", "")), self._number(value)
            if math.isfinite(start):
                starts[target] = max(start, starts.get(target, start))
        return starts

    def remarks(self) -> Sequence[str]:
        """None: what is wrong with an answer refuses it whole."""
        return ()

    def close(self) -> None:
        self.api.close()

    def _number(self, value: float | str) -> float:
        try:
            return float(value)
        except (TypeError, ValueError) as wrong:
            raise SourceMisanswered(
                f"it answers {clipped(repr(value), 60)} where a number belongs",
                where=self.api.shown_address,
                remedy="check that the address is that of a Prometheus API",
            ) from wrong
