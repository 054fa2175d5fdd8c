"""PostgreSQL: several processes on one database, leases, restarts, lost answers, a server that is read-only."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from covet_sre.errors import StoreBusy, StoreError, StoreFull
from covet_sre.ports import TickRecord
from covet_sre.slo.minutes import MinuteEvents
from covet_sre.store import Store, open_store

NOON = 20_000 * 1440 + 720
pytestmark = pytest.mark.postgresql


def tick(minute: int) -> TickRecord:
    return TickRecord(minute + 1, MinuteEvents.of([(0, minute, 1, 10)]), [], {}, {})


@pytest.fixture
def pair(postgresql_url: str) -> Any:
    """Two stores on one database, as two processes have them."""
    stores = open_store(postgresql_url), open_store(postgresql_url)
    stores[0].stream_ids(["a"])
    yield stores
    for store in stores:
        store.close()


def test_the_lease_passes_on_and_the_old_holder_writes_no_more(pair: tuple[Store, Store]) -> None:
    one, two = pair
    assert one.acquire_lease("one", 0.0, 0.4)
    assert not two.acquire_lease("two", 1e12, 60)
    one.record(tick(NOON))
    with pytest.raises(StoreBusy, match="one measures now"):
        two.record(tick(NOON + 1))
    time.sleep(0.5)
    one.record(tick(NOON + 1))  # nobody has taken it over
    assert two.acquire_lease("two", 0.0, 60)
    for write in (
        lambda: one.record(tick(NOON + 2)),
        lambda: one.backfill(MinuteEvents.of([(0, NOON - 1, 0, 1)])),
        lambda: one.record_spent({(0, NOON // 60, "route", "/"): 1}),
        lambda: one.fold(NOON + 9),
    ):
        with pytest.raises(StoreBusy, match="two measures now"):
            write()
    two.record(tick(NOON + 2))
    assert two.minutes(0, 0, 2 * NOON).minutes.tolist() == [NOON, NOON + 1, NOON + 2]
    assert not one.acquire_lease("one", 0.0, 60)


def test_a_process_that_comes_again_under_the_same_name_locks_its_former_self_out(pair: tuple[Store, Store]) -> None:
    former, again = pair
    assert former.acquire_lease("server-1", 0.0, 60)
    assert again.acquire_lease("server-1", 0.0, 60)
    with pytest.raises(StoreBusy):
        former.record(tick(NOON))
    again.record(tick(NOON))


def test_processes_that_number_streams_at_the_same_time_agree(pair: tuple[Store, Store]) -> None:
    keys = [[f"stream {number}" for number in range(start, start + 30)] for start in (0, 10, 20, 5, 15, 25)]
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda job: pair[job[0] % 2].stream_ids(job[1]), enumerate(keys)))
    known: dict[str, int] = {}
    for answer in answers:
        assert all(known.setdefault(key, number) == number for key, number in answer.items())
    assert sorted(known.values()) == list(range(1, len(known) + 1))


def test_processes_that_open_an_empty_database_at_the_same_time_all_succeed(postgresql_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        stores = list(threads.map(lambda _: open_store(postgresql_url), range(4)))
    for store in stores:
        assert store.last_read() is None
        store.close()


def test_a_server_that_was_restarted_is_used_again(postgresql_cluster: Any, postgresql_url: str) -> None:
    store = open_store(postgresql_url)
    store.stream_ids(["a"])
    store.record(tick(NOON))
    postgresql_cluster.stop()
    try:
        with pytest.raises(StoreError) as down:
            store.record(tick(NOON + 1))
        assert "check that PostgreSQL runs" in str(down.value)
        with pytest.raises(StoreError):
            store.last_read()
        assert store.writable() is not None
    finally:
        postgresql_cluster.start()
    store.record(tick(NOON + 2))
    assert store.writable() is None
    assert store.minutes(0, 0, 2 * NOON).minutes.tolist() == [NOON, NOON + 2]
    store.close()


@pytest.mark.parametrize("committed", [True, False])
def test_a_commit_whose_answer_is_lost_is_looked_up(
    postgresql_cluster: Any, postgresql_url: str, committed: bool
) -> None:
    """The connection breaks right after the server committed, or right before: the caller is told which."""
    store = open_store(postgresql_url)
    store.stream_ids(["a"])
    lost = threading.Event()

    def break_connection(connection: Connection) -> None:
        if not lost.is_set():
            lost.set()
            if committed:
                connection.connection.driver_connection.execute("COMMIT")
                # So that the driver's own COMMIT has something to fail at.
                connection.connection.driver_connection.execute("SELECT 1")
            number = connection.connection.driver_connection.info.backend_pid
            postgresql_cluster.sql(f"SELECT pg_terminate_backend({number}, 5000)")

    event.listen(Engine, "commit", break_connection)
    try:
        if committed:
            store.record(tick(NOON))
        else:
            with pytest.raises(StoreError):
                store.record(tick(NOON))
    finally:
        event.remove(Engine, "commit", break_connection)
    assert lost.is_set()
    assert len(store.minutes(0, 0, 2 * NOON)) == committed
    store.record(tick(NOON + 1))
    assert len(store.minutes(0, 0, 2 * NOON)) == 1 + committed
    store.close()


def test_a_server_that_is_read_only_says_so_and_takes_ticks_when_it_is_not(
    postgresql_cluster: Any, postgresql_url: str
) -> None:
    name = postgresql_url.removeprefix("postgresql://covet@/").split("?")[0]
    store = open_store(postgresql_url)
    store.stream_ids(["a"])
    store.close()
    postgresql_cluster.sql(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    store = open_store(postgresql_url)
    reason = store.writable()
    assert reason is not None
    assert "read-only" in reason
    with pytest.raises(StoreFull):
        store.record(tick(NOON))
    assert store.last_read() is None
    postgresql_cluster.sql(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    postgresql_cluster.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    store.record(tick(NOON))
    assert store.writable() is None
    store.close()


def test_a_password_never_stands_in_a_message() -> None:
    with pytest.raises(StoreError) as refused:
        open_store("postgresql://covet:hush@127.0.0.1:1/none")
    assert "hush" not in str(refused.value)
    assert "127.0.0.1" in str(refused.value)
