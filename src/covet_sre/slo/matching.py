"""Which series belong to which streams: one query serves many SLOs, and the series are told apart here."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from covet_sre.slo.indicator import CounterRatio, MatchOp, Selector
from covet_sre.slo.stream import Stream


class Part(Enum):
    TOTAL = "total"
    GOOD = "good"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Role:
    """What a series is to a stream."""

    stream: int
    part: Part


def selectors_of(indicator: CounterRatio) -> tuple[tuple[Part, Selector], ...]:
    """The two selectors of an exact indicator with their parts."""
    if indicator.good is not None:
        return (Part.TOTAL, indicator.total), (Part.GOOD, indicator.good)
    assert indicator.bad is not None
    return (Part.TOTAL, indicator.total), (Part.BAD, indicator.bad)


class SeriesIndex:
    """Roles of a series by its labels. Candidates are found by the equality matcher that tells selectors apart best."""

    def __init__(self, streams: Iterable[tuple[int, Stream]]) -> None:
        by_metric: dict[str, list[tuple[Selector, Role]]] = defaultdict(list)
        for number, stream in streams:
            if isinstance(stream.indicator, CounterRatio):
                for part, selector in selectors_of(stream.indicator):
                    by_metric[selector.metric].append((selector, Role(number, part)))
        self._metrics = {metric: _Candidates(entries) for metric, entries in by_metric.items()}

    def roles(self, labels: Mapping[str, str]) -> tuple[Role, ...]:
        """Every role that the series has; empty when no stream selects it."""
        candidates = self._metrics.get(labels.get("__name__", ""))
        if candidates is None:
            return ()
        return tuple(role for selector, role in candidates.of(labels) if selector.accepts(labels))


class _Candidates:
    def __init__(self, entries: list[tuple[Selector, Role]]) -> None:
        distinct: dict[str, set[str]] = defaultdict(set)
        uses: Counter[str] = Counter()
        for selector, _ in entries:
            for matcher in selector.matchers:
                if matcher.op is MatchOp.EQUAL and matcher.value:
                    distinct[matcher.label].add(matcher.value)
                    uses[matcher.label] += 1
        self._label = max(distinct, key=lambda label: (len(distinct[label]), uses[label]), default=None)
        self._by_value: dict[str, list[tuple[Selector, Role]]] = defaultdict(list)
        self._rest: list[tuple[Selector, Role]] = []
        for selector, role in entries:
            value = next(
                (m.value for m in selector.matchers if m.label == self._label and m.op is MatchOp.EQUAL and m.value),
                None,
            )
            (self._rest if value is None else self._by_value[value]).append((selector, role))

    def of(self, labels: Mapping[str, str]) -> list[tuple[Selector, Role]]:
        if self._label is None:
            return self._rest
        return self._by_value.get(labels.get(self._label, ""), []) + self._rest
