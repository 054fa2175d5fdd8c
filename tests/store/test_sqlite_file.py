"""The file: one process at a time, kill -9, full and read-only disks."""

import os
import random
import resource
import select
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from covet_sre.errors import StoreBusy, StoreError, StoreFull
from covet_sre.ports import TickRecord
from covet_sre.slo.counting import Watermarks
from covet_sre.slo.minutes import GapEntry, MinuteEvents
from covet_sre.store import Store, open_store

NOON = 20_000 * 1440 + 720
STREAMS = 200


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def tick(minute: int) -> TickRecord:
    marks = Watermarks()
    for row in range(STREAMS):
        marks.put(f"series {row}", minute * 60.0, minute * 1.5)
    return TickRecord(
        minute + 1,
        MinuteEvents.of([(stream, minute, 1, 10) for stream in range(STREAMS)]),
        [GapEntry(0, minute - 5, minute, 1, 1)],
        {"p": marks},
        {(0, minute // 60, "route", "/"): 1},
    )


def with_streams(store: Store) -> Store:
    store.stream_ids([str(number) for number in range(STREAMS)])
    return store


def assert_holds_exactly(store: Store, minutes: list[int]) -> None:
    """Nothing of any other tick is there: not its minutes, gap, spending or marks."""
    for stream in (0, STREAMS - 1):
        events = store.minutes(stream, 0, 2 * NOON)
        assert events.minutes.tolist() == minutes
        assert events.total.tolist() == [10] * len(minutes)
    assert [gap.end for gap in store.gaps(0)] == minutes
    assert sum(store.spent(0, 0, NOON).values()) == len(minutes)
    assert store.last_read() == (minutes[-1] + 1 if minutes else None)
    assert set(store.marks("p").timestamps) == ({minutes[-1] * 60.0} if minutes else set())


# ---------------------------------------------------------------- one process


def test_a_second_process_is_told_who_has_the_file(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    program = f"from covet_sre.store import open_store; open_store('sqlite:///{path}')"
    second = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert f"StoreBusy: {path}: process {os.getpid()} has this database open" in second.stderr
    store.close()
    assert subprocess.run([sys.executable, "-c", program + ".close()"], timeout=60, check=False).returncode == 0


def test_a_link_to_the_file_is_the_same_file(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    link = path.with_name("link.db")
    link.symlink_to(path)
    with pytest.raises(StoreBusy):
        open_store(f"sqlite:///{link}")
    store.close()


def test_a_file_without_a_name_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store = with_streams(open_store("sqlite://"))
    store.record(tick(NOON))
    assert_holds_exactly(store, [NOON])
    assert list(tmp_path.iterdir())
    store.close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "message"), [(b"this is a text" * 100, "no SQLite database"), (b"SQLite format 3\0" * 100, "database")]
)
def test_another_kind_of_file_is_refused_and_left_as_it_is(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=message):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content


def test_a_folder_that_is_missing_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"mkdir -p {tmp_path}/none"):
        open_store(f"sqlite:///{tmp_path}/none/store.db")


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", ""])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(StoreError, match=r"sqlite:///file\.db"):
        open_store(url)


def test_a_closed_store_says_so(path: Path) -> None:
    store = open_store(f"sqlite:///{path}")
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.record(tick(NOON))
    with pytest.raises(StoreError, match="closed"):
        store.last_read()


def test_nothing_stays_beside_the_file_but_its_lock(path: Path) -> None:
    store = with_streams(open_store(f"sqlite:///{path}"))
    store.record(tick(NOON))
    store.minutes(0, NOON, NOON + 1)
    store.close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["store.db", "store.db.lock"]


# ---------------------------------------------------------------- kill -9

WRITE_UNTIL_KILLED = """
import sys
sys.path.insert(0, {folder!r})
from test_sqlite_file import NOON, open_store, tick, with_streams
store = with_streams(open_store("sqlite:///" + sys.argv[1]))
minute = store.last_read() or NOON
while True:
    store.record(tick(minute))
    print(minute, flush=True)
    minute += 1
    if minute % 7 == 0:
        store.fold(minute)
"""


def test_kill_9_leaves_exactly_the_acknowledged_ticks(path: Path) -> None:
    """The one tick whose answer was on its way may be there or not; never a part of it."""
    chance = random.Random(8)
    acknowledged: list[int] = []
    for _ in range(10):
        acknowledged += _write_for(path, chance.uniform(0.02, 0.25))
        store = open_store(f"sqlite:///{path}")
        last = store.last_read()
        if last is not None and last - 1 not in acknowledged:
            acknowledged.append(last - 1)
        assert_holds_exactly(store, acknowledged)
        store.close()
    assert len(acknowledged) > 20


def _write_for(path: Path, seconds: float) -> list[int]:
    """Start a writer, kill it that long after its first tick; the minutes that it was told are committed."""
    program = WRITE_UNTIL_KILLED.format(folder=str(Path(__file__).parent))
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        assert select.select([writer.stdout], [], [], 60)[0]
        try:
            writer.wait(seconds)
        except subprocess.TimeoutExpired:
            writer.send_signal(signal.SIGKILL)
        written = writer.stdout.read().decode()
    assert writer.returncode == -signal.SIGKILL
    return [int(line) for line in written.splitlines(keepends=True) if line.endswith("\n")]


# ---------------------------------------------------------------- full and read-only


@contextmanager
def pages_run_out(path: Path) -> Iterator[None]:
    """New connections find the disk full: SQLite's own limit, at the size that the file has."""
    with sqlite3.connect(path) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(Engine, "connect", connected)
    try:
        yield
    finally:
        event.remove(Engine, "connect", connected)


@contextmanager
def files_may_not_grow(limit_bytes: int) -> Iterator[None]:
    """The operating system refuses to write beyond a size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fill(store: Store, minute: int) -> int:
    """Record until the store is full; returns the first minute that was not taken."""
    for taken in range(minute, minute + 500):
        try:
            store.record(tick(taken))
        except StoreFull as full:
            assert "make room" in str(full)
            return taken
    raise AssertionError("the disk never became full")


def test_a_full_database_takes_nothing_in_half_and_goes_on_when_there_is_room(path: Path) -> None:
    with_streams(open_store(f"sqlite:///{path}")).close()
    with pages_run_out(path):
        store = open_store(f"sqlite:///{path}")
        refused = fill(store, NOON)
        reason = store.writable()
        assert reason is not None
        assert "full" in reason
        assert_holds_exactly(store, list(range(NOON, refused)))
        history = np.random.default_rng(1).integers(0, 2**60, 20_000)
        minutes = NOON - 1 - np.arange(20_000)
        with pytest.raises(StoreFull):
            store.backfill(MinuteEvents(np.zeros(20_000, np.int64), minutes, history, history))
        assert_holds_exactly(store, list(range(NOON, refused)))
    store.record(tick(refused))
    assert store.writable() is None
    assert_holds_exactly(store, list(range(NOON, refused + 1)))
    store.close()


def test_a_disk_without_room_takes_nothing_in_half_and_goes_on_when_there_is(path: Path) -> None:
    store = with_streams(open_store(f"sqlite:///{path}"))
    store.record(tick(NOON))
    log = path.with_name("store.db-wal")
    with files_may_not_grow(log.stat().st_size + 100_000):
        refused = fill(store, NOON + 1)
        assert refused > NOON + 1
        assert store.writable() is not None
        with pytest.raises(StoreFull):
            store.record(tick(refused))
    assert_holds_exactly(store, list(range(NOON, refused)))
    store.record(tick(refused))
    assert store.writable() is None
    assert_holds_exactly(store, list(range(NOON, refused + 1)))
    store.close()
    again = open_store(f"sqlite:///{path}")
    assert_holds_exactly(again, list(range(NOON, refused + 1)))
    again.close()


def test_a_database_that_becomes_read_only_says_so_and_goes_on_when_it_may_write(path: Path) -> None:
    with_streams(open_store(f"sqlite:///{path}")).close()

    def connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = ON")

    event.listen(Engine, "connect", connected)
    try:
        store = open_store(f"sqlite:///{path}")
        reason = store.writable()
        assert reason is not None
        assert "allow writing" in reason
        with pytest.raises(StoreFull, match="readonly"):
            store.record(tick(NOON))
        assert_holds_exactly(store, [])
    finally:
        event.remove(Engine, "connect", connected)
    store.record(tick(NOON))
    assert store.writable() is None
    assert_holds_exactly(store, [NOON])
    store.close()


OPEN_READ_ONLY = """
import sys
from covet_sre.store import open_store
open_store("sqlite:///" + sys.argv[1])
"""


@pytest.mark.parametrize(("file_mode", "folder_mode"), [(0o444, 0o755), (0o644, 0o555)])
def test_a_file_that_cannot_be_written_is_refused_and_opens_again_later(
    path: Path, file_mode: int, folder_mode: int
) -> None:
    with_streams(open_store(f"sqlite:///{path}")).close()
    path.chmod(file_mode)
    path.parent.chmod(folder_mode)
    # Root may write everywhere, but for this capability.
    bare = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    try:
        program = [*bare, sys.executable, "-c", OPEN_READ_ONLY, str(path)]
        refused = subprocess.run(program, capture_output=True, text=True, timeout=60, check=False)
    finally:
        path.parent.chmod(0o755)
        path.chmod(0o644)
    assert refused.returncode == 1
    assert f"StoreFull: {path}: " in refused.stderr
    store = open_store(f"sqlite:///{path}")
    store.record(tick(NOON))
    assert_holds_exactly(store, [NOON])
    store.close()
