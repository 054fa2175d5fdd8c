"""The desk in a file: kill -9, full disks, the way to each row, and 100,000 alerts at once."""

import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from sqlalchemy import text

from covet_sre.errors import StoreFull
from covet_sre.incident.desk import Desk
from covet_sre.incident.reports import take_report
from covet_sre.ports import Arrival
from covet_sre.store import desk_statements as statements
from covet_sre.store.opening import SqlStore, open_database
from store.desk_story import NOON, RULES, report, write
from store.test_sqlite_file import pages_run_out


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


# ---------------------------------------------------------------- kill -9

ACCEPT_UNTIL_KILLED = """
import sys, threading
sys.path.insert(0, {tests!r})
from covet_sre.ports import Arrival
from covet_sre.store import open_store
store = open_store("sqlite:///" + sys.argv[1])
room = threading.Semaphore(50)
def answered(number, error):
    sys.stdout.write(f"{{number}}\\n")
    sys.stdout.flush()
    room.release()
print("ready", flush=True)
for count in range(10**9):
    room.acquire()
    store.accept_soon(Arrival("alertmanager", b"%d" % count, 0.0), answered)
    if count % 10 == 0:
        print(*store.accept([Arrival("grafana", b"{{}}", 0.0)]), flush=True)
"""


def test_kill_9_loses_nothing_that_was_accepted(path: Path) -> None:
    chance = random.Random(3)
    accepted: set[int] = set()
    for _ in range(6):
        told = _accept_for(path, chance.uniform(0.05, 0.3))
        assert not told & accepted, "a number was given twice"
        accepted |= told
        store = open_database(f"sqlite:///{path}")
        assert accepted <= {one.number for one in store.waiting(10**6)}
        store.close()
    assert len(accepted) > 100


def _accept_for(path: Path, seconds: float) -> set[int]:
    """Start a server's inbox, kill it that long after it was ready; the numbers that were answered."""
    program = ACCEPT_UNTIL_KILLED.format(tests=str(Path(__file__).parent.parent))
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert select.select([server.stdout], [], [], 60)[0]
        timer = subprocess.Popen(["sleep", f"{seconds}"])
        lines = []
        while timer.poll() is None:
            lines.append(server.stdout.readline())
        server.send_signal(signal.SIGKILL)
        lines += server.stdout.readlines()
    assert server.returncode == -signal.SIGKILL
    return {int(line) for line in lines if line.endswith(b"\n") and line != b"ready\n"}


def test_a_step_that_was_written_is_there_after_kill_9(path: Path) -> None:
    """Written, acknowledged by a line, killed: the desk that is laid out is the one that wrote."""
    program = f"""
import os, signal, sys
sys.path.insert(0, {str(Path(__file__).parent.parent)!r})
from covet_sre.store import open_store
from store.desk_story import random_days, write
store = open_store("sqlite:///" + sys.argv[1])
for desk, now, changes in random_days(11, 60):
    write(store, changes, now)
print(now, *sorted(desk.outgoing), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr
    now, *waiting = done.stdout.split()
    store = open_database(f"sqlite:///{path}")
    assert sorted(Desk(RULES, store.kept(float(now))).outgoing) == waiting
    store.close()


# ---------------------------------------------------------------- full


def test_a_full_disk_accepts_and_decides_nothing_and_goes_on_when_there_is_room(path: Path) -> None:
    store = open_database(f"sqlite:///{path}")
    (number,) = store.accept([Arrival("alertmanager", b"first", NOON)])
    store.close()
    with pages_run_out(path):
        store = open_database(f"sqlite:///{path}")
        with pytest.raises(StoreFull):
            store.accept([Arrival("alertmanager", bytes(1_000_000), NOON)])
        errors: list[Exception | None] = []
        store.accept_soon(Arrival("alertmanager", bytes(1_000_000), NOON), lambda _number, error: errors.append(error))
        assert store.tried(number) == 1  # behind it in the queue
        assert isinstance(errors[0], StoreFull)
        desk = Desk(RULES)
        for count in range(2000):
            take_report(desk, report(f"Alert{count}", "jobs", NOON), NOON)
        with pytest.raises(StoreFull):
            write(store, desk.changes, NOON)
        assert store.kept(NOON).alerts == ()
        store.close()
    store = open_database(f"sqlite:///{path}")
    write(store, desk.take_changes(), NOON)
    assert len(store.kept(NOON).alerts) == 2000
    assert store.waiting_count() == 1
    store.close()


# ---------------------------------------------------------------- the way to each row


def explained(store: SqlStore, statement: object) -> str:
    """How SQLite goes about it."""
    values = dict.fromkeys(statement._bindparams, 1)  # type: ignore[attr-defined]
    with store._backend.snapshot() as connection:
        rows = connection.execute(text(f"EXPLAIN QUERY PLAN {statement}"), values)
        return " | ".join(row[3] for row in rows)


@pytest.mark.parametrize("wanted", list(product((False, True), repeat=4)))
def test_lists_of_incidents_are_read_in_order_from_an_index(store: SqlStore, wanted: tuple[bool, ...]) -> None:
    names = [
        name for name, is_wanted in zip(("is_open", "service", "severity", "before"), wanted, strict=True) if is_wanted
    ]
    plan = explained(store, statements.incidents(*names))
    assert "USE TEMP B-TREE" not in plan
    assert "USING INDEX" in plan


@pytest.mark.parametrize(
    "wanted", list(product(("", "firing", "ended"), ("", "service"), ("", "incident"), ("", "after")))
)
def test_lists_of_alerts_are_read_in_order_from_an_index(store: SqlStore, wanted: tuple[str, ...]) -> None:
    plan = explained(store, statements.alerts(*filter(None, wanted)))
    assert "USE TEMP B-TREE" not in plan
    assert "USING INDEX" in plan


@pytest.mark.parametrize("wanted", [(), ("incident",), ("target",), ("incident", "target")])
def test_lists_of_notifications_are_read_in_order_from_an_index(store: SqlStore, wanted: tuple[str, ...]) -> None:
    plan = explained(store, statements.notifications(*wanted))
    assert "USE TEMP B-TREE" not in plan
    assert "USING INDEX" in plan


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (statements.WAITING, "ix_arrival_waiting"),
        (statements.WAITING_COUNT, "ix_arrival_waiting"),
        (statements.FORGET_ARRIVALS, "ix_arrival_disposed_at"),
        (statements.FORGET_ENDED_ALERTS, "ix_alert_ended"),
        (statements.DISPOSE, "PRIMARY KEY"),
        (statements.NEWEST_ARRIVALS, "SCAN arrival"),  # by its number, from the end
        (statements.ARRIVALS_BEFORE, "INTEGER PRIMARY KEY"),
        (statements.TIMELINE, "sqlite_autoindex_timeline"),
        (statements.KEPT_SILENCES, "ix_silence_ends_at"),
        (statements.KEPT_NOTIFICATIONS, "ix_notification"),
    ],
)
def test_what_is_asked_often_goes_by_its_index(store: SqlStore, statement: object, index: str) -> None:
    plan = explained(store, statement)
    assert index in plan
    if "ORDER BY number" in str(statement) or "ORDER BY position" in str(statement):
        assert "USE TEMP B-TREE" not in plan


# ---------------------------------------------------------------- a storm

STORM = """
import resource, sys
sys.path.insert(0, {tests!r})
from dataclasses import replace
from covet_sre.incident.changes import Changes
from covet_sre.incident.desk import Desk
from covet_sre.incident.reports import take_report
from covet_sre.store import open_store
from store.desk_story import NOON, RULES, report, write

desk = Desk(RULES)
take_report(desk, report("Full", "jobs", NOON, instance="10.0.0.1:9100", job="jobs", severity="page"), NOON)
known = desk.alerts["jobs/Full"]
alerts = {{}}
for number in range(100_000):
    key = f"{{number:016x}}"
    alerts[key] = replace(known, key=key, labels=(*known.labels, ("pod", f"pod-{{number}}")))
store = open_store("sqlite:///" + sys.argv[1])
write(store, desk.take_changes(), NOON)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
write(store, Changes(alerts=alerts), NOON)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
store.close()
"""


@pytest.mark.slow
def test_a_hundred_thousand_alerts_are_written_at_once_in_little_memory(path: Path) -> None:
    program = STORM.format(tests=str(Path(__file__).parent.parent))
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 48 * 1024  # KiB; the rows of all at once would take some 200 MiB
    store = open_database(f"sqlite:///{path}")
    assert len(store.kept(NOON).alerts) == 100_001
    store.close()
