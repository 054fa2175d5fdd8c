"""How columns of whole numbers become few bytes: the narrowest type that holds them, byte planes, zlib."""

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from covet_sre.errors import StoreError

_TYPES = {1: np.int8, 2: np.int16, 4: np.int32, 8: np.int64}
_COLUMN_HEADER = struct.Struct("<BI")
FAST, SMALL = 1, 6
"""zlib levels: for what is read back within hours, and for what is kept for months."""


def pack(columns: Sequence[NDArray[np.int64]], level: int = SMALL) -> bytes:
    """Columns of any lengths, in order. A column of zeros alone takes no space.

    Byte planes (all lowest bytes first, then the next) let zlib see that the high bytes hardly change.
    """
    parts = [bytes([len(columns)])]
    for column in columns:
        width = _width(column)
        parts.append(_COLUMN_HEADER.pack(width, len(column)))
        if width:
            narrow = column.astype(_TYPES[width])
            parts.append(narrow.view(np.uint8).reshape(-1, width).T.tobytes())
    return zlib.compress(b"".join(parts), level)


def unpack(data: bytes) -> list[NDArray[np.int64]]:
    """The columns that `pack` was given. Raises StoreError when the bytes are damaged."""
    try:
        raw = zlib.decompress(data)
        columns: list[NDArray[np.int64]] = []
        position = 1
        for _ in range(raw[0]):
            width, length = _COLUMN_HEADER.unpack_from(raw, position)
            position += _COLUMN_HEADER.size
            columns.append(_column(raw, position, width, length))
            position += width * length
    except (zlib.error, struct.error, IndexError, KeyError, ValueError) as error:
        raise StoreError(f"a packed row of the database is damaged ({error})", remedy="restore a backup") from error
    return columns


def _width(column: NDArray[np.int64]) -> int:
    if not column.size:
        return 0
    low, high = int(column.min()), int(column.max())
    if low == 0 == high:
        return 0
    for width in (1, 2, 4):
        bound = 1 << (8 * width - 1)
        if -bound <= low and high < bound:
            return width
    return 8


def _column(raw: bytes, position: int, width: int, length: int) -> NDArray[np.int64]:
    if not width:
        return np.zeros(length, np.int64)
    planes = np.frombuffer(raw, np.uint8, width * length, position).reshape(width, length)
    return np.ascontiguousarray(planes.T).view(_TYPES[width]).reshape(length).astype(np.int64)
