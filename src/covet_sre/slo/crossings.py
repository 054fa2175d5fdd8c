"""When the error ratio crossed the objective: what an alert's detection and reset are measured against."""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.burn import DEFAULT_CONFIDENCE
from covet_sre.slo.minute_table import StreamMinutes
from covet_sre.slo.minutes import Counts
from covet_sre.slo.verdict import lower_bound

CROSSING_MINUTES = 5
"""The ratio is taken over so many minutes: one bad event in a quiet minute crosses nothing for long."""

HELD_MINUTES = 30
"""The ratio must stay at or below what the objective allows for so long, or it is still the same crossing."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """From the first minute whose own ratio is above what is allowed, to the end of the last one."""

    start: int
    end: int


def crossings(minutes: StreamMinutes, error_share: float, scale: int = 1) -> list[Crossing]:
    """Stretches with an error ratio over 5 minutes above `error_share`; less than 30 minutes apart, they are one.

    Above means that its lower bound is, with 95 % confidence (Wilson's, as for alerts): at the edge of the objective,
    chance alone would cross it many times a day. Each stretch is cut to the minutes that are above by themselves, so
    that five minutes of memory neither advance nor delay it. Minutes that are not known count neither way. `scale`
    units of the stream make an event.
    """
    # A minute belongs to a crossing when it is above by itself and some five minutes that hold it are.
    places = np.flatnonzero(_above(minutes.bad, minutes.total, error_share))
    if not len(places):
        return []
    over = _surely_above(_trailing(minutes.bad), _trailing(minutes.total), error_share, scale)
    held = np.zeros(len(places), bool)
    for later in range(CROSSING_MINUTES):
        held |= over[places + later]
    places = places[held]
    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > HELD_MINUTES)
    first = places[np.concatenate([[0], breaks + 1])] + minutes.start
    last = places[np.concatenate([breaks, [len(places) - 1]])] + minutes.start
    return [Crossing(start, end + 1) for start, end in zip(first.tolist(), last.tolist(), strict=True)]


def _trailing(counts: Counts) -> NDArray[np.int64]:
    """Sums over each minute and the four before it, and over the four times that reach beyond the end."""
    padded = np.zeros(len(counts) + 2 * (CROSSING_MINUTES - 1), np.int64)
    padded[CROSSING_MINUTES - 1 : CROSSING_MINUTES - 1 + len(counts)] = counts
    length = len(counts) + CROSSING_MINUTES - 1
    sums = padded[:length].copy()
    for later in range(1, CROSSING_MINUTES):
        sums += padded[later : later + length]
    return sums


def _surely_above(
    bad: NDArray[np.int64], total: NDArray[np.int64], error_share: float, scale: int
) -> NDArray[np.bool_]:
    sure = _above(bad, total, error_share)
    places = np.flatnonzero(sure)
    deviations = np.full(len(places), NormalDist().inv_cdf(DEFAULT_CONFIDENCE))
    sure[places] = lower_bound(bad[places] / scale, total[places] / scale, deviations) > error_share
    return sure


def _above(bad: Counts, total: Counts, error_share: float) -> NDArray[np.bool_]:
    # The same hair of tolerance as at a threshold: a ratio that equals the objective's does not cross it.
    return bad > error_share * (1 + 1e-9) * total
