"""Thirty days of a fleet, written into a ledger as ticks would have left it."""

from pathlib import Path

import numpy as np

from benchmarks.fleet import HISTORIES, Fleet
from covet_sre.ports import TickRecord
from covet_sre.slo.minutes import CHUNK_MINUTES, MinuteEvents
from covet_sre.spec import read_paths
from covet_sre.store import open_store


def write_past(database: Path, files: Path, fleet: Fleet, end_minute: int) -> None:
    """Every minute from the fleet's start up to `end_minute` (exclusive), chunk by chunk, into an SQLite file."""
    keys = {one.name.removesuffix("-availability"): one.events.key for one in read_paths([files]).objectives}
    store = open_store(f"sqlite:///{database}")
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
    store.close()
