"""Reading the counters of one source: which samples to ask for, and counting them against the watermarks."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from covet_sre.catalog.source import DataSource, SourceKind
from covet_sre.engine.plan import Plan, ReadGroup
from covet_sre.errors import SourceError, SourceMisanswered, SourceUnreachable
from covet_sre.ports import CounterQuery, MetricSource
from covet_sre.slo.counting import (
    Circumstances,
    Counted,
    SeriesCounts,
    SeriesSamples,
    Target,
    Watermarks,
    count,
    estimate_interval,
    strange_targets,
    target_of,
)
from covet_sre.slo.indicator import Matcher, MatchOp
from covet_sre.slo.matching import Part, Role, SeriesIndex

OVERLAP_SECONDS = 120.0
"""Each reading looks this far behind the last one: slow scrapes appear late."""

PIECE_SECONDS = 3600.0

LEAD_SECONDS = 900.0
"""How far before a stretch its readings begin, so that differences across the edge, births and rhythms are seen."""

DEFAULT_INTERVAL_SECONDS = 60.0

# After a longer pause the history is filled in newest first, instead of being read before the present.
CATCH_UP_SECONDS = 6 * 3600.0

FORGOTTEN_SECONDS = 48 * 3600.0

PROCESS_START = "process_start_time_seconds"

# With more targets than this all are asked: long regular expressions cost more than series.
_MOST_INSTANCES = 20


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

    def __init__(
        self, declared: DataSource, source: MetricSource, plan: Plan, marks: Watermarks, wanted_from_seconds: float
    ) -> None:
        """What was never read before is counted from `wanted_from_seconds` on; what came before is history's."""
        self.declared = declared
        self._wanted_from = wanted_from_seconds
        self.source = source
        self.marks = marks
        self.matched: set[tuple[int, Part]] = set()
        self.groups = [group for group in plan.groups if group.source == declared.name]
        self._index = plan.indexes.get(declared.name, SeriesIndex(()))
        self._roles: dict[str, tuple[Role, ...]] = {}
        self._interval_seconds = declared.interval_seconds or DEFAULT_INTERVAL_SECONDS
        self._rhythms: dict[Target, float] = {}
        self._watched_from: dict[ReadGroup, float] = {}
        self._until = self._resume()

    @property
    def interval_seconds(self) -> float:
        """The scrape interval: declared, or the median spacing of the samples that were seen last."""
        return self._interval_seconds

    def read(self, end_seconds: float) -> SourceReading:
        """Count everything up to `end_seconds`. Groups that fail keep their place and are read again next time.

        What was missed for long is read in pieces: Prometheus refuses a query for too many samples.
        """
        reading = SourceReading()
        oldest = min((self._place(group) for group in self.groups), default=end_seconds)
        for pieces_left in range(int((end_seconds - oldest) // PIECE_SECONDS), -1, -1):
            self._read_piece(end_seconds - pieces_left * PIECE_SECONDS, reading)
        return reading

    def _place(self, group: ReadGroup) -> float:
        """Up to when a group was read; from when on it is wanted, where it never was."""
        return self._until.get(group, self._wanted_from)

    def _read_piece(self, end_seconds: float, reading: SourceReading) -> None:
        answers = self._ask_all(end_seconds, reading.failed)
        everything = [series for answer in answers.values() for series in answer]
        if self.declared.interval_seconds is None:
            self._interval_seconds = estimate_interval(everything, self._interval_seconds)
        processes = self._processes(everything, min(map(self._begin, answers), default=end_seconds), end_seconds)
        sightings = [*everything, *processes]
        starts = _starts(processes)
        for group, series in answers.items():
            place, watched_from = self._place(group), self._watched_from[group]
            # A process may have run for a while before it was found and scraped.
            new_after = max(watched_from, place - LEAD_SECONDS)
            circumstances = self._circumstances(new_after, starts, watched_from)
            outcome = count(series, self.marks, circumstances, sightings)
            if group not in self._until:
                _leave_out_before(int((place + 0.5) // 60), outcome)
            self._take(outcome, reading)
            self._until[group] = end_seconds
        newest = max((s.samples[-1][0] for s in everything if s.samples), default=None)
        reading.newest_seconds = newest if newest is not None else reading.newest_seconds

    def history(self, start_seconds: float, end_seconds: float) -> list[Placed]:
        """Events of start < t <= end from the source's own history, without watermarks. Raises SourceError."""
        begin = start_seconds - max(LEAD_SECONDS, 10 * self._interval_seconds)
        everything: list[SeriesSamples] = []
        for group in self.groups:
            for query in group.queries:
                everything += self._answer(query, begin, end_seconds)
        processes = self._processes(everything, begin, end_seconds)
        circumstances = self._circumstances(begin, _starts(processes), begin)
        outcome = count(everything, Watermarks(), circumstances, [*everything, *processes])
        _leave_out_before(int((start_seconds + 0.5) // 60), outcome)
        return self._placed(outcome)

    def _circumstances(
        self, new_after: float, process_starts: Mapping[Target, float], watched_from: float
    ) -> Circumstances:
        return Circumstances(
            self._interval_seconds, new_after, process_starts, self.declared.replica_labels, watched_from, self._rhythms
        )

    def _ask_all(
        self, end_seconds: float, failed: dict[ReadGroup, SourceError]
    ) -> dict[ReadGroup, list[SeriesSamples]]:
        answers: dict[ReadGroup, list[SeriesSamples]] = {}
        away: SourceUnreachable | None = None
        for group in self.groups:
            if group in failed or self._place(group) >= end_seconds:
                continue
            if away is not None:
                # One time-out is enough: whoever waits for each group keeps the neighbours waiting.
                failed[group] = away
                continue
            try:
                answers[group] = self._ask(group, end_seconds)
            except SourceError as error:
                failed[group] = error
                away = error if isinstance(error, SourceUnreachable) else None
        return answers

    def _ask(self, group: ReadGroup, end_seconds: float) -> list[SeriesSamples]:
        # The first reading looks further back: it shows each target's rhythm, and what was born lately.
        is_first = group not in self._watched_from
        begin = self._place(group) - LEAD_SECONDS if is_first else self._begin(group)
        series = [one for query in group.queries for one in self._answer(query, begin, end_seconds)]
        self._watched_from.setdefault(group, begin)
        return series

    def _begin(self, group: ReadGroup) -> float:
        """From when on a group is read that was read before."""
        until = self._until.get(group)
        return self._watched_from[group] if until is None else until - max(OVERLAP_SECONDS, 2 * self._interval_seconds)

    def _answer(self, query: CounterQuery, start_seconds: float, end_seconds: float) -> Sequence[SeriesSamples]:
        answer = self.source.read(query, start_seconds, end_seconds)
        if answer.warnings:
            raise SourceMisanswered(
                f"its answer may be partial, so nothing of it was counted: {'; '.join(answer.warnings)}",
                where=", ".join(self.declared.addresses),
                remedy="look at the stores behind it; it is asked again at the next reading",
            )
        return answer.series

    def _processes(self, series: Sequence[SeriesSamples], begin: float, end_seconds: float) -> Sequence[SeriesSamples]:
        """Start times that the targets of unknown series showed: they also tell when such a target was read."""
        strange = strange_targets(series, self.marks, self.declared.replica_labels)
        if not strange:
            return ()
        matchers: tuple[Matcher, ...] = ()
        if len(strange) <= _MOST_INSTANCES:
            instances = "|".join(sorted(re.escape(instance) for _, instance in strange))
            matchers = (Matcher("instance", MatchOp.MATCHES, instances),)
        try:
            return self._answer(CounterQuery(PROCESS_START, matchers), begin, end_seconds)
        except SourceError:
            # Without start times a new series of a new target begins with its first sample.
            return ()

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


def _starts(processes: Iterable[SeriesSamples]) -> dict[Target, float]:
    """When each target began, as it said when it was first seen; of several processes the youngest."""
    starts: dict[Target, float] = {}
    for one in processes:
        try:
            started = float(one.samples[0][1])
        except (IndexError, ValueError):
            continue
        target = target_of(one.labels)
        starts[target] = max(started, starts.get(target, started))
    return starts


def _leave_out_before(first_minute: int, outcome: Counted) -> None:
    """Drop what was read only to see what came before it."""
    for counts in outcome.series:
        counts.minutes = {minute: events for minute, events in counts.minutes.items() if minute >= first_minute}
        counts.covered = [(max(low, first_minute), high) for low, high in counts.covered if high >= first_minute]
        counts.gaps = [gap for gap in counts.gaps if gap[1] > first_minute]


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
