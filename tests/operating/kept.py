"""A database with something of everything in it, and what it holds, row by row."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from covet_sre.access.audit import Act
from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.ports import AlertTransition, Arrival, Store, TickRecord
from covet_sre.slo.minutes import GapEntry, MinuteEvents
from store.desk_story import HOLDER, NOON, random_days, write

ACTS = 21
"""How many acts `fill` leaves in the audit record: its own, and that of an adjustment."""

MINUTE = int(NOON // 60)


def fill(store: Store, seed: int = 1, happenings: int = 120) -> None:
    """Some days of alerts, incidents and notifications; ledger, adjustments, records and the audit record."""
    now = NOON
    for _, now, changes in random_days(seed, happenings):
        write(store, changes, now)
    assert store.acquire_desk(HOLDER, now, 0.0)
    for number in range(20):
        store.audit(Act(NOON + number, "ana", "PutThing", f"thing-{number}", '{"text": "\\u0000 \\ud83d é"}'))
    (stream,) = store.stream_ids(["api-availability \x7f é"]).values()
    events = MinuteEvents.of([(stream, MINUTE + minute, minute % 3, 100 + minute) for minute in range(300)])
    spent = {(stream, MINUTE // 60, "route", "/orders"): 7}
    assert store.acquire_lease("filler", NOON, 60.0)
    store.record(TickRecord(MINUTE + 300, events, [GapEntry(stream, MINUTE, MINUTE + 9, 1, 50)], {}, spent))
    store.fold(MINUTE + 200)
    assert store.acquire_lease("filler", NOON, 0.0)
    store.record_transitions([AlertTransition("api", "fast", "page", "firing", MINUTE, "episode-1", {"burn": 14.4})])
    kind = AdjustmentKind.CORRECT
    store.add_adjustment(Adjustment(0, "api", kind, MINUTE, MINUTE + 5, 1, 2, "ana", "a drill", MINUTE + 9))
    store.accept([Arrival("plain", b"\x00\xff body", NOON, "10.0.0.1", "note")])


def rows_of(path: Path) -> Mapping[str, list[tuple[object, ...]]]:
    """Every row of every table of an SQLite file, in the order of their values."""
    with closing(sqlite3.connect(path)) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            if not name.startswith("sqlite_")
        ]
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr) for name in tables}
