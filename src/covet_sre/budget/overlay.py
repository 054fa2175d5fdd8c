"""What adjustments change in a window: sparse minutes laid over the ledger, which itself stays as measured."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.slo.minutes import GapEntry, MinuteEvents


class Overlay:
    """The changes of one stream: `effect(start, end)` is what they add to (bad, total) over start <= m < end."""

    def __init__(self, minutes: NDArray[np.int64], bad: NDArray[np.int64], total: NDArray[np.int64]) -> None:
        order = np.argsort(minutes, kind="stable")
        self._minutes = minutes[order]
        self._bad = np.concatenate([[0], np.cumsum(bad[order])])
        self._total = np.concatenate([[0], np.cumsum(total[order])])

    def effect(self, start: int, end: int) -> tuple[int, int]:
        first, last = np.searchsorted(self._minutes, [start, end])
        return int(self._bad[last] - self._bad[first]), int(self._total[last] - self._total[first])


def overlay(
    adjustments: Iterable[Adjustment], measured: MinuteEvents, gaps: Iterable[GapEntry], scale: int, *, corrects: bool
) -> Overlay:
    """The overlay of one stream.

    `measured` are the stream's minutes, at least all that some exclusion covers; `gaps` its gap entries. A minute
    that two exclusions cover is left out once. Corrections count only where `corrects` (streams of events).
    """
    applying = [one for one in adjustments if one.applies]
    excluded = [one for one in applying if one.kind is AdjustmentKind.EXCLUDE]
    covered = np.zeros(len(measured), bool)
    for one in excluded:
        covered |= (measured.minutes >= one.start_minute) & (measured.minutes < one.end_minute)
    rows = [
        (gap.start, -gap.bad, -gap.total)
        for gap in gaps
        if any(one.start_minute <= gap.start and gap.end <= one.end_minute for one in excluded)
    ]
    if corrects:
        corrections = (one for one in applying if one.kind is AdjustmentKind.CORRECT)
        rows += [(one.start_minute, one.bad * scale, one.total * scale) for one in corrections]
    extra = np.array(rows, np.int64).reshape(-1, 3).T
    return Overlay(
        np.concatenate([measured.minutes[covered], extra[0]]),
        np.concatenate([-measured.bad[covered], extra[1]]),
        np.concatenate([-measured.total[covered], extra[2]]),
    )
