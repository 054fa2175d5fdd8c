"""Blocks: minutes, or quarters of an hour, of 16 streams side by side, packed."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.minutes import CHUNK_MINUTES
from covet_sre.store.packing import pack, unpack

BLOCK_STREAMS = 16
"""Few enough that one stream's month is read without unpacking everybody's, enough to pack well."""
QUARTER_MINUTES = 15
SPAN_QUARTERS = 192
"""Quarters of an hour are kept in spans of two days."""
SPAN_MINUTES = SPAN_QUARTERS * QUARTER_MINUTES
QUARTERS_KEPT_MINUTES = 400 * 1440


@dataclass(slots=True)
class Block:
    """Arrays of shape (16, slots): a slot is a minute of a chunk, or a quarter of a span.

    `known` is 1 where it was measured.
    """

    bad: NDArray[np.int64]
    total: NDArray[np.int64]
    known: NDArray[np.int8]

    @classmethod
    def empty(cls, slots: int) -> Self:
        shape = (BLOCK_STREAMS, slots)
        return cls(np.zeros(shape, np.int64), np.zeros(shape, np.int64), np.zeros(shape, np.int8))

    @classmethod
    def decode(cls, data: bytes, slots: int) -> Self:
        unknown, bad, base, total = unpack(data)
        shape = (BLOCK_STREAMS, slots)
        bits = np.unpackbits(unknown.astype(np.uint8), count=BLOCK_STREAMS * slots)
        total = total.reshape(shape)
        total += base[:, None]
        return cls(bad.reshape(shape), total, (1 - bits).astype(np.int8).reshape(shape))

    def encode(self) -> bytes:
        """What is unknown as bits; totals as differences from each stream's middle, so that all streams look alike."""
        unknown = np.packbits(1 - self.known.reshape(-1)).astype(np.int64)
        base = np.median(self.total, axis=1).astype(np.int64)
        return pack([unknown, self.bad.reshape(-1), base, (self.total - base[:, None]).reshape(-1)])

    def add(self, other: "Block") -> None:
        self.bad += other.bad
        self.total += other.total
        self.known |= other.known

    def keep(self, chosen: NDArray[np.int8]) -> None:
        """Forget every slot but those that are chosen (1)."""
        self.bad *= chosen
        self.total *= chosen
        self.known &= chosen


def chunk_of(minute: int) -> int:
    return minute // CHUNK_MINUTES


def span_of(minute: int) -> int:
    return minute // SPAN_MINUTES


def blocks_of(streams: int) -> int:
    """How many blocks hold streams 0 to `streams` - 1."""
    return -(-streams // BLOCK_STREAMS)
