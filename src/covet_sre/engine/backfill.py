"""Filling in what was missed, from the history of sources that keep one: newest first, in bounded pieces."""

from collections.abc import Iterator

from covet_sre.catalog.source import SourceKind
from covet_sre.engine.measure import Measurer
from covet_sre.engine.plan import Plan
from covet_sre.ports import LedgerStore
from covet_sre.slo.minutes import CHUNK_MINUTES

MOST_SAMPLES = 200_000
"""A piece of history is cut so that about this many samples are read at once."""

_SHORTEST_PIECE_MINUTES = 15


class Backfill:
    """One walk back through the history of every source that has one. `step()` does one bounded piece."""

    def __init__(self, plan: Plan, store: LedgerStore, measurer: Measurer, end: int) -> None:
        self._plan, self._store, self._measurer = plan, store, measurer
        self._end = end
        self._longest = max((window.length(end) for window in plan.windows), default=0)
        self._pieces = self._walk()
        self.filled_minutes = 0
        self.unfinished = True
        self.pieces_done = 0

    @property
    def pieces_expected(self) -> int:
        """About how many pieces there are in all: each source's history, cut into pieces."""
        kinds = [one for one in self._plan.declaration.sources if one.kind is SourceKind.PROMETHEUS]
        return sum(self._longest // self._piece_minutes(one.name) + 1 for one in kinds)

    def step(self) -> bool:
        """Read and write one piece. False when there is nothing left to do.

        Raises SourceError or StoreError; the piece is left out then, and a later start tries it again.
        """
        piece = next(self._pieces, None)
        if piece is None:
            self.unfinished = False
            return False
        source, start, end = piece
        self.pieces_done += 1
        self.filled_minutes += self._measurer.history(source, start, end)
        return True

    def _walk(self) -> Iterator[tuple[str, int, int]]:
        oldest = self._end - self._longest
        for number in range(self._end // CHUNK_MINUTES, oldest // CHUNK_MINUTES - 1, -1):
            for declared in self._plan.declaration.sources:
                if declared.kind is SourceKind.PROMETHEUS and self._has_holes(declared.name, number):
                    start = max(number * CHUNK_MINUTES, oldest)
                    end = min((number + 1) * CHUNK_MINUTES, self._end)
                    length = self._piece_minutes(declared.name)
                    for piece_start in reversed(range(start, end, length)):
                        yield declared.name, piece_start, min(piece_start + length, end)

    def _has_holes(self, source: str, number: int) -> bool:
        streams = self._measurer.streams_of(source)
        if not streams:
            return False
        start = number * CHUNK_MINUTES
        known = self._store.chunk(number, self._plan.stream_count).known[: self._end - start, streams]
        return not bool(known.all())

    def _piece_minutes(self, source: str) -> int:
        reader = self._measurer.readers[source]
        samples_per_minute = max(len(reader.marks.keys), 1) * 60 / reader.interval_seconds
        return min(max(int(MOST_SAMPLES / samples_per_minute), _SHORTEST_PIECE_MINUTES), CHUNK_MINUTES)
