"""History: minutes that no tick has recorded are written; minutes that are known keep what they have."""

from sqlalchemy.engine import Connection

from covet_sre.slo.minutes import CHUNK_MINUTES, MinuteEvents
from covet_sre.store import facts
from covet_sre.store.placing import Blocks, Placing, blocks_of_chunk, by_chunk, read_chunk_blocks
from covet_sre.store.reading import journal_events


def backfill_events(connection: Connection, events: MinuteEvents) -> None:
    """Write what is unknown of `events`, chunk by chunk: never more than one chunk of all streams is unpacked."""
    placing = Placing(connection)
    for chunk, part in by_chunk(events):
        change = blocks_of_chunk(chunk, part)
        present = None
        if chunk * CHUNK_MINUTES >= placing.floor:
            present = read_chunk_blocks(connection, chunk, max(change))
            _leave_out_known(change, present)
        else:
            _leave_out_known_quarters(change, placing, chunk)
        start = chunk * CHUNK_MINUTES
        journal = journal_events(connection, start, start + CHUNK_MINUTES)
        _leave_out_known(change, blocks_of_chunk(chunk, journal))
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


def _leave_out_known_quarters(change: Blocks, placing: Placing, chunk: int) -> None:
    """Where minutes were dropped, a quarter that is known stands for all its minutes."""
    known = placing.quarters_known(chunk)
    for number, block in change.items():
        if number in known:
            block.keep(1 - known[number])
