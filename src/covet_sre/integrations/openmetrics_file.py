"""A metric source that is a file: OpenMetrics or Prometheus text whose samples carry timestamps."""

import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import isfinite
from pathlib import Path

from covet_sre.errors import Finding, InvalidFiles, Level, Location, SourceMisanswered
from covet_sre.integrations.scrape.exposition import NotAnExposition, parse_sample, timed_value
from covet_sre.ports import CounterAnswer, CounterQuery
from covet_sre.slo.counting import SeriesSamples
from covet_sre.slo.indicator import Selector

_END = "# EOF"
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_TELL_EVERY_LINES = 20_000
_LONGEST_LINE = 1 << 20
_STALE_SECONDS = 300.0


class OpenMetricsFile:
    """Implements MetricSource over what a file holds of some metrics. There is no PromQL in a file.

    With `# EOF` at its end it is OpenMetrics, whose timestamps are seconds; without, the older text format, whose
    timestamps are milliseconds. `progress` hears how many bytes of how many are read. Raises InvalidFiles with the
    line where it is no exposition, or where a sample has no timestamp.
    """

    def __init__(
        self, path: Path, metrics: Iterable[str], progress: Callable[[int, int], None] = lambda _done, _all: None
    ) -> None:
        self._path = path
        self._series: dict[str, _Series] = {}
        self._by_metric: dict[str, list[_Series]] = {}
        self._wanted = frozenset(metrics)
        try:
            self._read(progress)
        except OSError as error:
            raise self._refusal(0, f"cannot be read: {error.strerror or error}", "check the path") from error
        except UnicodeDecodeError as error:
            raise self._refusal(0, "is no UTF-8 text", "save the file as UTF-8") from error

    def span_seconds(self) -> tuple[float, float] | None:
        """The first and the last timestamp of the wanted metrics; None without any."""
        all_series = list(self._series.values())
        if not all_series:
            return None
        return min(one.timestamps[0] for one in all_series), max(one.timestamps[-1] for one in all_series)

    def read(self, query: CounterQuery, start_seconds: float, end_seconds: float) -> CounterAnswer:
        selector = Selector(query.metric, query.matchers)
        try:
            chosen = [one for one in self._by_metric.get(query.metric, ()) if selector.accepts(one.labels)]
        except re.error as wrong:
            raise SourceMisanswered(
                f"it refuses the query: {wrong}", where=str(self._path), remedy="mend the regular expression"
            ) from wrong
        found = [SeriesSamples(one.labels, one.between(start_seconds, end_seconds)) for one in chosen]
        return CounterAnswer(query, [one for one in found if one.samples])

    def evaluate(
        self,
        expression: str,
        start_minute: int,  # noqa: ARG002 -- the port's signature
        end_minute: int,  # noqa: ARG002 -- the port's signature
    ) -> Sequence[tuple[Mapping[str, str], Mapping[int, float]]]:
        raise SourceMisanswered(
            f"a file answers no PromQL, and this needs it: {expression}",
            where=str(self._path),
            remedy="use plain counter selectors, or a Prometheus",
        )

    def process_starts(self, at_seconds: float) -> Mapping[tuple[str, str], float]:
        starts: dict[tuple[str, str], float] = {}
        for one in self._by_metric.get("process_start_time_seconds", ()):
            if inside := one.between(at_seconds - _STALE_SECONDS, at_seconds):
                target = (one.labels.get("job", ""), one.labels.get("instance", ""))
                starts[target] = max(inside[-1][1], starts.get(target, inside[-1][1]))
        return starts

    def remarks(self) -> Sequence[str]:
        return ()

    def close(self) -> None:
        """Nothing is open."""

    def _read(self, progress: Callable[[int, int], None]) -> None:
        size, number, last, first_text = self._path.stat().st_size, 0, "", True
        with self._path.open("rb") as file:
            for raw in iter(lambda: file.readline(_LONGEST_LINE), b""):
                number += 1
                line = raw.decode("utf-8").strip(" \t\r\n")
                if number % _TELL_EVERY_LINES == 0:
                    progress(file.tell(), size)
                if last == _END and line:
                    raise self._refusal(number, "goes on after # EOF", "give one exposition, not several in a row")
                if line:
                    last = line
                    if not line.startswith("#"):
                        self._take(line, number, is_first=first_text)
                        first_text = False
        if not number or first_text:
            raise self._refusal(0, "holds no samples", "name a file with OpenMetrics text")
        factor = 1.0 if last == _END else 1e-3
        for one in self._series.values():
            one.finish(factor)
        progress(size, size)

    def _take(self, line: str, number: int, *, is_first: bool) -> None:
        # One line is read whatever it is: a file that is no exposition at all must not pass for an empty one.
        name = _NAME.match(line)
        if not is_first and (name is None or name[0] not in self._wanted):
            return
        try:
            text, value, timestamp = timed_value(line)
            series = self._series.get(text)
            sample = parse_sample(line) if series is None else None
        except NotAnExposition as wrong:
            problem = str(wrong).removeprefix("it exposes ")
            raise self._refusal(number, f"has {problem}", "give OpenMetrics or Prometheus text") from wrong
        if name is None or name[0] not in self._wanted:
            return
        if timestamp is None or not isfinite(timestamp):
            remedy = "export it with timestamps, for example with a recent promtool: promtool tsdb dump-openmetrics"
            raise self._refusal(number, "has a sample without a timestamp", remedy)
        if series is None:
            assert sample is not None
            series = self._series[text] = _Series({"__name__": sample.name, **sample.labels})
            self._by_metric.setdefault(sample.name, []).append(series)
        series.timestamps.append(timestamp)
        series.values.append(value)

    def _refusal(self, line: int, problem: str, remedy: str) -> InvalidFiles:
        location = Location(str(self._path), line, 1 if line else 0)
        return InvalidFiles((Finding(Level.ERROR, "metrics-file", location, "", problem, remedy),))


class _Series:
    """Samples of one series, oldest first once it is finished."""

    __slots__ = ("labels", "timestamps", "values")

    def __init__(self, labels: Mapping[str, str]) -> None:
        self.labels = labels
        self.timestamps, self.values = array("d"), array("d")

    def finish(self, factor: float) -> None:
        """Turn timestamps into seconds, to the millisecond, and bring the samples into order."""
        moments = [round(timestamp * factor, 3) for timestamp in self.timestamps]
        order = sorted(range(len(moments)), key=moments.__getitem__)
        self.timestamps = array("d", [moments[place] for place in order])
        self.values = array("d", [self.values[place] for place in order])

    def between(self, start_seconds: float, end_seconds: float) -> list[tuple[float, float]]:
        """Samples with start < timestamp <= end."""
        first, last = bisect_right(self.timestamps, start_seconds), bisect_right(self.timestamps, end_seconds)
        return list(zip(self.timestamps[first:last], self.values[first:last], strict=True))
