"""The last weeks of every stream in steps of three hours: burn-downs, sparklines and forecasts are drawn from it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.minutes import CHUNK_MINUTES, GapEntry, MinuteEvents
from covet_sre.slo.sums import BAD, KNOWN, TOTAL


@dataclass(frozen=True, slots=True)
class Steps:
    """The coarse history at one moment: all steps but the present's, of shape (steps, 3, streams), and that one."""

    first: int
    past: NDArray[np.int64]
    present: NDArray[np.int64]

    @property
    def last(self) -> int:
        """The number of the present's chunk."""
        return self.first + len(self.past)

    def column(self, kind: int, stream: int) -> NDArray[np.int64]:
        """BAD, TOTAL or KNOWN (whether) of one stream, a number for each step, oldest first."""
        return np.append(self.past[:, kind, stream], self.present[kind, stream])


class CoarseHistory:
    """BAD, TOTAL or whether KNOWN of every stream in every chunk from `first` on. The last step is the present's.

    A gap's events lie in the step in which the gap begins, as they do in the windows. The past is a month of all
    streams and seldom changes: whoever holds `steps` holds the same array, and a change makes another.
    """

    def __init__(
        self,
        first: int,
        last: int,
        streams: int,
        load_sums: Callable[[int, int], NDArray[np.int64]],
        gaps: Iterable[GapEntry],
    ) -> None:
        whole = np.zeros((last - first + 1, 3, streams), np.int64)
        for number in range(first, last + 1):
            whole[number - first] = load_sums(number, number + 1)
        _add_gaps(whole, first, gaps)
        self.steps = _split(first, whole)

    def take(self, end: int, events: MinuteEvents, gaps: Sequence[GapEntry] = ()) -> None:
        """Add events, late ones included; steps move on with `end`."""
        first, last = self.steps.first, self.steps.last
        moves = (end - 1) // CHUNK_MINUTES - last
        if moves <= 0 and not gaps and not (events.minutes < last * CHUNK_MINUTES).any():
            present = self.steps.present[np.newaxis].copy()
            _add_events(present, last, events)
            self.steps = Steps(first, self.steps.past, present[0])
            return
        whole = np.concatenate([self.steps.past, self.steps.present[np.newaxis]])
        if moves > 0:
            whole = np.roll(whole, -moves, axis=0)
            whole[-min(moves, len(whole)) :] = 0
            first += moves
        _add_events(whole, first, events)
        _add_gaps(whole, first, gaps)
        self.steps = _split(first, whole)


def _split(first: int, whole: NDArray[np.int64]) -> Steps:
    return Steps(first, whole[:-1], whole[-1].copy())


def _add_events(steps: NDArray[np.int64], first: int, events: MinuteEvents) -> None:
    rows = events.minutes // CHUNK_MINUTES - first
    inside = (rows >= 0) & (rows < len(steps))
    cells = (rows[inside], events.streams[inside])
    np.add.at(steps[:, BAD], cells, events.bad[inside])
    np.add.at(steps[:, TOTAL], cells, events.total[inside])
    steps[:, KNOWN][cells] = 1


def _add_gaps(steps: NDArray[np.int64], first: int, gaps: Iterable[GapEntry]) -> None:
    for gap in gaps:
        row = gap.start // CHUNK_MINUTES - first
        if 0 <= row < len(steps):
            steps[row, BAD, gap.stream] += gap.bad
            steps[row, TOTAL, gap.stream] += gap.total
