"""Thirty days of a fleet, written into a ledger as ticks would have left it."""

from collections.abc import Mapping

import numpy as np

from benchmarks.fleet import HISTORIES, Fleet
from covet_sre.ports import LedgerStore, TickRecord
from covet_sre.slo.minutes import CHUNK_MINUTES, MinuteEvents


def write_past(store: LedgerStore, fleet: Fleet, keys: Mapping[str, str], end_minute: int) -> None:
    """Every minute from the fleet's start up to `end_minute` (exclusive), chunk by chunk.

    `keys` are the streams' keys by the names of the services.
    """
    numbers = store.stream_ids(list(keys.values()))
    streams = np.array([numbers[keys[name]] for name in fleet.names], np.int64)
    histories = np.arange(fleet.services) % HISTORIES
    bad, total = fleet.minute_counts()
    first = fleet.start_minute
    while first < end_minute:
        last = min((first // CHUNK_MINUTES + 1) * CHUNK_MINUTES, end_minute)
        span = slice(first - fleet.start_minute, last - fleet.start_minute)
        minutes = np.arange(first, last)
        store.backfill(
            MinuteEvents(
                np.repeat(streams, len(minutes)),
                np.tile(minutes, fleet.services),
                bad[histories, span].reshape(-1),
                total[histories, span].reshape(-1),
            )
        )
        first = last
    store.record(TickRecord(end_minute, MinuteEvents.of([]), (), {}, {}))
