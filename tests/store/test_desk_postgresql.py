"""The desk on a server that several processes share: the lease with its epoch, lost connections, numbers of all."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Connection, Engine

from covet_sre.alerting.severity import Severity
from covet_sre.errors import StoreBusy, StoreError
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import NoteAdded, Opened
from covet_sre.ports import Arrival, Disposed
from covet_sre.store import Store, open_store
from covet_sre.store.failures import OutcomeUnknown
from covet_sre.store.opening import open_database
from covet_sre.store.postgresql import PostgresqlServer
from store.desk_story import HOLDER, NOON, RULES, write
from store.test_inbox import Answers

pytestmark = pytest.mark.postgresql


@pytest.fixture
def pair(postgresql_url: str) -> Iterator[tuple[Store, Store]]:
    """Two stores on one database, as two processes have them."""
    stores = open_store(postgresql_url), open_store(postgresql_url)
    yield stores
    for store in stores:
        store.close()


def opened() -> tuple[Desk, str]:
    desk = Desk(RULES)
    return desk, desk.open(Opened("api", Severity.P1, "it is down", NOON), NOON).identity


@pytest.mark.slow
def test_a_server_that_is_stopped_in_the_middle_of_a_transaction_does_not_stop_the_others(postgresql_url: str) -> None:
    one, two = open_database(postgresql_url), open_database(postgresql_url)
    stopped, woken = threading.Event(), threading.Event()

    def stall(connection: Connection) -> None:
        connection.execute(text("SELECT 1"))
        stopped.set()
        woken.wait(30)

    with ThreadPoolExecutor(1) as pool:
        stalled = pool.submit(one._writer.write, stall)
        stopped.wait(10)
        try:
            # Within the time that a server waits for another's transaction.
            assert two.accept([Arrival("alertmanager", b"{}", NOON)])
        finally:
            woken.set()
        with pytest.raises(StoreError):
            stalled.result(10)
    one.close()
    two.close()


def test_a_server_that_was_stopped_past_its_lease_writes_nothing_when_it_wakes(pair: tuple[Store, Store]) -> None:
    one, two = pair
    desk, identity = opened()
    (number,) = one.accept([Arrival("alertmanager", b"{}", NOON)])
    assert one.acquire_desk("one", 0.0, 0.3)
    assert not two.acquire_desk("two", 1e12, 60.0)  # the server's clock counts
    one.write(desk.take_changes(), (), NOON, "one")
    time.sleep(0.4)
    assert two.acquire_desk("two", 0.0, 60.0)
    desk.record(identity, NoteAdded("late"), NOON, "ana")
    for changes, disposed in ((desk.take_changes(), ()), (Desk(RULES).changes, (Disposed(number),))):
        with pytest.raises(StoreBusy, match="two decides now"):
            one.write(changes, disposed, NOON, "one")
    assert len(one.timeline(identity)) == 1
    assert one.waiting_count() == 1
    assert not one.acquire_desk("one", 0.0, 60.0)
    again = Desk(RULES, two.kept(NOON))
    again.record(identity, NoteAdded("in time"), NOON, "bea")
    two.write(again.take_changes(), [Disposed(number)], NOON, "two")
    assert [entry.actor for entry in one.timeline(identity)] == ["covet-sre", "bea"]


def test_a_server_that_comes_again_under_the_same_name_locks_its_former_self_out(pair: tuple[Store, Store]) -> None:
    former, again = pair
    desk, _ = opened()
    assert former.acquire_desk("server", 0.0, 60.0)
    assert again.acquire_desk("server", 0.0, 60.0)
    with pytest.raises(StoreBusy):
        former.write(desk.changes, (), NOON, "server")
    again.write(desk.changes, (), NOON, "server")


def test_processes_that_accept_at_the_same_time_share_the_numbers(pair: tuple[Store, Store]) -> None:
    answers = Answers()

    def post(thread: int) -> list[int]:
        store, numbers = pair[thread % 2], list[int]()
        for number in range(30):
            store.accept_soon(Arrival("alertmanager", b"%d" % number, NOON), answers)
            numbers += store.accept([Arrival("grafana", b"%d" % number, NOON)] * 2)
        return numbers

    with ThreadPoolExecutor(4) as threads:
        numbers = [number for found in threads.map(post, range(4)) for number in found]
    answers.wait_for(120)
    assert sorted(numbers + answers.numbers) == list(range(1, 361))
    assert [one.number for one in pair[0].waiting(999)] == list(range(1, 361))


def lose_connection(cluster: Any, lost: threading.Event, *, committed: bool) -> Callable[[Connection], None]:
    """Break the connection of the next commit, right before it or right after."""

    def break_connection(connection: Connection) -> None:
        if not lost.is_set():
            lost.set()
            driver = connection.connection.driver_connection
            assert driver is not None
            if committed:
                driver.execute("COMMIT")
                driver.execute("SELECT 1")  # the driver's own COMMIT has something to fail at
            cluster.sql(f"SELECT pg_terminate_backend({driver.info.backend_pid}, 5000)")

    return break_connection


@pytest.mark.parametrize("committed", [True, False])
def test_a_step_whose_commit_is_lost_is_looked_up(
    postgresql_cluster: Any, postgresql_url: str, committed: bool
) -> None:
    store, lost, answers = open_store(postgresql_url), threading.Event(), Answers()
    desk, identity = opened()
    assert store.acquire_desk(HOLDER, NOON, 60.0)
    break_connection = lose_connection(postgresql_cluster, lost, committed=committed)
    event.listen(Engine, "commit", break_connection)
    try:
        if committed:
            store.write(desk.changes, (), NOON, HOLDER)
        else:
            with pytest.raises(StoreError):
                store.write(desk.changes, (), NOON, HOLDER)
        lost.clear()
        store.accept_soon(Arrival("alertmanager", b"{}", NOON), answers)
        answers.wait_for(1)
    finally:
        event.remove(Engine, "commit", break_connection)
    assert (store.find_incident(identity) is not None) == committed
    assert len(answers.numbers) == store.waiting_count() == committed
    store.close()


def test_what_may_have_been_written_is_not_written_again(
    postgresql_cluster: Any, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several jobs share a commit whose outcome nobody can tell: each is told so, and none is run a second time."""

    def nobody_knows(_self: object, _number: str) -> bool:
        raise OutcomeUnknown("what became of it is unknown")

    store, lost, answers = open_database(postgresql_url), threading.Event(), Answers()
    started, go = threading.Event(), threading.Event()

    def hold_up(_connection: Connection) -> None:
        started.set()
        assert go.wait(30)

    def commits(connection: Connection) -> None:
        seen.append(connection)
        if len(seen) == 2:  # the first is that of what holds the writer up
            break_connection(connection)

    seen: list[Connection] = []
    break_connection = lose_connection(postgresql_cluster, lost, committed=True)
    with ThreadPoolExecutor(4) as threads:
        event.listen(Engine, "commit", commits)
        threads.submit(store._writer.write, hold_up)
        assert started.wait(30)
        accepted = [threads.submit(store.accept, [Arrival("grafana", b"{}", NOON)]) for _ in range(3)]
        store.accept_soon(Arrival("alertmanager", b"{}", NOON), answers)
        while store._writer._jobs.qsize() < 4:
            threading.Event().wait(0.01)
        monkeypatch.setattr(PostgresqlServer, "_was_committed", nobody_knows)
        go.set()
        errors = [one.exception() for one in accepted]
        answers.wait_for(1)
    event.remove(Engine, "commit", commits)
    assert [type(error) for error in (*errors, *answers.errors)] == [OutcomeUnknown] * 4
    assert store.waiting_count() == 4
    desk, _ = opened()
    write(store, desk.take_changes(), NOON)
    store.close()
