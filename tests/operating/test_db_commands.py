"""`covet-sre db` as somebody types it, with a real server and without."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner, Result

from covet_sre.cli.main import cli
from covet_sre.errors import CovetSreError, Refused, StoreBusy, StoreError
from covet_sre.incident.reconciling import RESTORED, Reconciling
from covet_sre.store import open_store
from covet_sre.store.backup import verify_file
from covet_sre.store.copying import opened_copy
from covet_sre.store.migrating import migrate
from operating.conftest import Place
from operating.kept import ACTS, fill

ROOT = Path(__file__).resolve().parent.parent.parent


def typed(*arguments: str | Path, **environment: str) -> Result:
    return CliRunner().invoke(cli, list(map(str, arguments)), env={"COVET_SRE_SERVER": None, **environment})


def error(result: Result) -> CovetSreError:
    assert isinstance(result.exception, CovetSreError), result.output
    return result.exception


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    path = tmp_path / "covet-sre.db"
    store = open_store(f"sqlite:///{path}")
    fill(store, happenings=30)
    store.close()
    return path


def test_without_a_server_a_backup_is_made_of_the_file_and_verified(filled: Path, tmp_path: Path) -> None:
    done = typed("db", "backup", "-o", tmp_path / "a.tar.gz", "--database-url", f"sqlite:///{filled}")
    assert done.exit_code == 0, done.output
    assert f"audit        {ACTS} acts" in done.stdout
    found = verify_file(tmp_path / "a.tar.gz")
    assert found.manifest is not None and found.manifest.digest in done.stderr


def test_an_older_file_is_backed_up_as_it_is(tmp_path: Path) -> None:
    with opened_copy(tmp_path / "old.db") as connection:
        migrate(connection, "0001")
    done = typed("db", "backup", "-o", tmp_path / "a.tar.gz", "--database-url", f"sqlite:///{tmp_path / 'old.db'}")
    assert done.exit_code == 0, done.output
    assert "schema       0001" in done.stdout
    done = typed("db", "upgrade", "--database-url", f"sqlite:///{tmp_path / 'old.db'}")
    assert done.exit_code == 0, done.output
    assert list(tmp_path.glob("old.db.before-*Z"))


def test_what_is_not_there_is_not_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'missing.db'}"
    assert "no such file" in str(error(typed("db", "backup", "-o", tmp_path / "a.tar.gz", "--database-url", url)))
    assert "no such file" in str(error(typed("db", "verify", url)))
    assert "folder does not exist" in str(error(typed("db", "backup", "-o", tmp_path / "x" / "a.tar.gz")))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["file", "sqlite", "postgresql"])
def test_verify_ends_with_1_and_the_damage(
    form: str, filled: Path, place: Place, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    what: str | Path = f"sqlite:///{filled}"
    if form == "postgresql":
        what = place("postgresql")
        store = open_store(what)
        fill(store, happenings=30)
        store.close()
    if form == "file":
        what = filled
    done = typed("db", "verify", what)
    assert (done.exit_code, done.stderr) == (0, "covet-sre: whole\n"), done.output
    store = open_store(what if form == "postgresql" else f"sqlite:///{filled}")
    with store._backend.transaction() as connection:  # type: ignore[attr-defined]
        connection.exec_driver_sql("UPDATE audit SET actor = 'eve' WHERE position = 4")
    store.close()
    done = typed("db", "verify", what, "--output", "json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["damages"] == [
        {"where": "audit 4", "problem": "the chain of the audit record is broken here"}
    ]


def test_restore_tells_what_it_did_and_marks_the_database(filled: Path, tmp_path: Path) -> None:
    backup = tmp_path / "a.tar.gz"
    assert typed("db", "backup", "-o", backup, "--database-url", f"sqlite:///{filled}").exit_code == 0
    url = f"sqlite:///{filled}"
    assert "there is a database already" in str(error(typed("db", "restore", backup, "--database-url", url)))
    assert typed("db", "restore", backup, "--reconcile", "soon").exit_code == 2
    done = typed("db", "restore", backup, "--database-url", url, "--force", "--reconcile", "10m", "--actor", "ana")
    assert done.exit_code == 0, done.output
    assert f"{filled}.replaced-" in done.stderr
    store = open_store(url)
    found, head = store.find_record(Reconciling, RESTORED), store.audit_head()
    store.close()
    assert found is not None and (found.seconds, found.until) == (600.0, None)
    assert head is not None and (head.act.kind, head.act.actor) == ("RestoreBackup", "ana")


def test_a_configuration_says_which_database(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "covet-sre.toml").write_text(f'database_url = "sqlite:///{filled}"\n')
    done = typed("db", "backup", "-o", tmp_path / "a.tar.gz", "--config", tmp_path / "covet-sre.toml")
    assert done.exit_code == 0, done.output


# ---------------------------------------------------------------- with a server


class Serving:
    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url, self.server = f"sqlite:///{folder / 'served.db'}", f"http://127.0.0.1:{self.port}"
        self.log = folder / "log"
        options = ["--port", str(self.port), "--database-url", self.url, "--backup-folder", str(folder / "backups")]
        command = [sys.executable, "-m", "covet_sre", "serve", str(ROOT / "examples/covetpy/reliability"), *options]
        with self.log.open("w") as log:
            self.process = subprocess.Popen([*command, "--backup-every", "10s"], stderr=log)
        self.wait(lambda: urlopen(f"{self.server}/healthz", timeout=5).status == 200)

    def wait(self, holds) -> None:
        end = time.monotonic() + 60
        while True:
            try:
                if holds():
                    return
            except OSError:
                pass
            assert time.monotonic() < end, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    served = Serving(tmp_path_factory.mktemp("served"))
    yield served
    served.process.kill()
    served.process.wait()


def test_while_a_server_runs_it_is_asked(serving: Serving, tmp_path: Path) -> None:
    done = typed(
        "db", "backup", "-o", tmp_path / "a.tar.gz", "--database-url", serving.url, COVET_SRE_PORT=str(serving.port)
    )
    assert done.exit_code == 0, done.output
    assert verify_file(tmp_path / "a.tar.gz").damages == ()
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.gz"]
    assert typed("db", "verify", "anything", "--server", serving.server).exit_code == 0


def test_another_server_is_not_taken_for_the_one_that_has_the_file_open(serving: Serving, tmp_path: Path) -> None:
    other = open_store(f"sqlite:///{tmp_path / 'other.db'}")
    try:
        url = f"sqlite:///{tmp_path / 'other.db'}"
        arguments = ("db", "backup", "-o", tmp_path / "a.tar.gz", "--database-url", url)
        refused = error(typed(*arguments, COVET_SRE_PORT=str(serving.port)))
        assert isinstance(refused, Refused)
        assert "has another database open" in str(refused)
        assert not (tmp_path / "a.tar.gz").exists()
    finally:
        other.close()


def test_nothing_is_restored_over_a_server(serving: Serving, tmp_path: Path) -> None:
    assert typed("db", "backup", "-o", tmp_path / "a.tar.gz", "--server", serving.server).exit_code == 0
    refused = error(typed("db", "restore", tmp_path / "a.tar.gz", "--database-url", serving.url, "--force"))
    assert isinstance(refused, StoreBusy)
    assert str(serving.process.pid) in str(refused)


def test_the_server_makes_backups_by_itself(serving: Serving) -> None:
    folder = serving.log.parent / "backups"
    serving.wait(lambda: folder.is_dir() and any(folder.glob("covet-sre-*.tar.gz")))
    serving.wait(lambda: "a backup was made" in serving.log.read_text())
    [line] = [json.loads(one) for one in serving.log.read_text().splitlines() if "a backup was made" in one][:1]
    found = verify_file(folder / line["file"])
    assert found.damages == () and found.manifest is not None
    assert found.manifest.digest == line["manifest"]


def test_without_a_server_it_is_status_4() -> None:
    command = [sys.executable, "-m", "covet_sre", "db", "reconciled", "--server", "http://127.0.0.1:9"]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ}, check=False)
    assert done.returncode == 4


def test_a_file_that_is_no_backup_is_told_so(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("no backup")
    done = typed("db", "verify", tmp_path / "a")
    assert done.exit_code == 1
    assert "it cannot be read" in done.stdout
    assert isinstance(error(typed("db", "verify", tmp_path / "b")), StoreError)
