"""The writer: transactions one after another, those that wait share a commit, and one's failure is its own."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from covet_sre.errors import Refused, StoreError
from covet_sre.store.facts import number, put_number
from covet_sre.store.opening import SqlStore, open_database


@pytest.fixture
def store(url: str) -> Any:
    opened = open_database(url)
    yield opened
    opened.close()


class Commits:
    """Counts the commits of all engines."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, _connection: Connection) -> None:
        self.seen += 1


def run_together(store: SqlStore, jobs: list[Callable[[Connection], Any]]) -> tuple[list[Future[Any]], int]:
    """Give all jobs while another holds the writer up, so that they wait together. Returns their commits too."""
    writer, go, commits = store._writer, threading.Event(), Commits()
    started = threading.Event()

    def hold_up(_connection: Connection) -> None:
        started.set()
        assert go.wait(30)

    with ThreadPoolExecutor(len(jobs) + 1) as threads:
        first = threads.submit(writer.write, hold_up)
        assert started.wait(30)
        answers = [threads.submit(writer.write, job) for job in jobs]
        while writer._jobs.qsize() < len(jobs):
            threading.Event().wait(0.01)
        event.listen(Engine, "commit", commits)
        go.set()
        first.result()
    event.remove(Engine, "commit", commits)
    return answers, commits.seen - 1


def put(name: str, value: int) -> Callable[[Connection], int]:
    def job(connection: Connection) -> int:
        put_number(connection, name, value)
        return value

    return job


def facts_of(store: SqlStore, *names: str) -> list[int | None]:
    with store._backend.snapshot() as connection:
        return [number(connection, name) for name in names]


def test_jobs_that_wait_share_one_commit(store: SqlStore) -> None:
    answers, commits = run_together(store, [put(f"fact {index}", index) for index in range(20)])
    assert [answer.result() for answer in answers] == list(range(20))
    assert facts_of(store, *(f"fact {index}" for index in range(20))) == list(range(20))
    assert commits == 1


def test_a_refused_job_is_undone_alone_and_its_neighbours_are_kept(store: SqlStore) -> None:
    def refuse(connection: Connection) -> None:
        put_number(connection, "refused", 1)
        raise Refused("a rule says no")

    answers, commits = run_together(store, [put("before", 1), refuse, put("after", 2)])
    assert isinstance(answers[1].exception(), Refused)
    assert facts_of(store, "before", "refused", "after") == [1, None, 2]
    assert commits == 1


@pytest.mark.parametrize("statement", ["INSERT INTO stream (id, key) VALUES (1, NULL)", "nonsense"])
def test_a_job_that_the_database_refuses_fails_alone(store: SqlStore, statement: str) -> None:
    def fail(connection: Connection) -> None:
        put_number(connection, "failed", 1)
        connection.exec_driver_sql(statement)

    answers, _ = run_together(store, [put("before", 1), fail, put("after", 2)])
    assert isinstance(answers[1].exception(), StoreError)
    assert [answers[0].result(), answers[2].result()] == [1, 2]
    assert facts_of(store, "before", "failed", "after") == [1, None, 2]


def test_a_mistake_of_ours_reaches_the_caller_and_the_writer_lives_on(store: SqlStore) -> None:
    def mistake(connection: Connection) -> None:
        put_number(connection, "mistake", 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store._writer.write(mistake)
    assert store._writer.write(put("after", 2)) == 2
    assert facts_of(store, "mistake", "after") == [None, 2]


def test_readers_see_one_state_while_somebody_writes(store: SqlStore) -> None:
    with store._backend.snapshot() as connection:
        assert number(connection, "fact") is None
        store._writer.write(put("fact", 1))
        assert number(connection, "fact") is None
    assert facts_of(store, "fact") == [1]


def test_what_waits_is_finished_before_the_store_closes(url: str) -> None:
    store = open_database(url)
    answers, _ = run_together(store, [put(f"fact {index}", index) for index in range(5)])
    store.close()
    store.close()
    assert [answer.result() for answer in answers] == [0, 1, 2, 3, 4]
