"""Minutes or quarters of all streams in memory, as dense arrays that grow."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.minutes import MinuteEvents

Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]
"""Bad, total and known, each of shape (slots, streams)."""


class Grid:
    """Parts of `part_minutes` each, in slots of `slot_minutes`."""

    def __init__(self, slot_minutes: int, part_minutes: int) -> None:
        self._slot_minutes, self._part_minutes = slot_minutes, part_minutes
        self._parts: dict[int, Columns] = {}

    def add(self, events: MinuteEvents) -> None:
        if not len(events):
            return
        streams = int(events.streams.max()) + 1
        numbers = events.minutes // self._part_minutes
        for number in np.unique(numbers).tolist():
            inside = numbers == number
            bad, total, known = self._parts[number] = self._padded(number, streams)
            cells = (self._slots(events.minutes[inside]), events.streams[inside])
            np.add.at(bad, cells, events.bad[inside])
            np.add.at(total, cells, events.total[inside])
            known[cells] = 1

    def known(self, events: MinuteEvents) -> NDArray[np.int8]:
        """For each row, whether its slot is known: 1 or 0."""
        found = np.zeros(len(events), np.int8)
        numbers = events.minutes // self._part_minutes
        for number in np.unique(numbers).tolist():
            if number in self._parts:
                inside = numbers == number
                streams = events.streams[inside]
                known = self.part(number, int(streams.max()) + 1)[2]
                found[inside] = known[self._slots(events.minutes[inside]), streams]
        return found

    def part(self, number: int, streams: int) -> Columns:
        """One part, streams 0 to `streams` - 1."""
        bad, total, known = self._padded(number, streams)
        return bad[:, :streams], total[:, :streams], known[:, :streams]

    def of_stream(self, stream: int, start: int, end: int) -> MinuteEvents:
        """Known slots whose first minute is start <= m < end."""
        rows: list[tuple[int, int, int, int]] = []
        for number in self.numbers(start // self._part_minutes, (end - 1) // self._part_minutes + 1):
            bad, total, known = self.part(number, stream + 1)
            for slot in np.flatnonzero(known[:, stream]).tolist():
                minute = number * self._part_minutes + slot * self._slot_minutes
                if start <= minute < end:
                    rows.append((stream, minute, int(bad[slot, stream]), int(total[slot, stream])))
        return MinuteEvents.of(rows)

    def numbers(self, first: int, last: int) -> Iterator[int]:
        """The parts first <= n < last that have anything, in order."""
        return iter(sorted(number for number in self._parts if first <= number < last))

    def newest(self) -> int | None:
        return max(self._parts, default=None)

    def drop(self, before_minute: int) -> None:
        self._parts = {
            number: columns for number, columns in self._parts.items() if number * self._part_minutes >= before_minute
        }

    def _slots(self, minutes: NDArray[np.int64]) -> NDArray[np.int64]:
        return minutes % self._part_minutes // self._slot_minutes

    def _padded(self, number: int, streams: int) -> Columns:
        slots = self._part_minutes // self._slot_minutes
        empty = (np.zeros((slots, 0), np.int64), np.zeros((slots, 0), np.int64), np.zeros((slots, 0), np.int8))
        bad, total, known = self._parts.get(number, empty)
        missing = ((0, 0), (0, max(0, streams - bad.shape[1])))
        return (
            (bad, total, known)
            if not missing[1][1]
            else (np.pad(bad, missing), np.pad(total, missing), np.pad(known, missing))
        )
