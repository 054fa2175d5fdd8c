"""The last minutes of raw samples of one target."""

import math
import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from covet_sre.integrations.scrape.exposition import NotAnExposition, parse_sample, parse_value
from covet_sre.slo.counting import SeriesSamples

_TRIM_EVERY_SECONDS = 60.0
# A target may change all its labels this often within the time that is kept; then it is refused until they are gone.
_GENERATIONS = 3


@dataclass(slots=True)
class _Series:
    labels: Mapping[str, str]
    timestamps: "array[float]" = field(default_factory=lambda: array("d"))
    values: "array[float]" = field(default_factory=lambda: array("d"))


class KeptSamples:
    """Samples of the last `kept_seconds`, 16 bytes each. One thread may add while another reads.

    `target_labels` are given to every series, as Prometheus gives `job` and `instance`: a label of the same name
    that the target exposes becomes `exported_...`.
    """

    def __init__(self, target_labels: Mapping[str, str], *, kept_seconds: float, series_limit: int) -> None:
        self._target_labels = dict(target_labels)
        self._kept_seconds, self._series_limit = kept_seconds, series_limit
        self._by_text: dict[str, _Series] = {}
        self._by_metric: dict[str, dict[tuple[tuple[str, str], ...], _Series]] = {}
        self._scrapes = array("d")
        self._trimmed = -math.inf
        self._lock = threading.Lock()

    def add(self, timestamp: float, lines: Sequence[str]) -> tuple[int, list[str]]:
        """Keep one scrape's samples, all or, when one cannot be read, none. Returns (series, remarks for people).

        A scrape that is not later than the last one means that the clock was set back: what was later is forgotten.
        Raises NotAnExposition.
        """
        with self._lock:
            if len(lines) > self._series_limit:
                raise NotAnExposition(
                    f"it exposes more than {self._series_limit} series of the metrics that are wanted"
                )
            self._trim(timestamp, len(lines))
            found = self._parsed(lines)
            if self._scrapes and timestamp <= self._scrapes[-1]:
                self._forget_from(timestamp)
            self._scrapes.append(timestamp)
            return len(found), self._keep(timestamp, found)

    def between(
        self, metric: str, accepts: Callable[[Mapping[str, str]], bool], start_seconds: float, end_seconds: float
    ) -> list[SeriesSamples]:
        """Samples with start < timestamp <= end of the metric's series that are accepted."""
        answer: list[SeriesSamples] = []
        with self._lock:
            for series in self._by_metric.get(metric, {}).values():
                first = bisect_right(series.timestamps, start_seconds)
                last = bisect_right(series.timestamps, end_seconds)
                if first < last and accepts(series.labels):
                    samples = list(zip(series.timestamps[first:last], series.values[first:last], strict=True))
                    answer.append(SeriesSamples(series.labels, samples))
        return answer

    def scraped_between(self, start_seconds: float, end_seconds: float) -> bool:
        """Whether a scrape with start < timestamp <= end was kept."""
        with self._lock:
            return bisect_right(self._scrapes, start_seconds) < bisect_right(self._scrapes, end_seconds)

    def _parsed(self, lines: Sequence[str]) -> list[tuple[_Series, float]]:
        known = self._by_text
        found: list[tuple[_Series, float]] = []
        for line in lines:
            # Text that is known to be a series can only be followed by its value: labels are parsed once.
            text, _, value = line.rpartition(" ")
            series = known.get(text)
            if series is not None:
                found.append((series, parse_value(value)))
            else:
                sample = parse_sample(line)
                series = known.get(sample.series)
                if series is None:
                    series = known[sample.series] = self._series(sample.name, sample.labels)
                found.append((series, sample.value))
        return found

    def _keep(self, timestamp: float, found: list[tuple[_Series, float]]) -> list[str]:
        remarks: list[str] = []
        for series, value in found:
            if not 0 <= value < math.inf:
                remarks.append(f"{_shown(series.labels)} is {value:g}, which no counter can be; it is not counted")
            if series.timestamps and series.timestamps[-1] == timestamp:
                if series.values[-1] != value:
                    # Which of the two is right cannot be known. NaN is quarantined by whoever counts.
                    series.values[-1] = math.nan
                    remarks.append(f"{_shown(series.labels)} is exposed twice with different values; it is not counted")
                continue
            series.timestamps.append(timestamp)
            series.values.append(value)
        return remarks

    def _series(self, name: str, exposed: Mapping[str, str]) -> _Series:
        """The series with these labels, however the target spelt or ordered them."""
        labels = {"__name__": name, **self._target_labels}
        labels.update((label, value) for label, value in exposed.items() if label not in self._target_labels)
        for label in sorted(self._target_labels.keys() & exposed.keys(), key=len):
            renamed = f"exported_{label}"
            while renamed in labels or renamed in exposed:
                renamed = f"exported_{renamed}"
            labels[renamed] = exposed[label]
        return self._by_metric.setdefault(name, {}).setdefault(tuple(sorted(labels.items())), _Series(labels))

    def _trim(self, now: float, arriving: int) -> None:
        crowded = len(self._by_text) + arriving > _GENERATIONS * self._series_limit
        if abs(now - self._trimmed) < _TRIM_EVERY_SECONDS and not crowded:
            return
        self._trimmed = now
        horizon = now - self._kept_seconds
        for series in self._by_text.values():
            del series.timestamps[: (gone := bisect_right(series.timestamps, horizon))]
            del series.values[:gone]
        del self._scrapes[: bisect_right(self._scrapes, horizon)]
        self._drop_empty()
        if len(self._by_text) + arriving > _GENERATIONS * self._series_limit:
            raise NotAnExposition("its labels change so often that the last minutes hold too many series")

    def _forget_from(self, timestamp: float) -> None:
        for series in self._by_text.values():
            while series.timestamps and series.timestamps[-1] >= timestamp:
                series.timestamps.pop()
                series.values.pop()
        while self._scrapes and self._scrapes[-1] >= timestamp:
            self._scrapes.pop()

    def _drop_empty(self) -> None:
        self._by_text = {text: series for text, series in self._by_text.items() if series.timestamps}
        for metric, by_labels in list(self._by_metric.items()):
            kept = {key: series for key, series in by_labels.items() if series.timestamps}
            if kept:
                self._by_metric[metric] = kept
            else:
                del self._by_metric[metric]


def _shown(labels: Mapping[str, str]) -> str:
    inner = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if name != "__name__")
    return f"{labels['__name__']}{{{inner[:160]}{'…' if len(inner) > 160 else ''}}}"
