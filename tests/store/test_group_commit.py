"""Single arrivals: those that wait together share one commit, each has its own number, and none is answered before."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from covet_sre.errors import StoreBusy, StoreError
from covet_sre.ports import Arrival
from covet_sre.store.group_commit import MOST_WAITING
from covet_sre.store.opening import SqlStore, open_database
from store.test_inbox import Answers


@pytest.fixture
def store(url: str) -> Iterator[SqlStore]:
    opened = open_database(url)
    yield opened
    opened.close()


def arrival(number: int, size: int = 0) -> Arrival:
    return Arrival("alertmanager", b"%d" % number + bytes(size), float(number))


@contextmanager
def held_up(store: SqlStore) -> Iterator[None]:
    """The writer is busy with something else, until the block ends."""
    started, go = threading.Event(), threading.Event()

    def hold_up(_connection: Connection) -> None:
        started.set()
        assert go.wait(30)

    with ThreadPoolExecutor(1) as thread:
        busy = thread.submit(store._writer.write, hold_up)
        assert started.wait(30)
        try:
            yield
        finally:
            go.set()
        busy.result()


def kept(store: SqlStore) -> list[tuple[int, bytes]]:
    return [(one.number, one.arrival.body) for one in store.waiting(100_000)]


def test_arrivals_that_wait_together_share_one_commit(store: SqlStore) -> None:
    answers, commits = Answers(), Answers()

    def committing(_connection: Connection) -> None:
        commits(len(answers.numbers), None)

    with held_up(store):
        for number in range(200):
            store.accept_soon(arrival(number), answers)
        event.listen(Engine, "commit", committing)
    answers.wait_for(200)
    event.remove(Engine, "commit", committing)
    # One commit of what held the writer up, and one of all; before it nobody was answered.
    assert commits.numbers == [0, 0]
    assert kept(store) == [(number, b"%d" % index) for index, number in enumerate(answers.numbers)]


def test_whoever_is_answered_finds_it_kept(store: SqlStore) -> None:
    found: list[bool] = []
    done = threading.Event()

    def answered(number: int | None, _error: Exception | None) -> None:
        found.append(number in {one.number for one in store.waiting(1000)})
        if len(found) == 20:
            done.set()

    for number in range(20):
        store.accept_soon(arrival(number), answered)
    assert done.wait(30)
    assert found == [True] * 20


def test_many_threads_get_the_numbers_of_their_own_arrivals(store: SqlStore) -> None:
    bodies: dict[int, bytes] = {}
    left = threading.Semaphore(0)

    def post(thread: int) -> None:
        for number in range(150):
            one = arrival(thread * 1000 + number)

            def answered(found: int | None, _error: Exception | None, body: bytes = one.body) -> None:
                assert found is not None
                bodies[found] = body
                left.release()

            store.accept_soon(one, answered)
            if number % 40 == 0:
                store.accept([one])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(post, range(6)))
    for _ in range(6 * 150):
        assert left.acquire(timeout=30)
    rows = dict(kept(store))
    assert len(rows) == 6 * (150 + 4)
    assert {number: rows[number] for number in bodies} == bodies


def test_more_than_can_wait_is_refused_before_it_is_accepted(store: SqlStore) -> None:
    answers = Answers()
    with held_up(store):
        for number in range(MOST_WAITING):
            store.accept_soon(arrival(number), answers)
        with pytest.raises(StoreBusy, match="5000 requests"):
            store.accept_soon(arrival(0), answers)
    answers.wait_for(MOST_WAITING)
    assert store.waiting_count() == MOST_WAITING
    store.accept_soon(arrival(0), answers)
    answers.wait_for(MOST_WAITING + 1)
    assert answers.errors == []


def test_large_bodies_are_refused_before_memory_is_gone(store: SqlStore) -> None:
    answers = Answers()
    with held_up(store):
        for number in range(64):
            store.accept_soon(arrival(number, 1024 * 1024), answers)
        with pytest.raises(StoreBusy):
            store.accept_soon(arrival(64), answers)
    answers.wait_for(64)
    assert answers.errors == []


def test_a_failure_is_everybodys_answer_and_later_ones_are_kept(store: SqlStore) -> None:
    failed, answers = Answers(), Answers()
    with held_up(store):
        for number in range(20):
            store.accept_soon(arrival(number), failed)
        event.listen(Engine, "before_cursor_execute", fail_on_arrivals)
    failed.wait_for(20)
    event.remove(Engine, "before_cursor_execute", fail_on_arrivals)
    assert failed.numbers == []
    assert len(failed.errors) == 20
    assert store.waiting_count() == 0
    store.accept_soon(arrival(7), answers)
    answers.wait_for(1)
    assert [body for _, body in kept(store)] == [b"7"]


def fail_on_arrivals(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
    if "INTO arrival" in statement:
        raise StoreError("it cannot be written")


def test_a_neighbour_that_fails_takes_nobody_with_it(store: SqlStore) -> None:
    answers = Answers()

    def fail(connection: Connection) -> None:
        connection.exec_driver_sql("nonsense")

    with ThreadPoolExecutor(1) as thread:
        with held_up(store):
            for number in range(20):
                store.accept_soon(arrival(number), answers)
            neighbour = thread.submit(store._writer.write, fail)
            while store._writer._jobs.qsize() < 2:
                threading.Event().wait(0.01)
        assert isinstance(neighbour.exception(), StoreError)
    answers.wait_for(20)
    assert kept(store) == [(number, b"%d" % index) for index, number in enumerate(answers.numbers)]


def test_an_answer_that_raises_concerns_nobody_else(store: SqlStore) -> None:
    answers = Answers()

    def gone(_number: int | None, _error: Exception | None) -> None:
        raise RuntimeError("the client is gone")

    with held_up(store):
        for number in range(5):
            store.accept_soon(arrival(number), gone if number == 2 else answers)
    answers.wait_for(4)
    store.accept_soon(arrival(9), answers)
    answers.wait_for(5)
    assert len(kept(store)) == 6


def test_what_waits_is_kept_before_the_store_closes_and_later_ones_are_told(url: str) -> None:
    store = open_database(url)
    answers, late = Answers(), Answers()
    with held_up(store):
        for number in range(10):
            store.accept_soon(arrival(number), answers)
    store.close()
    assert len(answers.numbers) == 10
    store.accept_soon(arrival(0), late)
    assert "closed" in str(late.errors[0])
    again = open_database(url)
    assert again.waiting_count() == 10
    again.close()
