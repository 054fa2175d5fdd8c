"""Streams: what the ledger keeps good and bad whole events of."""

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from covet_sre.slo.indicator import CounterRatio, Indicator, QueryRatio, QueryRaw, QueryThreshold


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Each event counts."""


@dataclass(frozen=True, slots=True)
class Timeslices:
    """Each slice counts once: good when its share of good events reaches `slice_target`."""

    slice_minutes: int
    slice_target: float


@dataclass(frozen=True, slots=True)
class RatioTimeslices:
    """Each slice counts with its share of good events."""

    slice_minutes: int


Budgeting = Occurrences | Timeslices | RatioTimeslices

# Whole numbers only: a stream of ratios or of fractional events counts in these parts of one event.
RATIO_SCALE = 1_000_000
QUERY_SCALE = 1_000


@dataclass(frozen=True, slots=True)
class Stream:
    """One row of the ledger. The key changes when the indicator does: a changed indicator begins an epoch.

    `scale` is how many units of the ledger make one event.
    """

    key: str
    slo: str
    indicator: Indicator
    budgeting: Budgeting
    scale: int

    @property
    def is_derived(self) -> bool:
        """Whether it is computed from another stream's minutes instead of being read."""
        return not isinstance(self.budgeting, Occurrences)


@lru_cache(maxsize=65536)
def stream_of(slo: str, indicator: Indicator, budgeting: Budgeting) -> Stream:
    """The stream of an indicator under a budgeting method."""
    identity = hashlib.sha256(f"{_spelt(indicator)} {_sliced(budgeting)}".encode()).hexdigest()[:16]
    return Stream(f"{slo}/{identity}", slo, indicator, budgeting, _scale(indicator, budgeting))


# Written out by hand: a field added to a dataclass must not change the identity of anybody's history.
def _spelt(indicator: Indicator) -> str:
    match indicator:
        case CounterRatio(source, total, good, bad):
            return f"counter {source} total={total} good={good} bad={bad}"
        case QueryRatio(source, total, good, bad):
            return f"query {source} total={total} good={good} bad={bad}"
        case QueryThreshold(source, query, op, bound):
            return f"threshold {source} {query} {op.value} {bound!r}"
        case QueryRaw(source, query, of_success):
            return f"raw {source} {query} {'success' if of_success else 'failure'}"


def _sliced(budgeting: Budgeting) -> str:
    match budgeting:
        case Occurrences():
            return "occurrences"
        case Timeslices(slice_minutes, slice_target):
            return f"timeslices {slice_minutes} {slice_target!r}"
        case RatioTimeslices(slice_minutes):
            return f"ratio-timeslices {slice_minutes}"


def _scale(indicator: Indicator, budgeting: Budgeting) -> int:
    match budgeting:
        case RatioTimeslices():
            return RATIO_SCALE
        case Timeslices():
            return 1
        case Occurrences():
            pass
    match indicator:
        case CounterRatio() | QueryThreshold():
            return 1
        case QueryRatio():
            return QUERY_SCALE
        case QueryRaw():
            return RATIO_SCALE
