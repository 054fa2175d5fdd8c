"""The schema: the sum of its migrations, upgraded when it is older, refused when it is newer."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import Engine, make_url

import covet_sre.store
from covet_sre.errors import StoreError
from covet_sre.ports import Arrival
from covet_sre.store import open_store
from covet_sre.store.tables import metadata
from covet_sre.store.upgrade import CURRENT, OLDEST_READER

MIGRATIONS = Path(covet_sre.store.__file__).parent / "migrations"


def engine_of(url: str) -> Engine:
    return create_engine(make_url(url).set(drivername="sqlite" if url.startswith("sqlite") else "postgresql+psycopg"))


def described(engine: Engine) -> dict[str, Any]:
    """Everything that can be known of the tables, but for the one that keeps the version."""
    seen = inspect(engine)
    return {
        table: {
            "columns": [{**column, "type": str(column["type"])} for column in seen.get_columns(table)],
            "key": seen.get_pk_constraint(table),
            "unique": sorted(map(str, seen.get_unique_constraints(table))),
            "indexes": sorted(str({**index, "dialect_options": _spelt(index)}) for index in seen.get_indexes(table)),
        }
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def _spelt(index: Any) -> dict[str, str]:
    return {name: str(value) for name, value in index.get("dialect_options", {}).items()}


def test_the_schema_is_the_sum_of_its_migrations(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    open_store(url).close()
    migrated = engine_of(url)
    if url.startswith("sqlite"):
        made = create_engine(f"sqlite:///{tmp_path / 'made.db'}")
    else:
        made = engine_of(request.getfixturevalue("postgresql_cluster").new_database())
    metadata.create_all(made)
    assert described(migrated) == described(made)
    assert len(described(migrated)) == len(metadata.tables)
    with migrated.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrated.dispose()
    made.dispose()


def test_the_newest_migration_is_the_current_version() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [CURRENT]


def made_newer(url: str, minimum_reader: int | None) -> None:
    """As a newer release leaves it: with the oldest schema whose releases may still work on it."""
    open_store(url).close()
    engine = engine_of(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("DELETE FROM meta WHERE name = 'minimum_reader'")
        if minimum_reader is not None:
            connection.exec_driver_sql(f"INSERT INTO meta (name, number) VALUES ('minimum_reader', {minimum_reader})")
    engine.dispose()


@pytest.mark.parametrize("minimum_reader", [None, int(CURRENT) + 1])
def test_a_newer_schema_that_says_nothing_of_us_is_refused(url: str, minimum_reader: int | None) -> None:
    made_newer(url, minimum_reader)
    with pytest.raises(StoreError, match=r"newer Covet SRE \(schema 9999"):
        open_store(url)


@pytest.mark.parametrize("minimum_reader", [1, int(CURRENT)])
def test_a_newer_schema_that_only_adds_is_used_as_it_is(url: str, minimum_reader: int) -> None:
    made_newer(url, minimum_reader)
    store = open_store(url)
    assert len(store.accept([Arrival("plain", b"body", 0.0)])) == 1
    store.close()
    engine = engine_of(url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() == "9999"
    engine.dispose()


def test_the_database_says_which_releases_may_still_work_on_it(url: str) -> None:
    open_store(url).close()
    engine = engine_of(url)
    with engine.connect() as connection:
        said = connection.exec_driver_sql("SELECT number FROM meta WHERE name = 'minimum_reader'").scalar()
    engine.dispose()
    assert said == int(OLDEST_READER) <= int(CURRENT)


def test_a_migration_that_was_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "store.db"
    monkeypatch.setattr("alembic.runtime.migration.MigrationContext._ensure_version_table", _fail)
    with pytest.raises(RuntimeError):
        open_store(f"sqlite:///{path}")
    monkeypatch.undo()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()
    open_store(f"sqlite:///{path}").close()


def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("interrupted")


OPEN_TWICE = """
import sys, time
from covet_sre.ports import Arrival
from covet_sre.store import open_store
assert "sqlalchemy" not in sys.modules, "a light command that names the store loads no SQLAlchemy"
import covet_sre.store.opening
before = time.process_time()
open_store("sqlite:///" + sys.argv[1]).close()
print(time.process_time() - before, "alembic" in sys.modules)
"""


def test_an_up_to_date_file_opens_fast_and_without_alembic(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_store(f"sqlite:///{path}").close()
    program = [sys.executable, "-c", OPEN_TWICE, str(path)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=60, check=True)
    seconds, alembic = done.stdout.split()
    assert alembic == "False"
    assert float(seconds) < 0.15
