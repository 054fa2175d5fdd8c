"""Watermarks: the keys of a source's series once, their two numbers with every tick."""

import json
import zlib
from collections.abc import Sequence

import numpy as np
from sqlalchemy.engine import Connection

from covet_sre.errors import StoreError
from covet_sre.slo.counting import Watermarks
from covet_sre.store import statements


def write_marks(connection: Connection, source: str, marks: Watermarks) -> None:
    """Put the numbers of all series; add the keys that are new.

    Where the keys that were kept are not the first of these (somebody began anew), all keys are written again.
    """
    stored = connection.execute(statements.WATERMARK, {"source": source}).one_or_none()
    kept = stored.series if stored is not None else 0
    if stored is not None and (kept > len(marks.keys) or _checksum(marks.keys[:kept]) != stored.keys_checksum):
        connection.execute(statements.DROP_SERIES, {"source": source})
        kept = 0
    if kept == len(marks.keys) and stored is not None:
        checksum = stored.keys_checksum
    else:
        checksum = _checksum(marks.keys)
        added = zlib.compress(json.dumps(marks.keys[kept:]).encode())
        connection.execute(statements.ADD_SERIES, {"source": source, "first_row": kept, "keys": added})
    numbers = np.array([marks.timestamps, marks.values], np.float64)
    connection.execute(
        statements.PUT_WATERMARK,
        {"source": source, "series": len(marks.keys), "keys_checksum": checksum, "data": _pack(numbers)},
    )


def read_marks(connection: Connection, source: str) -> Watermarks:
    stored = connection.execute(statements.WATERMARK, {"source": source}).one_or_none()
    if stored is None:
        return Watermarks()
    try:
        keys: list[str] = []
        for row in connection.execute(statements.SERIES, {"source": source}):
            keys += json.loads(zlib.decompress(row.keys))
        planes = np.frombuffer(zlib.decompress(stored.data), np.uint8).reshape(8, -1)
        timestamps, values = np.ascontiguousarray(planes.T).view(np.float64).reshape(2, len(keys)).tolist()
    except (zlib.error, ValueError) as error:
        problem = f"the watermarks of {source} are damaged ({error})"
        raise StoreError(problem, remedy="restore a backup") from error
    return Watermarks(keys, timestamps, values, {key: row for row, key in enumerate(keys)})


def _pack(numbers: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> bytes:
    """Byte planes, fast: this is written with every tick and replaced by the next."""
    return zlib.compress(numbers.reshape(-1).view(np.uint8).reshape(-1, 8).T.tobytes(), 1)


def _checksum(keys: Sequence[str]) -> int:
    return zlib.crc32("\n".join(keys).encode("utf-8", "surrogatepass"))
