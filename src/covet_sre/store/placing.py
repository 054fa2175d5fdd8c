"""Adds minutes to the blocks, sums and quarters that they belong to, inside one transaction."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from covet_sre.slo.minutes import CHUNK_MINUTES, MinuteEvents
from covet_sre.store import facts, statements
from covet_sre.store.blocks import BLOCK_STREAMS, QUARTER_MINUTES, SPAN_MINUTES, SPAN_QUARTERS, Block
from covet_sre.store.journal import select
from covet_sre.store.packing import pack, unpack

_QUARTERS_OF_CHUNK = CHUNK_MINUTES // QUARTER_MINUTES
_CHUNKS_OF_SPAN = SPAN_MINUTES // CHUNK_MINUTES

Blocks = dict[int, Block]
"""Blocks of one chunk or span by their number."""


def by_chunk(events: MinuteEvents) -> Iterator[tuple[int, MinuteEvents]]:
    """The rows of each chunk, in the order of chunks."""
    if not len(events):
        return
    chunks = events.minutes // CHUNK_MINUTES
    order = np.argsort(chunks, kind="stable")
    ordered = chunks[order]
    starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] - 1))
    for start, end in zip(starts, [*starts[1:], len(ordered)], strict=True):
        yield int(ordered[start]), select(events, order[start:end])


def blocks_of_chunk(chunk: int, events: MinuteEvents) -> Blocks:
    """The rows of one chunk, added up in the blocks of their streams."""
    numbers, places = np.unique(events.streams // BLOCK_STREAMS, return_inverse=True)
    shape = (len(numbers), BLOCK_STREAMS, CHUNK_MINUTES)
    bad, total, known = np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int8)
    cells = (places, events.streams % BLOCK_STREAMS, events.minutes - chunk * CHUNK_MINUTES)
    np.add.at(bad, cells, events.bad)
    np.add.at(total, cells, events.total)
    known[cells] = 1
    return {number: Block(bad[place], total[place], known[place]) for place, number in enumerate(numbers.tolist())}


def read_chunk_blocks(connection: Connection, chunk: int, highest: int) -> Blocks:
    """The blocks 0 to `highest` of a chunk that are there."""
    rows = connection.execute(statements.CHUNK_BLOCKS, {"place": chunk, "blocks": highest + 1})
    return {row.block: Block.decode(row.data, CHUNK_MINUTES) for row in rows}


class Placing:
    """Takes changes chunk by chunk; `finish` writes what was gathered over several chunks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.floor = facts.floor(connection, facts.MINUTES_FLOOR)
        self.quarters_floor = facts.floor(connection, facts.QUARTERS_FLOOR)
        self._earliest = facts.known_from(connection)
        self._earliest_as_read = self._earliest
        self._span: int | None = None
        self._quarters: Blocks = {}

    def add(self, chunk: int, change: Blocks, present: Blocks | None = None) -> None:
        """Add to one chunk; `present` are its blocks where the caller has read them already.

        Of a chunk whose minutes were dropped only the quarters change.
        """
        if chunk * CHUNK_MINUTES >= self.floor:
            self._add_minutes(chunk, change, present)
        if chunk * CHUNK_MINUTES >= self.quarters_floor:
            self._add_quarters(chunk, change)
        self._note_earliest(chunk, change)

    def finish(self) -> None:
        self._write_quarters()
        if self._earliest is not self._earliest_as_read:
            facts.put_known_from(self._connection, self._earliest)

    def quarters_known(self, chunk: int) -> dict[int, NDArray[np.int8]]:
        """By block, shape (16, 180): 1 where the quarter that holds the minute is known."""
        self._turn_to(chunk // _CHUNKS_OF_SPAN)
        first = chunk % _CHUNKS_OF_SPAN * _QUARTERS_OF_CHUNK
        rows = self._connection.execute(
            statements.SPAN_QUARTERS, {"place": chunk // _CHUNKS_OF_SPAN, "blocks": np.iinfo(np.int32).max}
        )
        known = {row.block: Block.decode(row.data, SPAN_QUARTERS).known for row in rows}
        for number, gathered in self._quarters.items():
            known[number] = known.get(number, 0) | gathered.known
        return {
            number: np.repeat(quarters[:, first : first + _QUARTERS_OF_CHUNK], QUARTER_MINUTES, axis=1)
            for number, quarters in known.items()
        }

    def _add_minutes(self, chunk: int, change: Blocks, present: Blocks | None) -> None:
        if present is None:
            present = read_chunk_blocks(self._connection, chunk, max(change))
        rows: list[dict[str, object]] = []
        sums = self._sums(chunk, max(change))
        for number, added in change.items():
            whole = present.get(number)
            columns = slice(number * BLOCK_STREAMS, (number + 1) * BLOCK_STREAMS)
            sums[0, columns] += added.bad.sum(axis=1)
            sums[1, columns] += added.total.sum(axis=1)
            if whole is None:
                whole = added
            else:
                whole.add(added)
            sums[2, columns] = whole.known.sum(axis=1, dtype=np.int64)
            rows.append({"place": chunk, "block": number, "data": whole.encode()})
        self._connection.execute(statements.PUT_BLOCK, rows)
        self._connection.execute(statements.PUT_CHUNK_SUM, {"chunk": chunk, "data": pack(list(sums))})

    def _sums(self, chunk: int, highest: int) -> NDArray[np.int64]:
        """The sums of a chunk as they are, widened to hold the block `highest`: shape (3, streams)."""
        row = self._connection.execute(statements.CHUNK_SUM, {"chunk": chunk}).one_or_none()
        present = np.zeros((3, 0), np.int64) if row is None else np.stack(unpack(row.data))
        missing = (highest + 1) * BLOCK_STREAMS - present.shape[1]
        return np.pad(present, ((0, 0), (0, max(0, missing))))

    def _add_quarters(self, chunk: int, change: Blocks) -> None:
        self._turn_to(chunk // _CHUNKS_OF_SPAN)
        first = chunk % _CHUNKS_OF_SPAN * _QUARTERS_OF_CHUNK
        shape = (BLOCK_STREAMS, _QUARTERS_OF_CHUNK, QUARTER_MINUTES)
        for number, added in change.items():
            quarters = self._quarters.setdefault(number, Block.empty(SPAN_QUARTERS))
            columns = slice(first, first + _QUARTERS_OF_CHUNK)
            quarters.bad[:, columns] += added.bad.reshape(shape).sum(axis=2)
            quarters.total[:, columns] += added.total.reshape(shape).sum(axis=2)
            quarters.known[:, columns] |= added.known.reshape(shape).max(axis=2)

    def _turn_to(self, span: int) -> None:
        if span != self._span:
            self._write_quarters()
            self._span = span

    def _write_quarters(self) -> None:
        if not self._quarters:
            return
        place = {"place": self._span, "blocks": max(self._quarters) + 1}
        for row in self._connection.execute(statements.SPAN_QUARTERS, place):
            if row.block in self._quarters:
                self._quarters[row.block].add(Block.decode(row.data, SPAN_QUARTERS))
        rows = [
            {"place": self._span, "block": number, "data": quarters.encode()}
            for number, quarters in self._quarters.items()
        ]
        self._connection.execute(statements.PUT_QUARTER, rows)
        self._quarters = {}

    def _note_earliest(self, chunk: int, change: Blocks) -> None:
        missing = (max(change) + 1) * BLOCK_STREAMS - len(self._earliest)
        earliest = np.pad(self._earliest, (0, max(0, missing)), constant_values=facts.NEVER)
        for number, added in change.items():
            first = np.where(added.known.any(axis=1), chunk * CHUNK_MINUTES + added.known.argmax(axis=1), facts.NEVER)
            columns = slice(number * BLOCK_STREAMS, (number + 1) * BLOCK_STREAMS)
            earliest[columns] = np.minimum(earliest[columns], first)
        if not np.array_equal(earliest, self._earliest):
            self._earliest = earliest
