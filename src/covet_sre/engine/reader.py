"""Reading the counters of one source: which samples to ask for, and counting them against the watermarks."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.engine.plan import Plan, ReadGroup
from covet_sre.errors import SourceError
from covet_sre.ports import MetricSource
from covet_sre.slo.counting import (
    Circumstances,
    Counted,
    SeriesCounts,
    SeriesSamples,
    Target,
    Watermarks,
    count,
    estimate_interval,
    has_stranger,
)
from covet_sre.slo.matching import Part, Role

OVERLAP_SECONDS = 120.0
"""Each reading looks this far behind the last one: slow scrapes appear late."""

FIRST_LOOK_SECONDS = 180.0

HISTORY_LEAD_SECONDS = 900.0
"""How far before a stretch of history its readings begin, so that differences across the edge are seen."""

DEFAULT_INTERVAL_SECONDS = 60.0

# After a longer pause the history is filled in newest first, instead of being read before the present.
CATCH_UP_SECONDS = 6 * 3600.0

FORGOTTEN_SECONDS = 48 * 3600.0


Placed = tuple[SeriesCounts, tuple[Role, ...]]
"""The events of a series, and what it is to the streams."""


@dataclass(slots=True)
class SourceReading:
    """What one source gave in one tick. `failed` maps the groups that gave nothing to the reason."""

    counted: list[Placed] = field(default_factory=list[Placed])
    failed: dict[ReadGroup, SourceError] = field(default_factory=dict[ReadGroup, SourceError])
    newest_seconds: float | None = None
    resets: int = 0
    switches: int = 0
    quarantined: int = 0


class SourceReader:
    """The counters of one source. `marks` move as samples are counted: reload them when a commit fails."""

    def __init__(self, declared: DataSource, source: MetricSource, plan: Plan, marks: Watermarks) -> None:
        self.declared = declared
        self.source = source
        self.marks = marks
        self.matched: set[tuple[int, Part]] = set()
        self.groups = [group for group in plan.groups if group.source == declared.name]
        self._index = plan.index
        self._roles: dict[str, tuple[Role, ...]] = {}
        self._interval_seconds = declared.interval_seconds or DEFAULT_INTERVAL_SECONDS
        self._until = self._resume()

    @property
    def interval_seconds(self) -> float:
        """The scrape interval: declared, or the median spacing of the samples that were seen last."""
        return self._interval_seconds

    def oldest_wish(self, end_seconds: float) -> float:
        """From when on samples are still wanted, in seconds since the epoch."""
        return min((self._until.get(group, end_seconds) for group in self.groups), default=end_seconds)

    def read(self, end_seconds: float) -> SourceReading:
        """Count everything up to `end_seconds`. Groups that fail keep their place and are read again next time."""
        reading = SourceReading()
        answers: dict[ReadGroup, list[SeriesSamples]] = {}
        for group in self.groups:
            try:
                answers[group] = self._ask(group, end_seconds)
            except SourceError as error:
                reading.failed[group] = error
        everything = [series for answer in answers.values() for series in answer]
        if self.declared.interval_seconds is None:
            self._interval_seconds = estimate_interval(everything, self._interval_seconds)
        starts = self._process_starts(everything, end_seconds)
        for group, series in answers.items():
            circumstances = Circumstances(
                self._interval_seconds, self._until.get(group), starts, self.declared.replica_labels
            )
            outcome = count(series, self.marks, circumstances, everything)
            self._take(outcome, reading)
            self._until[group] = end_seconds
        reading.newest_seconds = max((s.samples[-1][0] for s in everything if s.samples), default=None)
        return reading

    def history(self, start_seconds: float, end_seconds: float) -> list[Placed]:
        """Events of start < t <= end from the source's own history, without watermarks. Raises SourceError."""
        lead = max(HISTORY_LEAD_SECONDS, 10 * self._interval_seconds)
        everything: list[SeriesSamples] = []
        for group in self.groups:
            for query in group.queries:
                everything += self.source.read(query, start_seconds - lead, end_seconds).series
        circumstances = Circumstances(self._interval_seconds, replica_labels=self.declared.replica_labels)
        outcome = count(everything, Watermarks(), circumstances)
        first = int(start_seconds // 60)
        for counts in outcome.series:
            counts.minutes = {minute: events for minute, events in counts.minutes.items() if minute >= first}
            counts.covered = [(max(low, first), high) for low, high in counts.covered if high >= first]
            counts.gaps = [gap for gap in counts.gaps if gap[1] > first]
        return self._placed(outcome)

    def _ask(self, group: ReadGroup, end_seconds: float) -> list[SeriesSamples]:
        overlap = max(OVERLAP_SECONDS, 2 * self._interval_seconds)
        until = self._until.get(group)
        start = end_seconds - FIRST_LOOK_SECONDS if until is None else until - overlap
        return [series for query in group.queries for series in self.source.read(query, start, end_seconds).series]

    def _process_starts(self, series: Iterable[SeriesSamples], end_seconds: float) -> Mapping[Target, float]:
        if not has_stranger(series, self.marks, self.declared.replica_labels):
            return {}
        try:
            return self.source.process_starts(end_seconds)
        except SourceError:
            # Without start times a new series of a new target begins with its first sample.
            return {}

    def _take(self, outcome: Counted, reading: SourceReading) -> None:
        reading.counted += self._placed(outcome)
        reading.resets += outcome.resets
        reading.switches += outcome.switches
        reading.quarantined += outcome.quarantined

    def _placed(self, outcome: Counted) -> list[Placed]:
        known = self._roles
        return [
            (counts, known[counts.key] if counts.key in known else self._learn(counts.key, counts.labels))
            for counts in outcome.series
        ]

    def _learn(self, key: str, labels: Mapping[str, str]) -> tuple[Role, ...]:
        roles = self._roles[key] = self._index.roles(labels)
        self.matched.update((role.stream, role.part) for role in roles)
        return roles

    def _resume(self) -> dict[ReadGroup, float]:
        """Where each group was read up to, from the watermarks; they also tell which selectors ever matched."""
        newest: dict[str, float] = {}
        for key, timestamp in zip(self.marks.keys, self.marks.timestamps, strict=True):
            labels: dict[str, str] = json.loads(key)
            metric = labels.get("__name__", "")
            newest[metric] = max(newest.get(metric, 0.0), timestamp)
            self._learn(key, labels)
        places = {
            group: [newest[query.metric] for query in group.queries if query.metric in newest] for group in self.groups
        }
        return {group: min(moments) for group, moments in places.items() if moments}


def recent_marks(declared: DataSource, marks: Watermarks, end_seconds: float) -> Watermarks:
    """The watermarks that are worth going on from.

    Series unseen for two days are forgotten, and so are marks of the future: a clock was set back. After a long pause
    all are, where the source can tell later what happened meanwhile: the present comes first.
    """
    newest = min(max(marks.timestamps, default=end_seconds), end_seconds)
    can_tell_later = declared.kind is SourceKind.PROMETHEUS
    if can_tell_later and end_seconds - newest > CATCH_UP_SECONDS:
        return Watermarks()
    kept = Watermarks()
    for key, timestamp, value in zip(marks.keys, marks.timestamps, marks.values, strict=True):
        if newest - FORGOTTEN_SECONDS <= timestamp <= end_seconds + OVERLAP_SECONDS:
            kept.put(key, timestamp, value)
    return kept
