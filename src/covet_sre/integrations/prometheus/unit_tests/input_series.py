"""Counter series from which an objective's indicators count just the good and bad events that a test plans."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from covet_sre.integrations.prometheus.quoting import spelled
from covet_sre.integrations.prometheus.unit_tests.example_text import accepted_text
from covet_sre.slo.indicator import CounterRatio, Matcher, MatchOp, Selector


class Counts(Enum):
    """Which events a series counts."""

    GOOD = (True, False)
    BAD = (False, True)
    ALL = (True, True)

    def of(self, good: int, bad: int) -> int:
        """How many of so many good and bad ones."""
        counts_good, counts_bad = self.value
        return good * counts_good + bad * counts_bad


@dataclass(frozen=True, slots=True)
class InputSeries:
    """One series, and what it counts. `is_bad_part`: an indicator selects it as its bad events."""

    metric: str
    labels: tuple[tuple[str, str], ...]
    counts: Counts
    is_bad_part: bool = False

    @property
    def text(self) -> str:
        """As PromQL writes it."""
        return spelled(self.metric, [Matcher(name, MatchOp.EQUAL, value) for name, value in self.labels])


def series_for(indicators: Sequence[CounterRatio]) -> list[InputSeries] | None:
    """Series for all of them at once; None when no label values could be found, or they would count one for another."""
    found: dict[str, InputSeries] = {}
    for indicator in indicators:
        own = _of(indicator)
        if own is None:
            return None
        for series in own:
            found.setdefault(series.text, series)
    everything = list(found.values())
    return everything if all(_is_counted_right(indicator, everything) for indicator in indicators) else None


def _of(ratio: CounterRatio) -> list[InputSeries] | None:
    part_counts = Counts.BAD if ratio.bad is not None else Counts.GOOD
    is_bad = ratio.bad is not None
    if ratio.part.metric != ratio.total.metric:
        total, part = _labels(ratio.total.matchers), _labels(ratio.part.matchers)
        if total is None or part is None:
            return None
        return [
            InputSeries(ratio.total.metric, total, Counts.ALL),
            InputSeries(ratio.part.metric, part, part_counts, is_bad),
        ]
    inside = _labels((*ratio.total.matchers, *ratio.part.matchers))
    outside = _outside(ratio.total, ratio.part)
    if inside is None or outside is None:
        return None
    rest = Counts.GOOD if is_bad else Counts.BAD
    return [
        InputSeries(ratio.part.metric, inside, part_counts, is_bad),
        InputSeries(ratio.total.metric, outside, rest),
    ]


def _outside(total: Selector, part: Selector) -> tuple[tuple[str, str], ...] | None:
    """Labels that the total selects and the part does not."""
    for matcher in part.matchers:
        if matcher not in total.matchers:
            labels = _labels(total.matchers, refused_by=matcher)
            if labels is not None:
                return labels
    return None


def _labels(matchers: Iterable[Matcher], refused_by: Matcher | None = None) -> tuple[tuple[str, str], ...] | None:
    by_label: dict[str, list[Matcher]] = {}
    for matcher in (*matchers, *([refused_by] if refused_by else [])):
        wanted = by_label.setdefault(matcher.label, [])
        if matcher is not refused_by:
            wanted.append(matcher)
    found: list[tuple[str, str]] = []
    for label, wanted in sorted(by_label.items()):
        value = accepted_text(wanted, refused_by if refused_by and refused_by.label == label else None)
        if value is None:
            return None
        if value:  # A label without a value is no label.
            found.append((label, value))
    return tuple(found)


def _is_counted_right(ratio: CounterRatio, series: Sequence[InputSeries]) -> bool:
    """Whether its selectors, over all the series together, count each planned event once and as what it is."""
    total, part = _counted(ratio.total, series), _counted(ratio.part, series)
    return total == (1, 1) and part == ((0, 1) if ratio.bad is not None else (1, 0))


def _counted(selector: Selector, series: Sequence[InputSeries]) -> tuple[int, int]:
    """How often a selector counts a good event, and a bad one."""
    selected = [one for one in series if one.metric == selector.metric and selector.accepts(dict(one.labels))]
    return sum(one.counts.of(1, 0) for one in selected), sum(one.counts.of(0, 1) for one in selected)
