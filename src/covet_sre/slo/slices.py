"""Time slices: the budgeting methods that count minutes-long slices instead of events."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.stream import RATIO_SCALE, Budgeting, Occurrences, RatioTimeslices, Timeslices

# A share of good events that equals the slice target counts as reached, whatever floating point makes of it.
_SLACK = 1e-12


def slice_length(budgeting: Budgeting) -> int:
    """Minutes of one slice."""
    match budgeting:
        case Timeslices(slice_minutes) | RatioTimeslices(slice_minutes):
            return slice_minutes
        case Occurrences():
            return 1


def slices_touched(minutes: Iterable[int], length: int, end: int) -> list[int]:
    """Starts of the slices, complete before `end`, that hold one of the minutes. Slices are aligned to the epoch."""
    starts = {minute // length * length for minute in minutes}
    return sorted(start for start in starts if start + length <= end)


def slice_counts(
    budgeting: Budgeting, bad: NDArray[np.int64], total: NDArray[np.int64], known: NDArray[np.int8]
) -> tuple[int, int] | None:
    """(bad, total) that one complete slice adds to the budget, from its minutes; None while nothing is known.

    A slice without events is known, and counts neither good nor bad: (0, 0).
    """
    if not known.any():
        return None
    events = int(total.sum())
    if events <= 0:
        return 0, 0
    share = 1 - max(int(bad.sum()), 0) / events
    match budgeting:
        case Timeslices(_, target):
            return int(share < target - _SLACK), 1
        case RatioTimeslices():
            return round((1 - share) * RATIO_SCALE), RATIO_SCALE
        case Occurrences():
            return int(bad.sum()), events
