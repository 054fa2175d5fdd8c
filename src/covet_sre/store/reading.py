"""Reads minutes, quarters and sums: what is folded plus the journal, inside one snapshot."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from covet_sre.slo.minutes import CHUNK_MINUTES, Chunk, MinuteEvents
from covet_sre.store import facts, statements
from covet_sre.store.blocks import (
    BLOCK_STREAMS,
    QUARTER_MINUTES,
    SPAN_MINUTES,
    SPAN_QUARTERS,
    Block,
    blocks_of,
)
from covet_sre.store.journal import decode_events, join, select
from covet_sre.store.packing import unpack


def journal_events(connection: Connection, first: int, last: int) -> MinuteEvents:
    """What the journal adds to minutes first <= m < last."""
    rows = connection.execute(statements.JOURNAL_EVENTS, {"first": first, "last": last})
    events = join(decode_events(row.events) for row in rows)
    return select(events, (events.minutes >= first) & (events.minutes < last))


def read_chunk(connection: Connection, number: int, streams: int) -> Chunk:
    if number * CHUNK_MINUTES < facts.floor(connection, facts.MINUTES_FLOOR):
        return Chunk.empty(number, streams)
    chunk = read_folded_chunk(connection, number, streams)
    events = journal_events(connection, chunk.start, chunk.start + CHUNK_MINUTES)
    chunk.add(select(events, events.streams < streams))
    return chunk


def read_folded_chunk(connection: Connection, number: int, streams: int) -> Chunk:
    chunk = Chunk.empty(number, blocks_of(streams) * BLOCK_STREAMS)
    rows = connection.execute(statements.CHUNK_BLOCKS, {"place": number, "blocks": blocks_of(streams)})
    for row in rows:
        block = Block.decode(row.data, CHUNK_MINUTES)
        columns = slice(row.block * BLOCK_STREAMS, (row.block + 1) * BLOCK_STREAMS)
        chunk.bad[:, columns], chunk.total[:, columns], chunk.known[:, columns] = (
            block.bad.T,
            block.total.T,
            block.known.T,
        )
    return Chunk(number, chunk.bad[:, :streams], chunk.total[:, :streams], chunk.known[:, :streams])


def read_chunk_sums(connection: Connection, first: int, last: int, streams: int) -> NDArray[np.int64]:
    sums = np.zeros((3, streams), np.int64)
    for row in connection.execute(statements.CHUNK_SUMS, {"first": first, "last": last}):
        columns = np.stack(unpack(row.data))[:, :streams]
        sums[:, : columns.shape[1]] += columns
    # Sums outlive their minutes; what arrives late for those is not taken up any more.
    floor = facts.floor(connection, facts.MINUTES_FLOOR)
    events = journal_events(connection, max(first * CHUNK_MINUTES, floor), last * CHUNK_MINUTES)
    events = select(events, events.streams < streams)
    np.add.at(sums[0], events.streams, events.bad)
    np.add.at(sums[1], events.streams, events.total)
    for number in np.unique(events.minutes // CHUNK_MINUTES).tolist():
        # A minute in the journal may be known already: only the new ones count.
        known = read_folded_chunk(connection, number, streams).known
        added = np.zeros_like(known)
        inside = select(events, events.minutes // CHUNK_MINUTES == number)
        added[inside.minutes - number * CHUNK_MINUTES, inside.streams] = 1
        sums[2] += (added & ~known & 1).sum(axis=0, dtype=np.int64)
    return sums


def read_minutes(connection: Connection, stream: int, start: int, end: int) -> MinuteEvents:
    start = max(start, facts.floor(connection, facts.MINUTES_FLOOR))
    if start >= end:
        return MinuteEvents.of([])
    place = {"block": stream // BLOCK_STREAMS, "first": start // CHUNK_MINUTES, "last": (end - 1) // CHUNK_MINUTES}
    parts = [
        _known(Block.decode(row.data, CHUNK_MINUTES), stream, row.chunk * CHUNK_MINUTES, 1)
        for row in connection.execute(statements.STREAM_BLOCKS, place)
    ]
    return _merged(parts, journal_events(connection, start, end), stream, start, end)


def read_quarters(connection: Connection, stream: int, start: int, end: int) -> MinuteEvents:
    start = max(start, facts.floor(connection, facts.QUARTERS_FLOOR))
    start = -(-start // QUARTER_MINUTES) * QUARTER_MINUTES
    end = -(-end // QUARTER_MINUTES) * QUARTER_MINUTES
    if start >= end:
        return MinuteEvents.of([])
    place = {"block": stream // BLOCK_STREAMS, "first": start // SPAN_MINUTES, "last": (end - 1) // SPAN_MINUTES}
    parts = [
        _known(Block.decode(row.data, SPAN_QUARTERS), stream, row.span * SPAN_MINUTES, QUARTER_MINUTES)
        for row in connection.execute(statements.STREAM_QUARTERS, place)
    ]
    journal = journal_events(connection, start, end)
    journal = MinuteEvents(
        journal.streams, journal.minutes // QUARTER_MINUTES * QUARTER_MINUTES, journal.bad, journal.total
    )
    return _merged(parts, journal, stream, start, end)


def read_known_from(connection: Connection, streams: int) -> NDArray[np.int64]:
    earliest = np.full(streams, facts.NEVER)
    folded = facts.known_from(connection)[:streams]
    earliest[: len(folded)] = folded
    far = np.iinfo(np.int64)
    events = journal_events(connection, far.min, far.max)
    events = select(events, events.streams < streams)
    np.minimum.at(earliest, events.streams, events.minutes)
    return np.where(earliest == facts.NEVER, -1, earliest)


def _known(block: Block, stream: int, first_minute: int, slot_minutes: int) -> MinuteEvents:
    row = stream % BLOCK_STREAMS
    slots = np.flatnonzero(block.known[row])
    return MinuteEvents(
        np.full(len(slots), stream), first_minute + slots * slot_minutes, block.bad[row, slots], block.total[row, slots]
    )


def _merged(parts: list[MinuteEvents], journal: MinuteEvents, stream: int, start: int, end: int) -> MinuteEvents:
    """All rows of the stream in start <= m < end, one for each minute, in order."""
    rows = join([*parts, select(journal, journal.streams == stream)])
    rows = select(rows, (rows.minutes >= start) & (rows.minutes < end))
    minutes, places = np.unique(rows.minutes, return_inverse=True)
    bad, total = np.zeros(len(minutes), np.int64), np.zeros(len(minutes), np.int64)
    np.add.at(bad, places, rows.bad)
    np.add.at(total, places, rows.total)
    return MinuteEvents(np.full(len(minutes), stream), minutes, bad, total)
