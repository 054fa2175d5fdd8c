"""Folding: the journal goes into blocks and quarters, and what is past its keeping goes."""

from sqlalchemy.engine import Connection

from covet_sre.slo.minutes import CHUNK_MINUTES, MINUTES_KEPT
from covet_sre.store import facts, statements
from covet_sre.store.blocks import QUARTERS_KEPT_MINUTES, SPAN_MINUTES
from covet_sre.store.journal import Spent, decode_events, decode_spent, join
from covet_sre.store.placing import Placing, blocks_of_chunk, by_chunk
from covet_sre.store.spending import add_spent

TICKS_AT_ONCE = CHUNK_MINUTES
"""One transaction folds so many: memory stays bounded, and a tick that waits for its turn does not wait long."""


def fold_ticks(connection: Connection, before_minute: int) -> tuple[int, int]:
    """Fold the oldest ticks that ended by `before_minute`. Returns (ticks, rows) folded."""
    ticks = connection.execute(statements.TICKS_TO_FOLD, {"before_minute": before_minute, "limit": TICKS_AT_ONCE}).all()
    if not ticks:
        return 0, 0
    events = join(decode_events(tick.events) for tick in ticks if tick.events is not None)
    placing = Placing(connection)
    for chunk, part in by_chunk(events):
        placing.add(chunk, blocks_of_chunk(chunk, part))
    placing.finish()
    spent: Spent = {}
    for tick in ticks:
        if tick.spent is not None:
            for key, bad in decode_spent(tick.spent).items():
                spent[key] = spent.get(key, 0) + bad
    add_spent(connection, spent)
    connection.execute(statements.DROP_TICKS, {"before_minute": before_minute, "last_seq": ticks[-1].seq})
    return len(ticks), len(events)


def drop_old(connection: Connection, before_minute: int) -> None:
    """Drop minutes older than 100 days, and quarters, sums over chunks, spending and gaps older than 400.

    Counted back from the newest chunk that has anything, so that a clock which jumps ahead drops nothing.
    """
    folded = connection.execute(statements.NEWEST_CHUNK).scalar_one()
    waiting = connection.execute(statements.NEWEST_IN_JOURNAL).scalar_one()
    chunks = [] if folded is None else [folded]
    chunks += [] if waiting is None else [waiting // CHUNK_MINUTES]
    if not chunks:
        return
    end = min(before_minute, (max(chunks) + 1) * CHUNK_MINUTES)
    chunk = (end - MINUTES_KEPT) // CHUNK_MINUTES
    if chunk * CHUNK_MINUTES > facts.floor(connection, facts.MINUTES_FLOOR):
        facts.put_number(connection, facts.MINUTES_FLOOR, chunk * CHUNK_MINUTES)
        connection.execute(statements.DROP_BLOCKS, {"chunk": chunk})
    span = (end - QUARTERS_KEPT_MINUTES) // SPAN_MINUTES
    minute = span * SPAN_MINUTES
    if minute > facts.floor(connection, facts.QUARTERS_FLOOR):
        facts.put_number(connection, facts.QUARTERS_FLOOR, minute)
        connection.execute(statements.DROP_QUARTERS, {"span": span})
        connection.execute(statements.DROP_CHUNK_SUMS, {"chunk": minute // CHUNK_MINUTES})
        connection.execute(statements.DROP_SPENT, {"chunk": minute // CHUNK_MINUTES})
        connection.execute(statements.DROP_GAPS, {"minute": minute})
