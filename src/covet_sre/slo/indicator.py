"""Indicators: how good and bad events are told from metrics."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from covet_sre.slo.literals import is_bare_name, string_literal


class MatchOp(StrEnum):
    EQUAL = "="
    NOT_EQUAL = "!="
    MATCHES = "=~"
    NOT_MATCHES = "!~"


@lru_cache(maxsize=4096)
def _anchored(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


@dataclass(frozen=True, slots=True)
class Matcher:
    """One label matcher of PromQL. A label that a series lacks is the empty string."""

    label: str
    op: MatchOp
    value: str

    def accepts(self, value: str) -> bool:
        match self.op:
            case MatchOp.EQUAL:
                return value == self.value
            case MatchOp.NOT_EQUAL:
                return value != self.value
            case MatchOp.MATCHES:
                return _anchored(self.value).fullmatch(value) is not None
            case MatchOp.NOT_MATCHES:
                return _anchored(self.value).fullmatch(value) is None

    def __str__(self) -> str:
        return f"{self.label}{self.op.value}{string_literal(self.value)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """A plain counter selector, `metric{label="value",...}`: the exact kind, whose raw samples are read.

    Matchers are sorted, so that two spellings of one selector are equal.
    """

    metric: str
    matchers: tuple[Matcher, ...]

    def __str__(self) -> str:
        inner = ",".join(str(matcher) for matcher in self.matchers)
        if not is_bare_name(self.metric):
            return f"{{__name__={string_literal(self.metric)}{',' if inner else ''}{inner}}}"
        return f"{self.metric}{{{inner}}}" if inner else self.metric

    def accepts(self, labels: Mapping[str, str]) -> bool:
        """Whether a series of this metric with these labels is selected."""
        return all(matcher.accepts(labels.get(matcher.label, "")) for matcher in self.matchers)


@dataclass(frozen=True, slots=True)
class CounterRatio:
    """Exact: whole events read from counters. Either `good` or `bad` is given."""

    source: str
    total: Selector
    good: Selector | None
    bad: Selector | None

    @property
    def part(self) -> Selector:
        """The selector beside the total, whichever was given."""
        selector = self.good or self.bad
        assert selector is not None
        return selector


@dataclass(frozen=True, slots=True)
class QueryRatio:
    """Two PromQL expressions with `{{window}}`, asked once a minute. Either `good` or `bad` is given."""

    source: str
    total: str
    good: str | None
    bad: str | None


class Comparison(StrEnum):
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"

    def holds(self, left: float, right: float) -> bool:
        match self:
            case Comparison.LT:
                return left < right
            case Comparison.LTE:
                return left <= right
            case Comparison.GT:
                return left > right
            case Comparison.GTE:
                return left >= right


@dataclass(frozen=True, slots=True)
class QueryThreshold:
    """A PromQL value compared with a bound once a minute; each minute is one event, good if `value op bound`."""

    source: str
    query: str
    op: Comparison
    bound: float


@dataclass(frozen=True, slots=True)
class QueryRaw:
    """A PromQL expression that gives the ratio itself, once a minute: of success, or of failure."""

    source: str
    query: str
    of_success: bool


Indicator = CounterRatio | QueryRatio | QueryThreshold | QueryRaw
