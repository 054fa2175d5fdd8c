"""Filling in what was missed, from the history of sources that keep one: newest first, in bounded pieces."""

from collections.abc import Collection, Iterator

from covet_sre.catalog.source import SourceKind
from covet_sre.engine.measure import Measurer
from covet_sre.engine.plan import Plan
from covet_sre.errors import SourceUnreachable, StoreError
from covet_sre.ports import LedgerStore
from covet_sre.slo.minutes import CHUNK_MINUTES

MOST_SAMPLES = 200_000
"""A piece of history is cut so that about this many samples are read at once."""

_SHORTEST_PIECE_MINUTES = 15

_TRIES = 3

_Piece = tuple[int, int]
"""Minutes start <= m < end."""


class Backfill:
    """One walk back through the history of every source that has one. `step()` does one bounded piece.

    It reaches back as far as the longest window, or by `reach_minutes` where that is further.
    """

    def __init__(self, plan: Plan, store: LedgerStore, measurer: Measurer, end: int, reach_minutes: int = 0) -> None:
        self._plan, self._store, self._measurer = plan, store, measurer
        self._end = end
        self._longest = max([reach_minutes, *(window.length(end) for window in plan.windows)])
        self._sources = [one.name for one in plan.declaration.sources if one.kind is SourceKind.PROMETHEUS]
        self._walks = {source: self._walk(source) for source in self._sources}
        self._next: dict[str, _Piece] = {}
        self._resting: set[str] = set()
        self._tries: dict[str, int] = {}
        self.filled_minutes = 0
        self.pieces_done = 0

    @property
    def pieces_expected(self) -> int:
        """About how many pieces there are in all: each source's history, cut into pieces."""
        return sum(self._longest // self._piece_minutes(source) + 1 for source in self._sources)

    def has_work(self, answering: Collection[str]) -> bool:
        """Whether there is something left to read from one of these sources."""
        for source in answering:
            if source in self._walks and source not in self._next:
                piece = next(self._walks[source], None)
                if piece is None:
                    del self._walks[source]
                else:
                    self._next[source] = piece
        return any(source in self._next and source not in self._resting for source in answering)

    def step(self, answering: Collection[str]) -> bool:
        """Read and write one piece of one of these sources. False when there is nothing left to do.

        Raises SourceError or StoreError. A piece that its source refuses is left out, and a later start tries it
        again; so is one that times out for the third time. One that could not be written is still to be done.
        """
        if not self.has_work(answering):
            return False
        ready = (name for name in answering if name in self._next and name not in self._resting)
        source = max(ready, key=lambda name: self._next[name][1])
        start, end = self._next.pop(source)
        try:
            self.filled_minutes += self._measurer.history(source, start, end)
        except SourceUnreachable:
            self._resting.add(source)
            self._tries[source] = self._tries.get(source, 0) + 1
            if self._tries[source] % _TRIES:
                self._next[source] = start, end
            raise
        except StoreError:
            self._next[source] = start, end
            raise
        self._tries.pop(source, None)
        self.pieces_done += 1
        return True

    def go_on(self) -> None:
        """A minute has passed: sources that could not be reached may be tried again."""
        self._resting.clear()

    def _walk(self, source: str) -> Iterator[_Piece]:
        oldest = self._end - self._longest
        for number in range(self._end // CHUNK_MINUTES, oldest // CHUNK_MINUTES - 1, -1):
            if self._has_holes(source, number):
                start = max(number * CHUNK_MINUTES, oldest)
                end = min((number + 1) * CHUNK_MINUTES, self._end)
                length = self._piece_minutes(source)
                for piece_start in reversed(range(start, end, length)):
                    yield piece_start, min(piece_start + length, end)

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
