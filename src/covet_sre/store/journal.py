"""The journal: what each tick added, one packed row per tick."""

import json
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from covet_sre.errors import StoreError
from covet_sre.slo.minutes import MinuteEvents
from covet_sre.store.packing import FAST, SMALL, pack, unpack

Spent = dict[tuple[int, int, str, str], int]
"""Bad events by (stream, hour, label, value)."""


def encode_events(events: MinuteEvents) -> bytes:
    """Sorted by minute and stream, so that what changes from row to row is mostly 1."""
    order = np.lexsort((events.streams, events.minutes))
    minutes, streams = events.minutes[order], events.streams[order]
    zero = np.zeros(1, np.int64)
    return pack(
        [np.diff(minutes, prepend=zero), np.diff(streams, prepend=zero), events.bad[order], events.total[order]], FAST
    )


def decode_events(data: bytes) -> MinuteEvents:
    minutes, streams, bad, total = unpack(data)
    return MinuteEvents(np.cumsum(streams), np.cumsum(minutes), bad, total)


def join(parts: Iterable[MinuteEvents]) -> MinuteEvents:
    """The rows of all parts, one after another."""
    listed = list(parts)
    if not listed:
        return MinuteEvents.of([])
    return MinuteEvents(
        np.concatenate([part.streams for part in listed]),
        np.concatenate([part.minutes for part in listed]),
        np.concatenate([part.bad for part in listed]),
        np.concatenate([part.total for part in listed]),
    )


def select(events: MinuteEvents, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> MinuteEvents:
    """The rows of a change that are chosen, by mask or by index."""
    return MinuteEvents(events.streams[chosen], events.minutes[chosen], events.bad[chosen], events.total[chosen])


def encode_spent(spent: Mapping[tuple[int, int, str, str], int], level: int = SMALL) -> bytes:
    """Each label and value once, as JSON: whatever stands in a label of a target can be kept."""
    names = sorted({(label, value) for _, _, label, value in spent})
    number = {name: index for index, name in enumerate(names)}
    rows = sorted((number[key[2], key[3]], key[0], key[1], bad) for key, bad in spent.items())
    columns = np.array(rows, np.int64).reshape(-1, 4).T
    listed = np.frombuffer(json.dumps(names).encode(), np.uint8).astype(np.int64)
    return pack([listed, *columns], level)


def decode_spent(data: bytes) -> Spent:
    listed, numbers, streams, hours, bad = unpack(data)
    try:
        names = [(str(label), str(value)) for label, value in json.loads(listed.astype(np.uint8).tobytes())]
    except ValueError as error:
        raise StoreError("a packed row of the database is damaged", remedy="restore a backup") from error
    rows = zip(streams.tolist(), hours.tolist(), numbers.tolist(), bad.tolist(), strict=True)
    return {(stream, hour, *names[number]): count for stream, hour, number, count in rows}
