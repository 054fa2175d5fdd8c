"""The installation looks after itself: backups on a schedule, each verified; and what its doors tell of that."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from covet_sre.app import Server, Settings
from covet_sre.engine.upkeep import Upkeep
from covet_sre.errors import StoreError
from covet_sre.flows.timings import Timings
from covet_sre.incident.reconciling import RESTORED, Reconciling
from covet_sre.store import open_store
from covet_sre.store.backup import verify_file
from operating.kept import ACTS, fill
from store.desk_story import NOON

ROOT = Path(__file__).resolve().parent.parent.parent
FILES = ROOT / "examples/covetpy/reliability"


class Time:
    def __init__(self) -> None:
        self.now = NOON + 1_000_000

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def made(tmp_path: Path, time: Time) -> Iterator[Callable[..., Server]]:
    servers: list[Server] = []

    def make(**settings: object) -> Server:
        url = f"sqlite:///{tmp_path / 'covet-sre.db'}"
        servers.append(Server(replace(Settings((FILES,), url, clock=time), **settings)))  # type: ignore[arg-type]
        return servers[-1]

    yield make
    for server in servers:
        server.close()


def client(server: Server) -> TestClient:
    return TestClient(server.application, base_url="http://127.0.0.1")


def test_a_backup_that_is_asked_for_is_sent_whole_and_leaves_nothing_behind(
    made: Callable[..., Server], tmp_path: Path
) -> None:
    server = made()
    fill(server.store)
    answer = client(server).post("/api/v1/operating/backup")
    assert answer.headers["content-type"] == "application/gzip"
    assert 'filename="covet-sre-2026' in answer.headers["content-disposition"]
    (tmp_path / "got").mkdir()
    (tmp_path / "got" / "a.tar.gz").write_bytes(answer.content)
    found = verify_file(tmp_path / "got" / "a.tar.gz")
    assert found.damages == () and found.manifest is not None
    assert found.manifest.heads.audit_position == ACTS
    assert found.manifest.made_from == str(tmp_path / "covet-sre.db")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".covet")]


def test_backups_are_made_verified_and_pruned(made: Callable[..., Server], time: Time, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    (folder).mkdir()
    (folder / "notes.txt").write_text("of somebody else")
    server = made(backup_folder=folder, backup_every=900.0, backup_kept=2)
    fill(server.store, happenings=20)
    upkeep = server.operating._backups
    for _ in range(4):
        assert upkeep.turn()
        assert not upkeep.turn()
        time.now += 900
    names = sorted(path.name for path in folder.iterdir())
    assert names[-1] == "notes.txt" and len(names) == 3
    assert all(verify_file(folder / name).damages == () for name in names[:-1])
    told = client(server).get("/api/v1/operating").json()
    assert (told["backups"], told["backup"]["done_at"], told["backup"]["error"]) == (2, time.now - 900, "")
    exposed = client(server).get("/metrics").text
    assert "covet_sre_backup_age_seconds 900.0" in exposed
    assert "covet_sre_verification_age_seconds 900.0" in exposed
    assert 'covet_sre_upkeep_failing{what="backup"} 0.0' in exposed


def test_a_damaged_backup_is_put_aside_told_and_no_older_one_goes(
    made: Callable[..., Server], time: Time, tmp_path: Path
) -> None:
    server = made(backup_folder=tmp_path / "backups", backup_kept=1)
    fill(server.store, happenings=20)
    server.operating._backups.turn()
    (good,) = (tmp_path / "backups").iterdir()
    with server.store._backend.transaction() as connection:
        connection.exec_driver_sql("UPDATE audit SET actor = 'eve' WHERE position = 3")
    time.now += 900
    server.operating._backups.turn()
    names = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert names[0] == good.name and names[1].endswith(".damaged") and len(names) == 2
    (problem,) = server.operating.problems()
    assert "audit 3" in problem.detail
    assert "audit 3" in client(server).get("/").text
    assert 'covet_sre_upkeep_failing{what="backup"} 1.0' in client(server).get("/metrics").text
    # It is tried again within a minute, and says so until it succeeds.
    time.now += 61
    assert server.operating._backups.turn()


def test_verification_tells_what_is_wrong(made: Callable[..., Server]) -> None:
    server = made()
    fill(server.store, happenings=20)
    assert client(server).post("/api/v1/operating/verify").json() == {"ok": True, "damages": []}
    with server.store._backend.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM timeline WHERE position = 1")
    told = client(server).post("/api/v1/operating/verify").json()
    assert not told["ok"]
    assert "timeline" in json.dumps(told["damages"])


def test_a_restored_database_is_a_problem_until_somebody_ends_it(made: Callable[..., Server], time: Time) -> None:
    server = made()
    server.store.change_record(
        Reconciling, RESTORED, lambda _: Reconciling(time.now, time.now - 900, until=time.now + 60), None
    )
    told = client(server).get("/api/v1/operating").json()["restoration"]
    assert told["backup_at"] == time.now - 900
    assert "restored from a backup" in client(server).get("/").text
    assert "covet_sre_reconciling 1.0" in client(server).get("/metrics").text
    server.desk.dispatcher.turn()
    from threading import Thread

    answers: list[int] = []
    asking = Thread(
        target=lambda: answers.append(
            client(server).post("/api/v1/operating/reconciled", json={"actor": "ana"}).status_code
        )
    )
    asking.start()
    while asking.is_alive():
        server.desk.dispatcher.turn()
        asking.join(0.02)
    assert answers == [200]
    assert client(server).get("/api/v1/operating").json()["restoration"] is None
    assert server.operating.problems() == []


def test_the_newest_backup_in_the_folder_counts_after_a_restart(
    made: Callable[..., Server], time: Time, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    server = made(backup_folder=folder)
    server.operating._backups.turn()
    server.close()
    time.now += 500
    again = made(backup_folder=folder)
    again.operating.start()
    assert again.operating.installation().backup.age(time.now) == 500
    assert not again.operating._backups.turn()


# ---------------------------------------------------------------- upkeep and timings


def test_what_fails_is_tried_again_in_a_minute_and_what_succeeds_when_it_is_due(time: Time) -> None:
    outcomes = [StoreError("no room"), ZeroDivisionError("oops"), None, None]
    done: list[float] = []

    def do() -> None:
        done.append(time.now)
        outcome = outcomes[len(done) - 1]
        if outcome is not None:
            raise outcome

    upkeep, start = Upkeep("test", do, 900.0, time), time.now
    errors: list[str] = []
    for _ in range(40):
        if upkeep.turn():
            errors.append(upkeep.state.error)
        time.now += 30
    assert [at - start for at in done] == [0, 60, 120, 1020]
    assert errors == ["no room", "it stumbled: ZeroDivisionError('oops')", "", ""]


def test_a_clock_that_is_set_back_does_not_put_it_off(time: Time) -> None:
    upkeep = Upkeep("test", lambda: None, 900.0, time)
    assert upkeep.turn()
    time.now -= 365 * 86400
    assert upkeep.turn()
    assert not upkeep.turn()


def test_timings_count_each_once_in_the_bucket_of_its_bound() -> None:
    timings = Timings((1.0, 10.0, 30.0))
    for seconds in (0.0, 1.0, 1.1, 10.0, 29.0, 31.0, -5.0):
        timings.observe(seconds)
    now = timings.now()
    assert now.counts == (3, 2, 1, 1)
    assert (now.number, now.within(10.0), now.sum_seconds) == (7, 5, pytest.approx(72.1))


def test_how_soon_people_are_told_is_measured_from_when_it_was_due(made: Callable[..., Server], time: Time) -> None:
    server = made()
    server.store.accept([_arrival(time.now)])
    time.now += 3
    for _ in range(2):
        server.desk.dispatcher.turn()
    disposition = server.operating.doings().disposition
    assert disposition is not None
    assert (disposition.number, disposition.within(5.0), disposition.within(2.5)) == (1, 1, 0)
    commit = server.operating.doings().commit
    assert commit is not None and commit.number > 0


def _arrival(now: float):
    from covet_sre.ports import Arrival

    return Arrival("plain", b'[{"labels": {"alertname": "a", "service": "api"}}]', now)


def test_a_store_that_is_open_is_copied_without_its_log_growing(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'a.db'}")
    fill(store, happenings=20)
    store.copy_to(tmp_path / "copy.db")
    assert store.damages() == []
    assert not (tmp_path / "copy.db-wal").exists()
    store.close()
