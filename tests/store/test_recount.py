"""Whatever is recorded, filled in, corrected late and folded: every reading equals a plain recount."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covet_sre.ports import TickRecord
from covet_sre.slo.counting import Watermarks
from covet_sre.slo.minutes import CHUNK_MINUTES, MinuteEvents
from covet_sre.store import Store, open_store
from covet_sre.store.memory import MemoryStore

DAY, QUARTER, SPAN = 1440, 15, 2880
NOW = 20_000 * DAY
STREAMS = 33

Row = tuple[int, int, int, int]


@dataclass
class Recount:
    """The ledger in the plainest possible way: one dict entry for each minute of each stream."""

    minutes: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    quarters: dict[tuple[int, int], list[int]] = field(default_factory=dict)
    first: dict[int, int] = field(default_factory=dict)
    minutes_floor: int = -(10**12)
    quarters_floor: int = -(10**12)
    newest: int | None = None

    def add(self, rows: list[Row]) -> None:
        for stream, minute, bad, total in rows:
            if minute >= self.minutes_floor:
                self._put(self.minutes, (stream, minute), bad, total)
                self.newest = max(minute, self.newest if self.newest is not None else minute)
            if minute >= self.quarters_floor:
                self._put(self.quarters, (stream, minute // QUARTER * QUARTER), bad, total)
            self.first[stream] = min(minute, self.first.get(stream, minute))

    def backfill(self, rows: list[Row]) -> None:
        known_minutes, known_quarters = set(self.minutes), set(self.quarters)
        self.add(
            [
                row
                for row in rows
                if (
                    (row[0], row[1]) not in known_minutes
                    if row[1] >= self.minutes_floor
                    else (row[0], row[1] // QUARTER * QUARTER) not in known_quarters
                )
            ]
        )

    def fold(self, before_minute: int) -> None:
        if self.newest is None:
            return
        end = min(before_minute, (self.newest // CHUNK_MINUTES + 1) * CHUNK_MINUTES)
        self.minutes_floor = max(self.minutes_floor, (end - 100 * DAY) // CHUNK_MINUTES * CHUNK_MINUTES)
        self.quarters_floor = max(self.quarters_floor, (end - 400 * DAY) // SPAN * SPAN)
        self.minutes = {key: counts for key, counts in self.minutes.items() if key[1] >= self.minutes_floor}
        self.quarters = {key: counts for key, counts in self.quarters.items() if key[1] >= self.quarters_floor}

    @staticmethod
    def _put(counts: dict[tuple[int, int], list[int]], key: tuple[int, int], bad: int, total: int) -> None:
        there = counts.setdefault(key, [0, 0])
        there[0] += bad
        there[1] += total


# Around now, around the edges of chunks and quarters, and around what is past its keeping.
minutes = st.one_of(
    st.integers(NOW - 200, NOW + 200),
    st.sampled_from([0, 50, 99, 100, 101, 250, 399, 400, 403]).flatmap(
        lambda days: st.integers(NOW - days * DAY - 20, NOW - days * DAY + 20)
    ),
)
counts = st.one_of(st.integers(0, 300), st.integers(-5, -1), st.integers(2**31, 2**40))
changes = st.lists(st.tuples(st.sampled_from([0, 1, 15, 16, 31, 32]), minutes, counts, counts), max_size=8)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("record"), changes),
        st.tuples(st.just("backfill"), changes),
        st.tuples(st.just("fold"), st.sampled_from([NOW - 300 * DAY, NOW - 10, NOW + 1, NOW + 100, NOW + 9999 * DAY])),
    ),
    min_size=1,
    max_size=8,
)


def check(steps: list[tuple[str, list[Row] | int]], store: Store) -> None:
    store.stream_ids([str(number) for number in range(STREAMS)])
    recount, touched = Recount(), set[int]()
    for step, what in steps:
        if isinstance(what, int):
            store.fold(what)
            recount.fold(what)
        elif step == "record":
            end_minute = max((row[1] for row in what), default=NOW) + 1
            store.record(TickRecord(end_minute, MinuteEvents.of(what), [], {"p": Watermarks()}, {}))
            recount.add(what)
        else:
            store.backfill(MinuteEvents.of(what))
            recount.backfill(what)
        if not isinstance(what, int):
            touched |= {row[1] // CHUNK_MINUTES for row in what}
        compare(store, recount, touched)


def compare(store: Store, recount: Recount, touched: set[int]) -> None:
    for stream in (0, 1, 15, 16, 31, 32, 2):
        assert _rows(store.minutes(stream, 0, NOW * 2)) == _of(recount.minutes, stream)
        assert _rows(store.quarters(stream, 0, NOW * 2)) == _of(recount.quarters, stream)
    assert store.known_from(STREAMS).tolist() == [recount.first.get(stream, -1) for stream in range(STREAMS)]
    whole = np.zeros((3, STREAMS), np.int64)
    for (stream, _), (bad, total) in recount.minutes.items():
        whole[:, stream] += (bad, total, 1)
    # Sums outlive their minutes; what they tell of that time is tested by example.
    oldest = max(recount.minutes_floor // CHUNK_MINUTES, 0)
    assert (store.chunk_sums(oldest, NOW, STREAMS) == whole).all()
    for number in touched:
        chunk = store.chunk(number, STREAMS)
        cells = {
            (stream, chunk.start + row): [int(chunk.bad[row, stream]), int(chunk.total[row, stream])]
            for row, stream in np.argwhere(chunk.known).tolist()
        }
        assert cells == {key: counts for key, counts in recount.minutes.items() if key[1] // CHUNK_MINUTES == number}
        assert chunk.total[chunk.known == 0].sum() == 0
        sums = np.stack([chunk.bad.sum(0), chunk.total.sum(0), chunk.known.sum(0, dtype=np.int64)])
        if number >= oldest:
            assert (store.chunk_sums(number, number + 1, STREAMS) == sums).all()


def _rows(events: MinuteEvents) -> list[tuple[int, int, int]]:
    return list(zip(events.minutes.tolist(), events.bad.tolist(), events.total.tolist(), strict=True))


def _of(counted: dict[tuple[int, int], list[int]], stream: int) -> list[tuple[int, int, int]]:
    return sorted((minute, bad, total) for (whose, minute), (bad, total) in counted.items() if whose == stream)


@contextmanager
def opened(store: Store) -> Iterator[Store]:
    try:
        yield store
    finally:
        store.close()


@given(steps)
@settings(max_examples=150, deadline=None)
def test_memory_equals_a_plain_recount(steps: list[tuple[str, list[Row] | int]]) -> None:
    check(steps, MemoryStore())


numbers = count()


@pytest.fixture(scope="module")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with its tables: copying it is faster than making them."""
    path = tmp_path_factory.mktemp("empty") / "store.db"
    open_store(f"sqlite:///{path}").close()
    return path


@given(steps)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_sqlite_equals_a_plain_recount(
    empty_file: Path, tmp_path: Path, steps: list[tuple[str, list[Row] | int]]
) -> None:
    path = tmp_path / f"{next(numbers)}.db"
    shutil.copy(empty_file, path)
    with opened(open_store(f"sqlite:///{path}")) as store:
        check(steps, store)


@pytest.mark.postgresql
@given(steps)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_postgresql_equals_a_plain_recount(postgresql_cluster: Any, steps: list[tuple[str, list[Row] | int]]) -> None:
    with opened(open_store(postgresql_cluster.new_database())) as store:
        check(steps, store)
