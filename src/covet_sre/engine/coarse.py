"""The last weeks of every stream in steps of three hours: burn-downs, sparklines and forecasts are drawn from it."""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.minutes import CHUNK_MINUTES, GapEntry, MinuteEvents
from covet_sre.slo.sums import BAD, KNOWN, TOTAL


class CoarseHistory:
    """`steps[n - first, k, s]`: BAD, TOTAL or whether KNOWN (k) of stream s in chunk n. The last step is the present's.

    A gap's events lie in the step in which the gap begins, as they do in the windows.
    """

    def __init__(
        self,
        first: int,
        last: int,
        streams: int,
        load_sums: Callable[[int, int], NDArray[np.int64]],
        gaps: Iterable[GapEntry],
    ) -> None:
        self.first = first
        self.steps = np.zeros((last - first + 1, 3, streams), np.int64)
        for number in range(first, last + 1):
            self.steps[number - first] = load_sums(number, number + 1)
        for gap in gaps:
            self._add_gap(gap)

    @property
    def last(self) -> int:
        return self.first + len(self.steps) - 1

    def take(self, end: int, events: MinuteEvents, gaps: Iterable[GapEntry] = ()) -> None:
        """Add events, late ones included; steps move on with `end`."""
        moves = (end - 1) // CHUNK_MINUTES - self.last
        if moves > 0:
            self.steps = np.roll(self.steps, -moves, axis=0)
            self.steps[-min(moves, len(self.steps)) :] = 0
            self.first += moves
        rows = events.minutes // CHUNK_MINUTES - self.first
        inside = (rows >= 0) & (rows < len(self.steps))
        cells = (rows[inside], events.streams[inside])
        np.add.at(self.steps[:, BAD], cells, events.bad[inside])
        np.add.at(self.steps[:, TOTAL], cells, events.total[inside])
        self.steps[:, KNOWN][cells] = 1
        for gap in gaps:
            self._add_gap(gap)

    def _add_gap(self, gap: GapEntry) -> None:
        row = gap.start // CHUNK_MINUTES - self.first
        if 0 <= row < len(self.steps):
            self.steps[row, BAD, gap.stream] += gap.bad
            self.steps[row, TOTAL, gap.stream] += gap.total
