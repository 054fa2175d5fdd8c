"""Every burn-rate alert judged at once: arrays in, arrays out, one entry per alert."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.indicator import Comparison
from covet_sre.slo.sums import BAD, KNOWN, TOTAL

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Watch:
    """One alert of one objective, and where its numbers stand in the sums.

    `long_row` and `short_row` are rows of windows; an alert of one window names it twice. `scale` is how many
    units of the stream make one event.
    """

    objective: int
    alert: BurnAlert
    stream: int
    long_row: int
    short_row: int
    error_share: float
    scale: int


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Burn rates are NaN without events. `unknown` where a window holds no measured minute."""

    long_burn: Floats
    short_burn: Floats
    long_above: Flags
    short_above: Flags
    few: Flags
    unsure: Flags
    unknown: Flags

    @property
    def breached(self) -> Flags:
        """The condition itself: both windows beyond the threshold, with enough evidence."""
        return self.long_above & self.short_above & ~self.few & ~self.unsure & ~self.unknown


class Judge:
    """The alerts of all objectives, compiled once per set of files."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self.watches = tuple(watches)
        alerts = [watch.alert for watch in watches]
        self._stream = np.array([watch.stream for watch in watches], np.intp)
        self._long = np.array([watch.long_row for watch in watches], np.intp)
        self._short = np.array([watch.short_row for watch in watches], np.intp)
        self._share = np.array([watch.error_share for watch in watches], float)
        self._scale = np.array([watch.scale for watch in watches], float)
        self._threshold = np.array([alert.threshold for alert in alerts], float)
        self._min_bad = np.array([alert.min_bad for alert in alerts], float)
        confidences = [alert.confidence for alert in alerts]
        self._tested = np.array([confidence is not None for confidence in confidences], bool)
        self._deviations = np.array([NormalDist().inv_cdf(0.5 if c is None else c) for c in confidences], float)
        self._ops = {op: np.array([alert.op is op for alert in alerts], bool) for op in Comparison}
        self._tests_upper = self._ops[Comparison.GT] | self._ops[Comparison.GTE]
        self.for_minutes = np.array([alert.for_minutes for alert in alerts], np.int64)

    def judge(self, values: NDArray[np.int64]) -> Verdicts:
        """Judge over `values` of shape (windows, 3, streams), as WindowSums keeps them."""
        return self.judge_counts(values[self._long, :, self._stream], values[self._short, :, self._stream])

    def judge_counts(self, long: NDArray[np.int64], short: NDArray[np.int64]) -> Verdicts:
        """Judge rows of (bad, total, known) over the long and the short windows, one row for each alert.

        The judge of a single alert takes any number of rows: that alert at as many moments.
        """
        long_burn, short_burn = _ratio(long) / self._share, _ratio(short) / self._share
        bad = np.maximum(long[:, BAD], 0) / self._scale
        total = np.maximum(long[:, TOTAL], 0) / self._scale
        below = lower_bound(bad, total, self._deviations) < self._threshold * self._share
        return Verdicts(
            long_burn=long_burn,
            short_burn=short_burn,
            long_above=self._compare(long_burn),
            short_above=self._compare(short_burn),
            few=self._tests_upper & (bad < self._min_bad),
            unsure=self._tests_upper & self._tested & below,
            unknown=(long[:, KNOWN] == 0) | (short[:, KNOWN] == 0),
        )

    def _compare(self, burn: Floats) -> Flags:
        # A hair of tolerance: 0.0144 / 0.001 is 14.399999999999999 in floating point, and must reach 14.4.
        slack = 1e-9 * np.abs(self._threshold)
        with np.errstate(invalid="ignore"):
            return (
                (self._ops[Comparison.GTE] & (burn >= self._threshold - slack))
                | (self._ops[Comparison.GT] & (burn > self._threshold + slack))
                | (self._ops[Comparison.LTE] & (burn <= self._threshold + slack))
                | (self._ops[Comparison.LT] & (burn < self._threshold - slack))
            )


def _ratio(counts: NDArray[np.int64]) -> Floats:
    """Error ratio of rows of (bad, total, known): between 0 and 1, NaN without events."""
    total = counts[:, TOTAL].astype(float)
    bad = np.clip(counts[:, BAD], 0, np.maximum(counts[:, TOTAL], 0))
    return np.divide(bad, total, out=np.full(len(total), np.nan), where=total > 0)


def lower_bound(bad: Floats, total: Floats, deviations: Floats) -> Floats:
    """One-sided lower bound of the error ratio at so many standard deviations: Wilson's score interval (1927).

    Without events the bound is 0.
    """
    events = np.maximum(total, 1.0)
    share = np.minimum(bad / events, 1.0)
    square = deviations**2
    spread = deviations * np.sqrt(share * (1 - share) / events + square / (4 * events**2))
    return np.where(total > 0, (share + square / (2 * events) - spread) / (1 + square / events), 0.0)
