"""From readings to counts: differences of counter samples, with resets, births, gaps and replica switches."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import inf
from statistics import median, median_low

GRACE_INTERVALS = 3
"""Beyond this many scrape intervals a difference is a gap entry: its events are known, its minutes are not."""

SWITCH_SHARE = 1 / 8
"""A decrease of less than this share is another replica's answer, not a reset: it counts nothing."""

Target = tuple[str, str]

_SPELT = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


@dataclass(frozen=True)
class SeriesSamples:
    """Raw samples of one series, oldest first: (timestamp in seconds, value). `labels` include `__name__`.

    Values may be numbers or the strings in which the Prometheus API sends them.
    """

    labels: Mapping[str, str]
    samples: Sequence[tuple[float, float | str]]

    @cached_property
    def key(self) -> str:
        """The identity of the series, where no labels tell replicas apart."""
        return _SPELT(self.labels)

    def key_without(self, replica_labels: tuple[str, ...]) -> str:
        """The identity of the series, less the labels that only tell replicas apart."""
        return series_key(self.labels, replica_labels) if replica_labels else self.key


@dataclass(slots=True)
class Watermarks:
    """The last sample that was counted of each series of one source: parallel columns.

    `keys` only grows, so that a store writes each key once and the two numbers each time.
    """

    keys: list[str] = field(default_factory=list[str])
    timestamps: list[float] = field(default_factory=list[float])
    values: list[float] = field(default_factory=list[float])
    index: dict[str, int] = field(default_factory=dict[str, int])

    def put(self, key: str, timestamp: float, value: float) -> int:
        """Set the mark of a series; returns its row."""
        row = self.index.get(key)
        if row is None:
            row = self.index[key] = len(self.keys)
            self.keys.append(key)
            self.timestamps.append(timestamp)
            self.values.append(value)
        else:
            self.timestamps[row] = timestamp
            self.values[row] = value
        return row


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What must be known beside the samples to tell a birth from a late acquaintance.

    `process_starts` are start times of targets in seconds since the epoch; all that a process counted is new when it
    began after `new_after_seconds` and its target was not seen before. Series that differ only in `replica_labels`
    are one series. `watched_from_seconds`: what these series exposed since then was all read; a target that was seen
    earlier says nothing about them. `rhythms` remembers the scrape interval of targets that are scraped less often
    than most.
    """

    interval_seconds: float
    new_after_seconds: float = inf
    process_starts: Mapping[Target, float] = field(default_factory=dict[Target, float])
    replica_labels: tuple[str, ...] = ()
    watched_from_seconds: float = -inf
    rhythms: dict[Target, float] = field(default_factory=dict[Target, float])

    @property
    def grace_seconds(self) -> float:
        return GRACE_INTERVALS * self.interval_seconds


@dataclass(slots=True)
class SeriesCounts:
    """Events of one series: by minute, and in gaps (start minute, end minute exclusive, events).

    `covered` are inclusive ranges of minutes that were watched, with or without events.
    """

    key: str
    labels: Mapping[str, str]
    minutes: dict[int, int] = field(default_factory=dict[int, int])
    covered: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    gaps: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])


@dataclass(slots=True)
class Counted:
    """The outcome of one reading. The tallies are for people: how often which rule was used."""

    series: list[SeriesCounts] = field(default_factory=list[SeriesCounts])
    resets: int = 0
    switches: int = 0
    births: int = 0
    quarantined: int = 0


def series_key(labels: Mapping[str, str], replica_labels: tuple[str, ...] = ()) -> str:
    """The identity of a series: its labels, without those that only tell replicas apart."""
    if replica_labels:
        labels = {name: value for name, value in labels.items() if name not in replica_labels}
    return _SPELT(labels)


def target_of(labels: Mapping[str, str]) -> Target:
    """The scraped target that a series comes from."""
    return labels.get("job", ""), labels.get("instance", "")


def estimate_interval(series: Iterable[SeriesSamples], fallback_seconds: float, most: int = 50) -> float:
    """The median spacing of samples, over up to `most` series; the fallback where none has two."""
    spacings: list[float] = []
    for number, one in enumerate(series):
        if number >= most:
            break
        spacings += [later[0] - earlier[0] for earlier, later in zip(one.samples, one.samples[1:], strict=False)]
    return max(median(spacings), 1.0) if spacings else fallback_seconds


def strange_targets(
    series: Iterable[SeriesSamples], marks: Watermarks, replica_labels: tuple[str, ...] = ()
) -> set[Target]:
    """Targets of which some series has no watermark yet: it is worth asking when they were seen and when they began."""
    known = marks.index
    return {target_of(one.labels) for one in series if one.samples and one.key_without(replica_labels) not in known}


def count(
    series: Sequence[SeriesSamples],
    marks: Watermarks,
    circumstances: Circumstances,
    whole_reading: Sequence[SeriesSamples] = (),
) -> Counted:
    """Events since the watermarks, which move to the last sample that was counted.

    A difference belongs to the minute of its later sample. Reading the same samples again counts nothing.
    `whole_reading` holds these and more series of the same targets: they tell when a target was read.
    """
    outcome = Counted()
    sightings = _Sightings(whole_reading or series, marks, circumstances)
    for key, one, first in _one_replica_each(series, circumstances.replica_labels):
        row = marks.index.get(key)
        if row is None:
            start = _origin(one, first, sightings, circumstances)
            if start is None:
                continue
            outcome.births += start.is_birth
            samples = one.samples if start.is_birth else one.samples[start.skip :]
            walk = _Walk(start.timestamp, start.value, sightings, one.labels)
        else:
            samples = one.samples
            timestamp = marks.timestamps[row]
            if samples and samples[-1][0] <= timestamp:
                continue
            walk = _Walk(timestamp, marks.values[row], sightings, one.labels)
        counts = SeriesCounts(key, one.labels)
        walk.over(samples, counts)
        outcome.resets += walk.resets
        outcome.switches += walk.switches
        outcome.quarantined += walk.quarantined
        marks.put(key, walk.timestamp, walk.value)
        outcome.series.append(counts)
    return outcome


def _one_replica_each(
    series: Sequence[SeriesSamples], replica_labels: tuple[str, ...]
) -> Iterable[tuple[str, SeriesSamples, float]]:
    """Of several replicas of a series the one that was scraped last; and when any of them showed it first."""
    if not replica_labels:
        return [(one.key, one, one.samples[0][0]) for one in series if one.samples]
    chosen: dict[str, tuple[str, SeriesSamples, float]] = {}
    for one in series:
        if one.samples:
            key, first = one.key_without(replica_labels), one.samples[0][0]
            if (other := chosen.get(key)) is not None:
                first = min(first, other[2])
                one = one if one.samples[-1][0] > other[1].samples[-1][0] else other[1]
            chosen[key] = key, one, first
    return chosen.values()


class _Sightings:
    """When each target was seen: collected only if somebody asks."""

    def __init__(self, series: Sequence[SeriesSamples], marks: Watermarks, circumstances: Circumstances) -> None:
        # Marks move while series are counted; what matters here is where they stood before.
        self._series, self._keys, self._timestamps = series, marks.keys, list(marks.timestamps)
        self._circumstances = circumstances
        self._times: dict[Target, list[float]] | None = None
        self._marked: dict[Target, float] | None = None
        self._graces: dict[Target, float] = {}
        self.grace_seconds = circumstances.grace_seconds

    def before(self, target: Target, timestamp: float) -> float | None:
        """The last time before `timestamp` at which the target was read in this reading."""
        moments = self._moments(target)
        position = bisect_left(moments, timestamp)
        return moments[position - 1] if position else None

    def watched_before(self, target: Target, timestamp: float) -> float | None:
        """The last time before `timestamp` at which a series of the target would have been noticed."""
        seen = self.before(target, timestamp)
        if seen is None:
            marked = self._last_marks().get(target)
            seen = marked if marked is not None and marked < timestamp else None
        return seen if seen is not None and seen > self._circumstances.watched_from_seconds else None

    def grace_of(self, target: Target) -> float:
        """How long a target may be silent before that is a gap: by its own rhythm where it is slower than most."""
        grace = self._graces.get(target)
        if grace is None:
            rhythms, moments = self._circumstances.rhythms, self._moments(target)
            if len(moments) > 2:
                rhythms[target] = median_low([later - earlier for earlier, later in pairwise(moments)])
            grace = self._graces[target] = max(self.grace_seconds, GRACE_INTERVALS * rhythms.get(target, 0.0))
        return grace

    def _moments(self, target: Target) -> list[float]:
        if self._times is None:
            times: dict[Target, set[float]] = {}
            for one in self._series:
                times.setdefault(target_of(one.labels), set()).update(sample[0] for sample in one.samples)
            self._times = {name: sorted(moments) for name, moments in times.items()}
        return self._times.get(target, [])

    def _last_marks(self) -> dict[Target, float]:
        if self._marked is None:
            self._marked = {}
            for key, timestamp in zip(self._keys, self._timestamps, strict=False):
                target = target_of(json.loads(key))
                self._marked[target] = max(timestamp, self._marked.get(target, timestamp))
        return self._marked


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where counting a series without a watermark begins."""

    timestamp: float
    value: float
    is_birth: bool
    skip: int = 0


def _origin(one: SeriesSamples, first: float, sightings: _Sightings, circumstances: Circumstances) -> _Origin | None:
    """Zero for a series that was born while we were looking; its first sane sample for one that was there before."""
    target = target_of(one.labels)
    seen = sightings.watched_before(target, first)
    if seen is not None:
        return _Origin(seen, 0, is_birth=True)
    started = circumstances.process_starts.get(target)
    if started is not None and circumstances.new_after_seconds < started <= first:
        return _Origin(started, 0, is_birth=True)
    for number, (timestamp, raw) in enumerate(one.samples):
        value = _events(raw)
        if value is not None:
            return _Origin(timestamp, value, is_birth=False, skip=number + 1)
    return None


def _events(raw: float | str) -> int | None:
    """Whole events of a sample; None for what no counter can hold (NaN, infinite, negative, not a number)."""
    try:
        value = float(raw)
    except (TypeError, ValueError):
        return None
    return int(value) if 0 <= value < inf else None


class _Walk:
    """Differences along one series' samples."""

    __slots__ = ("_grace", "_labels", "_sightings", "quarantined", "resets", "switches", "timestamp", "value")

    def __init__(self, timestamp: float, value: float, sightings: _Sightings, labels: Mapping[str, str]) -> None:
        self.timestamp, self.value = timestamp, value
        self._grace, self._sightings, self._labels = sightings.grace_seconds, sightings, labels
        self.resets = self.switches = self.quarantined = 0

    def over(self, samples: Sequence[tuple[float, float | str]], counts: SeriesCounts) -> None:
        previous, high = self.timestamp, self.value
        minutes, covered, grace = counts.minutes, counts.covered, self._grace
        covered_until = None
        for timestamp, raw in samples:
            if timestamp <= previous:
                continue
            value = _events(raw)
            if value is None:
                self.quarantined += 1
                continue
            if value >= high:
                events, high = value - high, value
            elif value > high * (1 - SWITCH_SHARE):
                # The mark stays high, so that what the other replica had counted already is not counted again.
                events = 0
                self.switches += 1
            else:
                events, high = value, value
                self.resets += 1
            minute = int(timestamp // 60)
            if timestamp - previous > grace and self._unseen(previous, timestamp):
                counts.gaps.append((int(previous // 60), minute + 1, int(events)))
            else:
                minutes[minute] = minutes.get(minute, 0) + int(events)
                if minute != covered_until:
                    covered.append((min(int(previous // 60) + 1, minute), minute))
                    covered_until = minute
            previous = timestamp
        self.timestamp, self.value = previous, high

    def _unseen(self, previous: float, timestamp: float) -> bool:
        """Whether the target itself was not read shortly before: an exporter may hide an idle series."""
        target = target_of(self._labels)
        grace = self._sightings.grace_of(target)
        seen = self._sightings.before(target, timestamp)
        return timestamp - max(previous, seen or previous) > grace
