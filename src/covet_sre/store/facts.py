"""Single facts of the ledger: what was read last, what is simulated, how far back it is kept."""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from covet_sre.store.packing import pack, unpack
from covet_sre.store.statements import FACT, PUT_FACT

LAST_READ = "last_read"
SIMULATED_UNTIL = "simulated_until"
MINUTES_FLOOR = "minutes_floor"
"""Minutes before this one were dropped."""
QUARTERS_FLOOR = "quarters_floor"
"""Quarters, spending and gaps before this minute were dropped."""
KNOWN_FROM = "known_from"

NEVER = np.iinfo(np.int64).max
"""Stands for a stream of which no minute is known."""


def number(connection: Connection, name: str) -> int | None:
    row = connection.execute(FACT, {"name": name}).one_or_none()
    return None if row is None else row.number


def floor(connection: Connection, name: str) -> int:
    found = number(connection, name)
    return np.iinfo(np.int64).min if found is None else found


def put_number(connection: Connection, name: str, value: int) -> None:
    connection.execute(PUT_FACT, {"name": name, "number": value, "data": None})


def known_from(connection: Connection) -> NDArray[np.int64]:
    """The earliest folded minute of each stream, or NEVER; as long as it has to be."""
    row = connection.execute(FACT, {"name": KNOWN_FROM}).one_or_none()
    return np.zeros(0, np.int64) if row is None else unpack(row.data)[0]


def put_known_from(connection: Connection, earliest: NDArray[np.int64]) -> None:
    connection.execute(PUT_FACT, {"name": KNOWN_FROM, "number": None, "data": pack([earliest])})
