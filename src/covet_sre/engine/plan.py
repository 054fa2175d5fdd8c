"""What the declared objectives ask of the sources and of the ledger, worked out once per set of files."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from covet_sre.flows.declaration import Declaration
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import CounterRatio, Matcher, MatchOp, Selector
from covet_sre.slo.matching import Part, SeriesIndex, selectors_of
from covet_sre.slo.objective import Objective
from covet_sre.slo.stream import Occurrences, Stream, stream_of
from covet_sre.slo.verdict import Watch
from covet_sre.slo.window import RollingWindow, Window

# What the window table shows for every objective, beside the windows that its alerts and its budget ask for.
SHOWN_WINDOWS = (5, 30, 60, 120, 360, 1440, 4320)

SILENCE_MINUTES = 10
"""A source or a series that says nothing for this long is no data."""

# A matcher with more alternatives than this is left out of the query: long regular expressions cost more than series.
_MOST_ALTERNATIVES = 20

Metric = tuple[str, str]
"""A source and a metric name."""


@dataclass(frozen=True, slots=True)
class ReadGroup:
    """Queries that some stream needs together: read all or none, so that good and total never drift apart."""

    source: str
    queries: tuple[CounterQuery, ...]
    streams: frozenset[int]


@dataclass(frozen=True, slots=True)
class Plan:
    """Streams are numbered as the ledger numbers them. `windows[row]` is the window of row `row` of the sums.

    `indexes` tell by source which of its series belong to which streams. `watches_of` gives the numbers of an
    objective's watches by the objective's position.
    """

    declaration: Declaration
    numbers: dict[str, int]
    streams: dict[int, Stream]
    groups: tuple[ReadGroup, ...]
    indexes: Mapping[str, SeriesIndex]
    parts: dict[int, Part]
    breakdown: dict[int, tuple[str, ...]]
    windows: tuple[Window, ...]
    rows: Mapping[Window, int]
    watches: tuple[Watch, ...]
    watches_of: Mapping[int, tuple[int, ...]]
    stream_count: int

    def row(self, window: Window) -> int:
        """The row of a window in the sums."""
        return self.rows[window]

    def events(self, objective: Objective) -> int:
        """The number of the stream of an objective's events."""
        return self.numbers[objective.events.key]

    def budgeted(self, objective: Objective) -> int:
        """The number of the stream that an objective's budget counts."""
        return self.numbers[objective.budgeted.key]

    @property
    def derived(self) -> list[tuple[int, int, Stream]]:
        """(number, number of the events it comes from, stream) of every stream of time slices."""
        return [
            (number, self.numbers[stream_of(stream.slo, stream.indicator, Occurrences()).key], stream)
            for number, stream in self.streams.items()
            if stream.is_derived
        ]


def wanted_streams(objectives: Iterable[Objective]) -> dict[str, Stream]:
    """Every stream that the objectives and their alerts need, by key."""
    streams: dict[str, Stream] = {}
    for objective in objectives:
        for stream in (objective.events, objective.budgeted):
            streams[stream.key] = stream
        for alert in objective.alerts:
            if alert.indicator is not None:
                stream = stream_of(objective.slo, alert.indicator, Occurrences())
                streams[stream.key] = stream
    return streams


def metrics_by_source(declaration: Declaration, always: Iterable[str] = ()) -> dict[str, frozenset[str]]:
    """Names of the metrics that are read from each source, and those that are wanted `always`."""
    wanted = {one.name: set(always) for one in declaration.sources}
    for stream in wanted_streams(declaration.objectives).values():
        if isinstance(stream.indicator, CounterRatio):
            names = {selector.metric for _, selector in selectors_of(stream.indicator)}
            wanted.setdefault(stream.indicator.source, set()).update(names)
    return {name: frozenset(metrics) for name, metrics in wanted.items()}


def make_plan(declaration: Declaration, numbers: dict[str, int]) -> Plan:
    """`numbers` are the ledger's numbers of `wanted_streams`."""
    wanted = wanted_streams(declaration.objectives)
    streams = {numbers[key]: stream for key, stream in wanted.items()}
    counted = {n: s.indicator for n, s in streams.items() if isinstance(s.indicator, CounterRatio) and not s.is_derived}
    windows = _windows(declaration.objectives)
    rows = {window: row for row, window in enumerate(windows)}
    watches = tuple(_watches(declaration.objectives, numbers, rows))
    watches_of: dict[int, list[int]] = defaultdict(list)
    for number, watch in enumerate(watches):
        watches_of[watch.objective].append(number)
    return Plan(
        declaration=declaration,
        numbers=numbers,
        streams=streams,
        groups=tuple(_groups(counted)),
        indexes=_indexes(counted, streams),
        parts={number: Part.GOOD if one.good is not None else Part.BAD for number, one in counted.items()},
        breakdown=_breakdown(declaration.objectives, numbers),
        windows=windows,
        rows=rows,
        watches=watches,
        watches_of={objective: tuple(numbers) for objective, numbers in watches_of.items()},
        stream_count=max(numbers.values(), default=-1) + 1,
    )


def _indexes(counted: Mapping[int, CounterRatio], streams: Mapping[int, Stream]) -> dict[str, SeriesIndex]:
    """One per source: two clusters may well have series of the same name."""
    by_source: dict[str, list[tuple[int, Stream]]] = defaultdict(list)
    for number, indicator in counted.items():
        by_source[indicator.source].append((number, streams[number]))
    return {source: SeriesIndex(entries) for source, entries in by_source.items()}


def _breakdown(objectives: Sequence[Objective], numbers: dict[str, int]) -> dict[int, tuple[str, ...]]:
    labels: dict[int, tuple[str, ...]] = {}
    for objective in objectives:
        number = numbers[objective.events.key]
        labels[number] = tuple(dict.fromkeys((*labels.get(number, ()), *objective.breakdown)))
    return {number: names for number, names in labels.items() if names}


def _windows(objectives: Sequence[Objective]) -> tuple[Window, ...]:
    windows: dict[Window, None] = {RollingWindow(minutes): None for minutes in (*SHOWN_WINDOWS, SILENCE_MINUTES)}
    for objective in objectives:
        windows[objective.window] = windows[objective.budget_window] = None
        for alert in objective.alerts:
            windows[RollingWindow(alert.long_minutes)] = None
            if alert.short_minutes is not None:
                windows[RollingWindow(alert.short_minutes)] = None
    return tuple(windows)


def _watches(objectives: Sequence[Objective], numbers: dict[str, int], rows: Mapping[Window, int]) -> Iterable[Watch]:
    for position, objective in enumerate(objectives):
        for alert in objective.alerts:
            stream = (
                objective.budgeted
                if alert.indicator is None
                else stream_of(objective.slo, alert.indicator, Occurrences())
            )
            long_row = rows[RollingWindow(alert.long_minutes)]
            short = alert.short_minutes
            yield Watch(
                objective=position,
                alert=alert,
                stream=numbers[stream.key],
                long_row=long_row,
                short_row=long_row if short is None else rows[RollingWindow(short)],
                error_share=float(objective.error_share),
                scale=stream.scale,
            )


def _groups(indicators: Mapping[int, CounterRatio]) -> Iterable[ReadGroup]:
    """One query per metric name and source; metrics that one indicator combines are read together."""
    selectors: dict[Metric, set[Selector]] = defaultdict(set)
    together: dict[Metric, set[Metric]] = defaultdict(set)
    streams: dict[Metric, set[int]] = defaultdict(set)
    for number, indicator in indicators.items():
        for _, selector in selectors_of(indicator):
            metric = (indicator.source, selector.metric)
            selectors[metric].add(selector)
            streams[metric].add(number)
            together[metric] |= {(indicator.source, other.metric) for _, other in selectors_of(indicator)}
    seen: set[Metric] = set()
    for metric in selectors:
        if metric not in seen:
            component = sorted(_reachable(metric, together))
            seen |= set(component)
            queries = tuple(CounterQuery(one[1], common_matchers(selectors[one])) for one in component)
            yield ReadGroup(metric[0], queries, frozenset[int]().union(*(streams[one] for one in component)))


def _reachable(start: tuple[str, str], together: dict[tuple[str, str], set[tuple[str, str]]]) -> set[tuple[str, str]]:
    found, frontier = {start}, [start]
    while frontier:
        fresh = together[frontier.pop()] - found
        found |= fresh
        frontier += fresh
    return found


def common_matchers(selectors: Iterable[Selector]) -> tuple[Matcher, ...]:
    """What can be asked of the source itself: matchers that all share, and few equal values of one label (`le`)."""
    chosen = list(selectors)
    shared = set(chosen[0].matchers).intersection(*(selector.matchers for selector in chosen[1:]))
    values: dict[str, set[str]] = defaultdict(set)
    users: dict[str, set[Selector]] = defaultdict(set)
    for selector in chosen:
        for matcher in selector.matchers:
            if matcher.op is MatchOp.EQUAL and matcher not in shared:
                values[matcher.label].add(matcher.value)
                users[matcher.label].add(selector)
    for label, alternatives in values.items():
        if users[label] == set(chosen) and 1 < len(alternatives) <= _MOST_ALTERNATIVES:
            pattern = "|".join(re.escape(value) for value in sorted(alternatives))
            shared.add(Matcher(label, MatchOp.MATCHES, pattern))
    return tuple(sorted(shared, key=str))
