"""A block of Prometheus' own database, written directly: a month of thousands of series in seconds.

Format: prometheus/tsdb/docs/format (index version 2, chunks of version 1 in XOR encoding). Series that share their
samples share the chunks on disk; reading them costs Prometheus what it always costs.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.remote_write import varint

SAMPLES_PER_CHUNK = 120
_ULID = "01HZZZZZZZZZZZZZZZZZZZZZZZ"


@dataclass(frozen=True)
class Samples:
    """Timestamps in milliseconds at one distance, and their values."""

    start_milliseconds: int
    step_milliseconds: int
    values: NDArray[np.float64]

    @property
    def last_milliseconds(self) -> int:
        """The timestamp of the last sample."""
        return self.start_milliseconds + self.step_milliseconds * (len(self.values) - 1)


def write_block(folder: Path, samples: Sequence[Samples], series: Sequence[tuple[Mapping[str, str], int]]) -> None:
    """Write one block below `folder`. Each series is its labels and the number of its samples."""
    block = folder / _ULID
    (block / "chunks").mkdir(parents=True)
    written = bytearray(struct.pack(">IBxxx", 0x85BD40DD, 1))
    listed = [_write_chunks(one, written) for one in samples]
    (block / "chunks" / "000001").write_bytes(written)
    ordered = sorted((tuple(sorted(labels.items())), number) for labels, number in series)
    (block / "index").write_bytes(_index(ordered, listed))
    per_series = [len(samples[number].values) for _, number in series]
    meta = {
        "ulid": _ULID,
        "minTime": min(one.start_milliseconds for one in samples),
        "maxTime": max(one.last_milliseconds for one in samples) + 1,
        "stats": {
            "numSamples": sum(per_series),
            "numSeries": len(series),
            "numChunks": sum(-(-count // SAMPLES_PER_CHUNK) for count in per_series),
        },
        "compaction": {"level": 1, "sources": [_ULID]},
        "version": 1,
    }
    (block / "meta.json").write_text(json.dumps(meta))


# ---------------------------------------------------------------- chunks


def _write_chunks(samples: Samples, written: bytearray) -> bytes:
    """Append the chunks of a series; what its entry in the index says about them."""
    entry = bytearray()
    last_moment = last_place = 0
    for first in range(0, len(samples.values), SAMPLES_PER_CHUNK):
        values = samples.values[first : first + SAMPLES_PER_CHUNK]
        start = samples.start_milliseconds + first * samples.step_milliseconds
        end = start + (len(values) - 1) * samples.step_milliseconds
        place = len(written)
        content = b"\x01" + _xor_chunk(start, samples.step_milliseconds, values)
        written += varint(len(content) - 1) + content + _checksum(content)
        if first == 0:
            entry += _signed(start) + varint(end - start) + varint(place)
        else:
            entry += varint(start - last_moment) + varint(end - start) + _signed(place - last_place)
        last_moment, last_place = end, place
    return varint(-(-len(samples.values) // SAMPLES_PER_CHUNK)) + bytes(entry)


def _xor_chunk(start: int, step: int, values: NDArray[np.float64]) -> bytes:
    """Facebook's Gorilla encoding as Prometheus writes it. The distance is constant: each timestamp is one 0 bit."""
    bits = values.view(np.uint64).tolist()
    head = struct.pack(">H", len(bits)) + _signed(start) + struct.pack(">Q", bits[0])
    if len(bits) > 1:
        head += varint(step)
    body: list[str] = []
    leading, trailing = 255, 0
    for number, (earlier, later) in enumerate(pairwise(bits)):
        if number:
            body.append("0")
        difference = earlier ^ later
        if not difference:
            body.append("0")
            continue
        zeros = min(64 - difference.bit_length(), 31)
        ends = (difference & -difference).bit_length() - 1
        if leading != 255 and zeros >= leading and ends >= trailing:
            body.append(f"10{difference >> trailing:0{64 - leading - trailing}b}")
        else:
            leading, trailing = zeros, ends
            width = 64 - leading - trailing
            body.append(f"11{leading:05b}{width & 63:06b}{difference >> trailing:0{width}b}")
    text = "".join(body)
    text += "0" * (-len(text) % 8)
    return head + (int(text, 2).to_bytes(len(text) // 8, "big") if text else b"")


# ---------------------------------------------------------------- the index


def _index(series: Sequence[tuple[tuple[tuple[str, str], ...], int]], chunks: Sequence[bytes]) -> bytes:
    """Symbols, series, postings and their table, in the order in which Prometheus writes them."""
    names = sorted({text for labels, _ in series for pair in labels for text in pair})
    symbol = {text: number for number, text in enumerate(names)}
    file = bytearray(struct.pack(">IB", 0xBAAAD700, 2))
    symbols_at = len(file)
    file += _section(struct.pack(">I", len(names)) + b"".join(_text(name) for name in names))
    file += bytes(-len(file) % 16)
    series_at = len(file)
    references: dict[tuple[str, str], list[int]] = {("", ""): []}
    entries = [
        varint(len(labels)) + b"".join(varint(symbol[n]) + varint(symbol[v]) for n, v in labels) for labels, _ in series
    ]
    sums = _checksums(entries, [number for _, number in series], chunks)
    for (labels, number), entry, checksum in zip(series, entries, sums, strict=True):
        file += bytes(-len(file) % 16)
        for pair in (("", ""), *labels):
            references.setdefault(pair, []).append(len(file) // 16)
        file += varint(len(entry) + len(chunks[number])) + entry + chunks[number] + checksum
    places: dict[tuple[str, str], int] = {}
    file += bytes(-len(file) % 4)
    postings_at = len(file)
    for pair in sorted(references):
        places[pair] = len(file)
        file += _section(struct.pack(f">{len(references[pair]) + 1}I", len(references[pair]), *references[pair]))
    table_at = len(file)
    table = b"".join(b"\x02" + _text(name) + _text(value) + varint(place) for (name, value), place in places.items())
    file += _section(struct.pack(">I", len(places)) + table)
    contents = struct.pack(">6Q", symbols_at, series_at, 0, 0, postings_at, table_at)
    return bytes(file + contents + _checksum(contents))


def _section(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content + _checksum(content)


def _text(text: str) -> bytes:
    encoded = text.encode()
    return varint(len(encoded)) + encoded


def _signed(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


# ---------------------------------------------------------------- CRC-32C


def _table() -> list[int]:
    table: list[int] = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ 0x82F63B78 if byte & 1 else byte >> 1
        table.append(byte)
    return table


_TABLE = _table()


def _advanced(state: int, content: bytes) -> int:
    for byte in content:
        state = _TABLE[(state ^ byte) & 0xFF] ^ state >> 8
    return state


def _checksum(content: bytes) -> bytes:
    return struct.pack(">I", _advanced(0xFFFFFFFF, content) ^ 0xFFFFFFFF)


def _checksums(heads: Sequence[bytes], tails: Sequence[int], tail_contents: Sequence[bytes]) -> list[bytes]:
    """Checksums of head + tail of every series: the few tails, which are long, are walked once for all their heads."""
    states = np.array([_advanced(0xFFFFFFFF, head) for head in heads], np.uint32)
    chosen, table = np.array(tails), np.array(_TABLE, np.uint32)
    for number, content in enumerate(tail_contents):
        state = states[chosen == number]
        for byte in content:
            state = table[(state ^ byte) & 0xFF] ^ state >> 8
        states[chosen == number] = state
    return [struct.pack(">I", int(state) ^ 0xFFFFFFFF) for state in states]
