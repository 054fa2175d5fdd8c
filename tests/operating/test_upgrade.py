"""From one release to the next: nothing is lost, what was there is kept aside, and the one before goes on beside it."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Engine, make_url

import covet_sre.store
from covet_sre.access.audit import Act
from covet_sre.errors import StoreError
from covet_sre.store import open_store
from covet_sre.store.backup import verify_file
from covet_sre.store.copying import opened_copy
from covet_sre.store.migrating import migrate
from covet_sre.store.upgrade import CURRENT, OLDEST_READER
from operating.conftest import Place
from operating.kept import fill, rows_of

ROOT = Path(__file__).resolve().parent.parent.parent
MIGRATIONS = Path(covet_sre.store.__file__).parent / "migrations"
VERSIONS = [script.revision for script in reversed(list(ScriptDirectory(str(MIGRATIONS)).walk_revisions()))]
OLDER = VERSIONS[:-1]

RELEASE_BEFORE = "5213257"
"""The last commit with schema 0002: the release that was installed before this one."""


def as_of(version: str, path: Path, tmp_path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """A database of an older schema with data in it: what a filled one of today has of its tables."""
    today = tmp_path / "today.db"
    store = open_store(f"sqlite:///{today}")
    fill(store)
    store.close()
    with opened_copy(path) as connection:
        migrate(connection, version)
    with closing(sqlite3.connect(path)) as old, old:
        old.execute("ATTACH ? AS today", (str(today),))
        for (table,) in old.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall():
            if table != "alembic_version":
                named = ", ".join(row[1] for row in old.execute(f"PRAGMA main.table_info({table})"))
                old.execute(f"INSERT INTO main.{table} ({named}) SELECT {named} FROM today.{table}")
        old.execute("DELETE FROM main.meta WHERE name = 'minimum_reader'")
    return dict(rows_of(path))


@pytest.mark.parametrize("version", OLDER)
def test_an_older_file_is_upgraded_with_all_that_is_in_it(version: str, tmp_path: Path) -> None:
    path = tmp_path / "covet-sre.db"
    before = as_of(version, path, tmp_path)
    store = open_store(f"sqlite:///{path}")
    assert store.damages() == []
    assert len(store.transitions(None, 0, 10)) == 1
    store.copy_to(tmp_path / "after.db")
    store.close()
    after = rows_of(tmp_path / "after.db")
    for table, rows in before.items():
        if table not in ("alembic_version", "meta"):
            width = len(rows[0]) if rows else 0
            assert [row[:width] for row in after[table]] == rows, table
    assert after["alembic_version"] == [(CURRENT,)]


@pytest.mark.parametrize("version", OLDER)
def test_before_an_upgrade_the_file_is_copied_beside_itself(version: str, tmp_path: Path) -> None:
    path = tmp_path / "covet-sre.db"
    before = as_of(version, path, tmp_path)
    open_store(f"sqlite:///{path}").close()
    (kept,) = tmp_path.glob("covet-sre.db.before-*Z")
    assert re.fullmatch(rf"covet-sre\.db\.before-{CURRENT}-\d{{8}}T\d{{6}}Z", kept.name)
    assert dict(rows_of(kept)) == before
    assert verify_file(kept).damages == ()
    # Put back, it is upgraded again: nothing was lost by the attempt.
    open_store(f"sqlite:///{kept}").close()
    # Nothing is copied where nothing is upgraded.
    open_store(f"sqlite:///{path}").close()
    assert [one.name for one in tmp_path.glob("covet-sre.db.before-*Z") if one.name.count("before") == 1] == [kept.name]


def test_a_file_that_cannot_be_copied_is_not_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "covet-sre.db"
    before = as_of(OLDER[-1], path, tmp_path)

    def full(*_: object) -> None:
        raise StoreError("no room")

    monkeypatch.setattr("covet_sre.store.sqlite.SqliteFile.copy_to", full)
    with pytest.raises(StoreError, match="could not be copied before its schema is upgraded: no room"):
        open_store(f"sqlite:///{path}")
    assert dict(rows_of(path)) == before


@pytest.mark.postgresql
@pytest.mark.parametrize("version", OLDER)
def test_an_older_postgresql_is_exported_into_the_backup_folder(version: str, place: Place, tmp_path: Path) -> None:
    url = place("postgresql")
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        migrate(connection, version)
        connection.exec_driver_sql("INSERT INTO stream (id, key) VALUES (0, 'api')")
    engine.dispose()
    open_store(url, tmp_path / "backups").close()
    (kept,) = (tmp_path / "backups").iterdir()
    rows = rows_of(kept)
    assert (rows["alembic_version"], rows["stream"]) == ([(version,)], [(0, "api")])
    assert verify_file(kept).damages == ()


# ---------------------------------------------------------------- migrations only add


def described(engine: Engine) -> dict[str, Any]:
    seen = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (str(column["type"]), column["nullable"], column["default"])
                for column in seen.get_columns(table)
            },
            "key": seen.get_pk_constraint(table)["constrained_columns"],
            "unique": {tuple(one["column_names"]) for one in seen.get_unique_constraints(table)},
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def test_migrations_only_add(tmp_path: Path) -> None:
    """From the oldest release that may work beside this one: every table and column is as it was, and what is new in
    an old table may be left out by whoever does not know it."""
    schemas: dict[str, dict[str, Any]] = {}
    for version in VERSIONS:
        engine = create_engine(f"sqlite:///{tmp_path / version}")
        with engine.begin() as connection:
            migrate(connection, version)
            assert MigrationContext.configure(connection).get_current_revision() == version
        schemas[version] = described(engine)
        engine.dispose()
    old, new = schemas[OLDEST_READER], schemas[CURRENT]
    for table, was in old.items():
        now = new[table]
        assert (now["key"], now["unique"]) == (was["key"], was["unique"]), table
        assert {name: now["columns"].get(name) for name in was["columns"]} == was["columns"], table
        for name in now["columns"].keys() - was["columns"].keys():
            _, nullable, default = now["columns"][name]
            assert nullable or default is not None, f"{table}.{name}: older releases do not write it"


# ---------------------------------------------------------------- the release before, beside this one


@pytest.fixture(scope="module")
def release_before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources and tests of the release before, out of the history."""
    folder = tmp_path_factory.mktemp("release-before")
    archive = folder / "release.tar"
    command = ["git", "archive", "--format=tar", "-o", str(archive), RELEASE_BEFORE, "src", "tests", "pyproject.toml"]
    subprocess.run(command, cwd=ROOT, check=True)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder


def environment(release: Path) -> dict[str, str]:
    paths = os.pathsep.join((str(release / "src"), str(release / "tests")))
    return {**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}


GOES_ON = """
import sys
import covet_sre
assert covet_sre.__file__.startswith(sys.argv[2]), covet_sre.__file__
from covet_sre.ports import AlertTransition, Arrival, TickRecord
from covet_sre.slo.minutes import MinuteEvents
from covet_sre.store import open_store
from covet_sre.store.upgrade import CURRENT
from store.desk_story import NOON, random_days, write
assert CURRENT == "0002"
store = open_store(sys.argv[1])
(stream,) = store.stream_ids(["api"]).values()
assert store.acquire_lease("before", NOON, 600.0)
print("open", flush=True)
sys.stdin.readline()
numbers = store.accept([Arrival("plain", b"from the release before", NOON)])
assert len(numbers) == 1 and store.waiting(10)
last = NOON
for desk, now, changes in random_days(3, 60):
    last = now
    write(store, changes, now)
assert store.kept(last).incidents
minute = int(NOON // 60)
store.record(TickRecord(minute + 5, MinuteEvents.of([(stream, minute, 1, 10)]), [], {}, {}))
store.fold(minute + 5)
assert store.minutes(stream, minute, minute + 5).total.tolist() == [10]
store.record_transitions([AlertTransition("api", "fast", "page", "firing", minute, "e", {})])
store.acquire_desk("server-1", last, 0.0)
store.close()
print("done", flush=True)
"""


@pytest.mark.postgresql
def test_the_release_before_goes_on_while_this_one_upgrades(release_before: Path, postgresql_url: str) -> None:
    """Rolling: the old server runs on a database that the new one has brought up to date."""
    old = subprocess.Popen(
        [sys.executable, "-c", GOES_ON, postgresql_url, str(release_before)],
        env=environment(release_before),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert old.stdout is not None and old.stdin is not None
        assert old.stdout.readline() == "open\n"
        new = open_store(postgresql_url)
        new.audit(Act(0.0, "ana", "PutThing"))
        old.stdin.write("go\n")
        old.stdin.flush()
        assert old.stdout.readline() == "done\n"
        assert old.wait(30) == 0
        assert new.damages() == []
        assert new.incidents(is_open=None, service="", severity="", before=None, limit=5)
        assert new.transitions("api", 0, 10)
        assert new.waiting(10)[0].arrival.body == b"from the release before"
        new.close()
    finally:
        old.kill()
        old.communicate()


@pytest.mark.postgresql
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_tests_of_the_release_before_pass_on_the_schema_of_this_one(release_before: Path, tmp_path: Path) -> None:
    """Its code, its tests, and our migrations in the place of its own."""
    release = tmp_path / "release"
    shutil.copytree(release_before, release)
    old = release / "src/covet_sre/store"
    shutil.rmtree(old / "migrations")
    shutil.copytree(MIGRATIONS, old / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(Path(covet_sre.store.__file__).parent / "tables.py", old / "tables.py")
    upgrade = old / "upgrade.py"
    upgrade.write_text(upgrade.read_text().replace('CURRENT = "0002"', f'CURRENT = "{CURRENT}"'))
    tests = ["test_conformance.py", "test_desk.py", "test_desk_postgresql.py", "test_inbox.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "postgresql"]
        + [f"tests/store/{name}" for name in tests],
        cwd=release,
        env=environment(release),
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed and int(passed[1]) > 60, done.stdout[-500:]
