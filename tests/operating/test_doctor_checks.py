"""What the doctor finds about settings, targets, the schema, backups and a server that looks after itself."""

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url

from covet_sre.cli.configuration.reading import read_configuration
from covet_sre.cli.diagnosis import kept, server, setting_up
from covet_sre.cli.diagnosis.check import Check, Outcome
from covet_sre.flows.declaration import Declaration
from covet_sre.incident.rules import Rules
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.target import NotificationTarget, TargetKind
from covet_sre.store import open_store
from covet_sre.store.backup import file_name
from covet_sre.store.copying import opened_copy
from covet_sre.store.migrating import migrate
from covet_sre.store.upgrade import CURRENT
from operating.conftest import Place
from servers.exposition import ExpositionServer

NOW = 1_795_608_000.0


def one(checks: Iterator[Check], subject: str) -> Check:
    [found] = [check for check in checks if check.subject == subject]
    return found


def settings(folder: Path, text: str = "", **environment: str) -> Iterator[Check]:
    (folder / "covet-sre.toml").write_text(text)
    return setting_up.settings(read_configuration(folder / "covet-sre.toml", environment, {}))


# ---------------------------------------------------------------- settings and targets


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", Outcome.OK),
        ('host = "0.0.0.0"', Outcome.PROBLEM),
        ('host = "0.0.0.0"\npublic_address = "http://sre.example.org"', Outcome.PROBLEM),
        ('host = "0.0.0.0"\npublic_address = "https://sre.example.org"', Outcome.OK),
        ('host = "0.0.0.0"\n[tls]\ncertificate = "a.pem"\nkey = "b.pem"', Outcome.OK),
    ],
)
def test_a_public_address_without_tls_is_a_problem(tmp_path: Path, text: str, outcome: Outcome) -> None:
    found = one(settings(tmp_path, text), "reach")
    assert found.outcome is outcome
    assert bool(found.remedy) == (outcome is Outcome.PROBLEM)


def test_links_that_end_with_a_restart_are_warned_of_where_others_use_them(tmp_path: Path) -> None:
    public = 'public_address = "https://sre.example.org"'
    assert one(settings(tmp_path), "link secret").outcome is Outcome.NOT_CHECKED
    assert one(settings(tmp_path, public), "link secret").outcome is Outcome.WARNING
    known = one(settings(tmp_path, public, COVET_SRE_LINK_SECRET="canary-1234"), "link secret")
    assert known.outcome is Outcome.OK
    assert "canary" not in known.told


def targets(**named: NotificationTarget) -> list[Check]:
    declaration = Declaration(rules=Rules(Directory(targets=named)))
    return list(setting_up.targets(declaration, {"PAGER_KEY": "k" * 32}, lambda: NOW))


def webhook(url: str) -> NotificationTarget:
    return NotificationTarget("hook", TargetKind.WEBHOOK, {"url": url})


def test_a_target_without_its_secret_is_a_problem_and_one_that_needs_nothing_is_well() -> None:
    pager = NotificationTarget("pager", TargetKind.PAGERDUTY, {}, {"routing_key": "NOT_SET"})
    found = targets(pager=pager, inbox=NotificationTarget("inbox", TargetKind.INBOX))
    missing = one(iter(found), "pager")
    assert (missing.outcome, missing.is_upstream) == (Outcome.PROBLEM, False)
    assert "NOT_SET is not set" in missing.told
    assert one(iter(found), "inbox").outcome is Outcome.OK


def test_a_target_that_takes_no_connection_is_a_problem_and_nothing_is_sent_to_one_that_does(
    exposition: ExpositionServer,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        [found] = targets(hook=webhook(f"http://127.0.0.1:{port}/"))
        assert (found.outcome, found.is_upstream) == (Outcome.OK, False)
        connection, _ = listening.accept()
        assert connection.recv(100) == b""
        connection.close()
    [found] = targets(hook=webhook(f"http://127.0.0.1:{port}/"))
    assert (found.outcome, found.is_upstream) == (Outcome.PROBLEM, True)
    assert f"127.0.0.1:{port}: no connection" in found.told


# ---------------------------------------------------------------- the database


def test_a_file_of_this_version_is_well_and_an_older_one_is_told_of(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    open_store(url).close()
    assert one(kept.schema(url, lambda: NOW), "schema").outcome is Outcome.OK
    with opened_copy(tmp_path / "old.db") as connection:
        migrate(connection, "0002")
    before = (tmp_path / "old.db").read_bytes()
    found = one(kept.schema(f"sqlite:///{tmp_path / 'old.db'}", lambda: NOW), "schema")
    assert found.outcome is Outcome.WARNING
    assert f"brings it to {CURRENT}" in found.told
    assert (tmp_path / "old.db").read_bytes() == before


@pytest.mark.parametrize(
    ("reader", "outcome"), [(None, Outcome.PROBLEM), (1, Outcome.WARNING), (9999, Outcome.PROBLEM)]
)
def test_a_newer_schema_is_told_by_whether_this_version_may_use_it(
    tmp_path: Path, reader: int | None, outcome: Outcome
) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    open_store(url).close()
    with opened_copy(tmp_path / "a.db") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9998'")
        connection.exec_driver_sql("DELETE FROM meta WHERE name = 'minimum_reader'")
        if reader is not None:
            connection.exec_driver_sql(f"INSERT INTO meta (name, number) VALUES ('minimum_reader', {reader})")
    assert one(kept.schema(url, lambda: NOW), "schema").outcome is outcome


def test_a_file_that_a_server_has_open_is_not_looked_at(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'a.db'}"
    store = open_store(url)
    try:
        assert one(kept.schema(url, lambda: NOW), "schema").outcome is Outcome.NOT_CHECKED
    finally:
        store.close()
    # And whoever looks takes nothing: a server may start at that moment.
    with (tmp_path / "a.db.lock").open("r+") as lock:
        list(kept.schema(url, lambda: NOW))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_a_file_that_is_no_database_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("no database" * 100)
    found = one(kept.schema(f"sqlite:///{tmp_path / 'a.db'}", lambda: NOW), "schema")
    assert found.outcome is Outcome.PROBLEM
    assert "restore a backup" in found.remedy


@pytest.mark.postgresql
def test_of_postgresql_schema_and_clock_are_looked_at(place: Place) -> None:
    url = place("postgresql")
    import time

    checks = list(kept.schema(url, time.time))
    assert one(iter(checks), "clock").outcome is Outcome.OK
    assert one(iter(checks), "schema").outcome is Outcome.NOT_CHECKED
    open_store(url).close()
    checks = list(kept.schema(url, lambda: time.time() - 100))
    assert one(iter(checks), "clock").outcome is Outcome.WARNING
    assert "100 s ahead" in one(iter(checks), "clock").told
    assert one(iter(checks), "schema").outcome is Outcome.OK
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0002'")
    engine.dispose()
    assert one(kept.schema(url, time.time), "schema").outcome is Outcome.WARNING


# ---------------------------------------------------------------- backups


def backups(folder: Path | None, *, is_in_use: bool = True) -> list[Check]:
    return list(kept.backups(folder, 900.0, lambda: NOW, is_in_use=is_in_use))


def test_no_backups_are_warned_of_once_there_is_something_to_lose() -> None:
    assert [one.outcome for one in backups(None)] == [Outcome.WARNING]
    assert [one.outcome for one in backups(None, is_in_use=False)] == [Outcome.NOT_CHECKED]


@pytest.mark.parametrize(("age", "outcome"), [(0.0, Outcome.OK), (2700.0, Outcome.OK), (2701.0, Outcome.WARNING)])
def test_a_backup_that_is_three_times_too_old_is_warned_of(tmp_path: Path, age: float, outcome: Outcome) -> None:
    assert [check.outcome for check in backups(tmp_path / "missing")] == [Outcome.WARNING]
    assert [check.outcome for check in backups(tmp_path)] == [Outcome.WARNING]
    (tmp_path / file_name(NOW - age)).touch()
    (tmp_path / file_name(NOW - 90_000)).touch()
    (tmp_path / "notes.txt").touch()
    found = one(iter(backups(tmp_path)), "newest")
    assert found.outcome is outcome
    assert found.told.startswith("2 in ")


def test_a_backup_that_was_found_damaged_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / file_name(NOW)).touch()
    (tmp_path / f"{file_name(NOW - 900)}.damaged").touch()
    assert one(iter(backups(tmp_path)), "damaged").outcome is Outcome.PROBLEM


def test_a_folder_that_cannot_be_written_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert one(iter(backups(tmp_path)), "folder").outcome is Outcome.PROBLEM


# ---------------------------------------------------------------- a server


WELL: dict[str, Any] = {
    "now": NOW,
    "backup": {"every_seconds": 900.0, "done_at": NOW - 60, "error": ""},
    "verification": {"every_seconds": 86400.0, "done_at": None, "error": ""},
    "restoration": None,
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {"backup": Outcome.OK, "verification": Outcome.NOT_CHECKED}),
        ({"backup": {"error": "no room"}}, {"backup": Outcome.PROBLEM}),
        ({"restoration": {"incidents": 3}}, {"restored": Outcome.WARNING}),
        ({"backup": [], "verification": 5, "restoration": "x", "now": "y"}, {}),
    ],
)
def test_what_a_server_says_of_itself_is_told(
    changed: dict[str, Any], expected: dict[str, Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    from covet_sre.integrations.reply import Reply

    visit = server._Visit.__new__(server._Visit)
    body = json.dumps(WELL | changed).encode()
    monkeypatch.setattr(server._Visit, "_get", lambda _self, _path: Reply(200, {}, body, True))
    found = {check.subject: check.outcome for check in visit._operating()}
    assert expected.items() <= found.items()
    monkeypatch.setattr(server._Visit, "_get", lambda _self, _path: Reply(403, {}, b"{}", True))
    assert [check.outcome for check in visit._operating()] == [Outcome.NOT_CHECKED]
