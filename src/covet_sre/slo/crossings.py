"""When the error ratio crossed the objective: what an alert's detection and reset are measured against."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.minute_table import StreamMinutes

CROSSING_MINUTES = 5
"""The ratio is taken over so many minutes: one bad event in a quiet minute crosses nothing for long."""

HELD_MINUTES = 30
"""The ratio must stay at or below what the objective allows for so long, or it is still the same crossing."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """From the first minute whose own ratio is above what is allowed, to the end of the last one."""

    start: int
    end: int


def crossings(minutes: StreamMinutes, error_share: float) -> list[Crossing]:
    """Stretches with an error ratio over 5 minutes above `error_share`; less than 30 minutes apart, they are one.

    Each is cut to the minutes that are above it by themselves: five minutes of memory neither advance nor delay it.
    Minutes that are not known count neither way.
    """
    bad = np.maximum(minutes.bad.astype(np.int64), 0)
    total = np.maximum(minutes.total.astype(np.int64), 0)
    over = _above(_trailing(bad), _trailing(total), error_share)
    # A minute belongs to a crossing when it is above by itself and some five minutes that hold it are.
    held = _trailing(over[::-1].astype(np.int64))[::-1] > 0
    places = np.flatnonzero(held & _above(bad, total, error_share))
    if not len(places):
        return []
    runs = np.split(places, np.flatnonzero(np.diff(places) > HELD_MINUTES) + 1)
    return [Crossing(minutes.start + int(run[0]), minutes.start + int(run[-1]) + 1) for run in runs]


def _trailing(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sums over each minute and the four before it."""
    sums = np.concatenate([np.zeros(CROSSING_MINUTES, np.int64), np.cumsum(counts)])
    return sums[CROSSING_MINUTES:] - sums[:-CROSSING_MINUTES]


def _above(bad: NDArray[np.int64], total: NDArray[np.int64], error_share: float) -> NDArray[np.bool_]:
    # The same hair of tolerance as at a threshold: a ratio that equals the objective's does not cross it.
    return bad > error_share * (1 + 1e-9) * total
