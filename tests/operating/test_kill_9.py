"""kill -9 at any moment of a restore: the database is the one from before, or the one from the backup."""

import subprocess
import sys
from pathlib import Path

import pytest

from covet_sre.access.audit import Act
from covet_sre.store import open_store
from covet_sre.store.backup import make_backup, verify_file
from operating.kept import ACTS, fill
from store.desk_story import NOON

RESTORE = """
import os, sys
from pathlib import Path
from covet_sre.store.backup import Wish, restore
import covet_sre.store.opening, alembic.command, alembic.config, alembic.script
file, url, at = sys.argv[1], sys.argv[2], int(sys.argv[3])
count = 0
TOUCHING = ("open", "os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.chmod", "os.truncate",
            "sqlite3.connect", "psycopg.execute", "shutil.rmtree", "tempfile.mkdtemp")
def died(event, arguments):
    global count
    if event in TOUCHING:
        count += 1
        if count == at:
            os._exit(9)
sys.addaudithook(died)
if url.startswith("postgresql"):
    from sqlalchemy import event
    from sqlalchemy.engine import Engine
    @event.listens_for(Engine, "before_cursor_execute")
    def _(*_a):
        sys.audit("psycopg.execute")
restore(Path(file), url, Wish(1_795_700_000.0, "ana", force=True))
print(count)
"""


def run(file: Path, url: str, at: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", RESTORE, str(file), url, str(at)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def acts(url: str) -> int:
    store = open_store(url)
    try:
        assert store.damages() == []
        head = store.audit_head()
        return head.position if head is not None else 0
    finally:
        store.close()


OLD, BACKED_UP = ACTS + 5, ACTS


def prepared(url: str, folder: Path) -> Path:
    """A backup, and a database with five acts more."""
    source = open_store(f"sqlite:///{folder / 'source.db'}")
    fill(source, happenings=25)
    file = make_backup(source.copy_to, folder / "a.tar.gz", NOON, "test").path
    source.close()
    old = open_store(url)
    fill(old, seed=2, happenings=25)
    for number in range(5):
        old.audit(Act(NOON, "ana", "PutThing", str(number)))
    old.close()
    assert verify_file(file).damages == ()
    return file


def moments(file: Path, url: str, most: int) -> list[int]:
    """At which of the things that it does it dies: evenly over all of them, the last ones each."""
    done = run(file, url, -1)
    assert done.returncode == 0, done.stderr
    total = int(done.stdout)
    assert total > 20
    last = list(range(max(total - 12, 1), total + 1))
    return sorted({*(1 + number * total // most for number in range(most)), *last})


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_restore_that_is_killed_leaves_the_old_database_or_the_new_one(kind: str, request, tmp_path: Path) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'covet-sre.db'}"
        rehearsal = f"sqlite:///{tmp_path / 'rehearsal.db'}"
    else:
        cluster = request.getfixturevalue("postgresql_cluster")
        url, rehearsal = cluster.new_database(), cluster.new_database()
    file = prepared(url, tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    prepared(rehearsal, other)
    found: list[int] = []
    for at in moments(file, rehearsal, 8):
        done = run(file, url, at)
        assert done.returncode in (0, 9), done.stderr
        found.append(acts(url))
        assert found[-1] in (OLD, BACKED_UP + 1), f"killed at {at}"
        if found[-1] != OLD:
            break
    assert found[0] == OLD
    # Not killed, it is restored, and what the killed ones left behind is no hindrance.
    done = run(file, url, -1)
    assert done.returncode == 0, done.stderr
    assert acts(url) == BACKED_UP + 1
    if kind == "sqlite":
        assert not [path.name for path in tmp_path.iterdir() if "restoring" in path.name]
