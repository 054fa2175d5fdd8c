"""Who spent the budget: bad events by stream, hour, label and value, packed by chunk and 16 streams."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from covet_sre.slo.minutes import CHUNK_MINUTES
from covet_sre.store import facts, statements
from covet_sre.store.blocks import BLOCK_STREAMS
from covet_sre.store.journal import Spent, decode_spent, encode_spent
from covet_sre.units import MINUTES_PER_HOUR

_HOURS_OF_CHUNK = CHUNK_MINUTES // MINUTES_PER_HOUR


def add_spent(connection: Connection, spent: Mapping[tuple[int, int, str, str], int]) -> None:
    """Add to what is kept; hours that were dropped stay dropped."""
    floor = facts.floor(connection, facts.QUARTERS_FLOOR)
    places: dict[tuple[int, int], Spent] = {}
    for key, bad in spent.items():
        if key[1] * MINUTES_PER_HOUR >= floor:
            places.setdefault((key[1] // _HOURS_OF_CHUNK, key[0] // BLOCK_STREAMS), {})[key] = bad
    for (chunk, block), added in places.items():
        present = connection.execute(statements.CHUNK_SPENT, {"chunk": chunk, "block": block}).scalar_one_or_none()
        whole = {} if present is None else decode_spent(present)
        for key, bad in added.items():
            whole[key] = whole.get(key, 0) + bad
        connection.execute(statements.PUT_SPENT, {"chunk": chunk, "block": block, "data": encode_spent(whole)})


def read_spent(connection: Connection, stream: int, start_hour: int, end_hour: int) -> dict[tuple[int, str, str], int]:
    """One stream's bad events by (hour, label, value), start <= hour < end, journal included."""
    start_hour = max(start_hour, facts.floor(connection, facts.QUARTERS_FLOOR) // MINUTES_PER_HOUR)
    place = {
        "block": stream // BLOCK_STREAMS,
        "first": start_hour // _HOURS_OF_CHUNK,
        "last": (end_hour - 1) // _HOURS_OF_CHUNK,
    }
    packed = [row.data for row in connection.execute(statements.STREAM_SPENT, place)]
    packed += [row.spent for row in connection.execute(statements.JOURNAL_SPENT)]
    found: dict[tuple[int, str, str], int] = {}
    for data in packed:
        for (whose, hour, label, value), bad in decode_spent(data).items():
            if whose == stream and start_hour <= hour < end_hour:
                found[hour, label, value] = found.get((hour, label, value), 0) + bad
    return found
