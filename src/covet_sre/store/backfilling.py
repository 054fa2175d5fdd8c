"""History: minutes that no tick has recorded are written; minutes that are known keep what they have."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from covet_sre.slo.minutes import CHUNK_MINUTES, MinuteEvents
from covet_sre.store import facts
from covet_sre.store.blocks import QUARTER_MINUTES, Block
from covet_sre.store.placing import Blocks, Placing, blocks_of_chunk, by_chunk, read_chunk_blocks
from covet_sre.store.reading import journal_events


def backfill_events(connection: Connection, events: MinuteEvents) -> None:
    """Write what is unknown of `events`, chunk by chunk: never more than one chunk of all streams is unpacked."""
    placing = Placing(connection)
    for chunk, part in by_chunk(events):
        change = blocks_of_chunk(chunk, part)
        start = chunk * CHUNK_MINUTES
        journal = blocks_of_chunk(chunk, journal_events(connection, start, start + CHUNK_MINUTES))
        present = None
        if start >= placing.floor:
            present = read_chunk_blocks(connection, chunk, max(change))
            _leave_out_known(change, present)
            _leave_out_known(change, journal)
        else:
            _leave_out_known_quarters(change, placing.quarters_known(chunk))
            _leave_out_known_quarters(change, {number: _by_quarter(block) for number, block in journal.items()})
        change = {number: block for number, block in change.items() if block.known.any()}
        if change:
            placing.add(chunk, change, present)
    placing.finish()


def note_simulated(connection: Connection, events: MinuteEvents) -> None:
    """Remember the minute up to which the history is simulated."""
    if len(events):
        until = int(events.minutes.max()) + 1
        known = facts.number(connection, facts.SIMULATED_UNTIL)
        facts.put_number(connection, facts.SIMULATED_UNTIL, until if known is None else max(known, until))


def _leave_out_known(change: Blocks, known: Blocks) -> None:
    for number, block in change.items():
        if number in known:
            block.keep(1 - known[number].known)


def _leave_out_known_quarters(change: Blocks, known: Mapping[int, NDArray[np.int8]]) -> None:
    """Where minutes were dropped, a quarter that is known stands for all its minutes."""
    for number, block in change.items():
        if number in known:
            block.keep(1 - known[number])


def _by_quarter(block: Block) -> NDArray[np.int8]:
    """By minute, 1 where any minute of its quarter is known."""
    quarters = block.known.reshape(len(block.known), -1, QUARTER_MINUTES).max(axis=2)
    return np.repeat(quarters, QUARTER_MINUTES, axis=1)
