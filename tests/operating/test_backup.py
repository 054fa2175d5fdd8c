"""Backups: consistent while everybody writes, restored row by row as they were, and every damage is found."""

import gzip
import hashlib
import io
import json
import random
import sqlite3
import tarfile
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from covet_sre.access.audit import Act
from covet_sre.errors import StoreBusy, StoreError
from covet_sre.incident.reconciling import RESTORED, Reconciling
from covet_sre.store import Database, open_store
from covet_sre.store.backup import (
    Backup,
    BackupBroken,
    Wish,
    file_name,
    made_at_in,
    make_backup,
    restore,
    verify_database,
    verify_file,
)
from covet_sre.store.backup.envelope import read_manifest
from covet_sre.store.opening import open_backend
from operating.conftest import Place
from operating.kept import ACTS, fill, rows_of
from store.desk_story import NOON, random_days

WISH = Wish(NOON + 90_000, "ana")


def backed_up(url: str, file: Path) -> Backup:
    store = open_store(url)
    try:
        return make_backup(store.copy_to, file, NOON, "test")
    finally:
        store.close()


@pytest.fixture
def filled(kind: str, place: Place) -> str:
    url = place(kind)
    store = open_store(url)
    fill(store)
    store.close()
    return url


@pytest.fixture(scope="module")
def backup(tmp_path_factory: pytest.TempPathFactory) -> Backup:
    """One of a filled SQLite file, for those who only read it."""
    folder = tmp_path_factory.mktemp("backup")
    url = f"sqlite:///{folder / 'store.db'}"
    store = open_store(url)
    fill(store)
    store.close()
    return backed_up(url, folder / file_name(NOON))


# ---------------------------------------------------------------- making


def test_a_backup_tells_what_is_in_it(backup: Backup) -> None:
    manifest = backup.manifest
    assert (manifest.schema, manifest.made_at) == ("0003", NOON)
    assert manifest.rows["audit"] == manifest.heads.audit_position == ACTS
    assert manifest.heads.timelines == manifest.rows["incident"] > 3
    assert read_manifest(backup.path) == manifest
    assert made_at_in(backup.path.name) == NOON
    assert verify_file(backup.path) == replace(verify_file(backup.path), manifest=manifest, damages=())


def test_a_backup_opens_with_tar_alone(backup: Backup, tmp_path: Path) -> None:
    with tarfile.open(backup.path) as archive:
        archive.extractall(tmp_path, filter="data")
    assert json.loads((tmp_path / "manifest.json").read_text())["rows"] == backup.manifest.rows
    assert {table: len(rows) for table, rows in rows_of(tmp_path / "covet-sre.db").items()} == backup.manifest.rows


def test_a_backup_is_readable_by_its_owner_alone(backup: Backup) -> None:
    assert backup.path.stat().st_mode & 0o077 == 0


def test_a_backup_is_of_one_moment_while_everybody_writes(kind: str, place: Place, tmp_path: Path) -> None:
    """Each act of the audit record goes with a record that counts it: in no copy do the two differ."""
    store = open_store(place(kind))
    fill(store, happenings=40)
    before = store.audit_head()
    assert before is not None
    stop, counted = threading.Event(), iter(range(1, 100_000))

    def go_on() -> None:
        while not stop.is_set():
            number = next(counted)
            store.change_record(
                Reconciling,
                RESTORED,
                lambda _, number=number: Reconciling(0.0, float(number)),
                Act(NOON, "ana", "Count", str(number)),
            )

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        for number in range(4):
            file = tmp_path / f"{number}.tar.gz"
            taken = make_backup(store.copy_to, file, NOON, "test")
            assert verify_file(file).damages == ()
            with tarfile.open(file) as archive:
                archive.extract("covet-sre.db", tmp_path, filter="data")
            with closing(sqlite3.connect(tmp_path / "covet-sre.db")) as copy:
                found = copy.execute("SELECT doc FROM record WHERE kind = 'Reconciling'").fetchone()
            acts = taken.manifest.heads.audit_position - before.position
            assert (json.loads(found[0])["backup_at"] if found else 0) == acts
    finally:
        stop.set()
        writer.join()
        store.close()


def test_a_backup_that_finds_no_room_leaves_nothing(tmp_path: Path) -> None:
    def fails(path: Path) -> None:
        path.write_bytes(b"half")
        raise StoreError("no room")

    with pytest.raises(StoreError, match="no room"):
        make_backup(fails, tmp_path / "a.tar.gz", NOON, "test")
    with pytest.raises(StoreError, match="cannot be written"):
        make_backup(fails, tmp_path / "missing" / "a.tar.gz", NOON, "test")
    assert list(tmp_path.iterdir()) == []


# ---------------------------------------------------------------- restoring


def copied(url: str, path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything in a database, without what differs for good reason between two."""
    store = open_store(url)
    store.copy_to(path)
    store.close()
    rows = dict(rows_of(path))
    rows.pop("lease")
    rows["record"] = [row for row in rows["record"] if row[0] != "Reconciling"]
    rows["audit"] = [row for row in rows["audit"] if "RestoreBackup" not in row]
    return rows


def test_what_is_restored_is_row_by_row_what_was_backed_up(
    kind: str, filled: str, other_kind: str, place: Place, tmp_path: Path
) -> None:
    """From SQLite and PostgreSQL, to both."""
    backed_up(filled, tmp_path / "a.tar.gz")
    other = place(other_kind)
    done = restore(tmp_path / "a.tar.gz", other, WISH)
    assert done.aside == ""
    before, after = copied(filled, tmp_path / "before.db"), copied(other, tmp_path / "after.db")
    assert sorted(before) == sorted(after)
    for table in before:
        assert before[table] == after[table], table
    assert sum(map(len, after.values())) > 150
    # It goes on from there: numbers that the database gives are new ones, chains are continued.
    store = open_store(other)
    assert store.damages() == []
    fill_more(store)
    assert store.damages() == []
    store.close()


def fill_more(store: Database) -> None:
    head = store.audit_head()
    assert head is not None and head.act.kind == "RestoreBackup"
    store.audit(Act(NOON + 99_999, "ana", "PutThing"))
    adjustment = store.adjustments()[0]
    assert store.add_adjustment(replace(adjustment, identity=0)).identity > adjustment.identity
    known = store.find_record(Reconciling, RESTORED)
    assert known == Reconciling(WISH.now, NOON, WISH.seconds)


def test_a_database_with_content_is_not_overwritten(kind: str, filled: str, backup: Backup, tmp_path: Path) -> None:
    before = copied(filled, tmp_path / "before.db")
    with pytest.raises(StoreError, match=r"there is a database already .* --force"):
        restore(backup.path, filled, WISH)
    assert copied(filled, tmp_path / "after.db") == before


def test_an_empty_database_is_replaced_without_a_word(kind: str, place: Place, backup: Backup) -> None:
    url = place(kind)
    open_store(url).close()
    assert restore(backup.path, url, WISH).aside == ""
    store = open_store(url)
    assert store.incidents(is_open=None, service="", severity="", before=None, limit=1)
    store.close()


def test_by_force_it_is_replaced_and_the_old_one_is_kept(
    kind: str, place: Place, backup: Backup, tmp_path: Path
) -> None:
    url = place(kind)
    store = open_store(url)
    fill(store, seed=2, happenings=30)
    store.close()
    before = copied(url, tmp_path / "before.db")
    done = restore(backup.path, url, replace(WISH, force=True))
    assert copied(url, tmp_path / "after.db") != before
    kept = f"sqlite:///{done.aside}" if kind == "sqlite" else f"{url}&options=-csearch_path%3D{done.aside}"
    assert copied(kept, tmp_path / "kept.db") == before


def test_while_a_server_has_it_open_nothing_is_restored(kind: str, filled: str, backup: Backup) -> None:
    store = open_store(filled)
    store.acquire_desk("a server", NOON, 60.0)
    with pytest.raises(StoreBusy):
        restore(backup.path, filled, replace(WISH, force=True))
    store.acquire_desk("a server", NOON, 0.0)
    store.close()


@pytest.mark.postgresql
def test_a_server_that_slept_through_a_restore_writes_nothing_afterwards(postgresql_url: str, backup: Backup) -> None:
    sleeper = open_store(postgresql_url)
    assert sleeper.acquire_desk("sleeper", NOON, 60.0)
    waker = open_store(postgresql_url)
    with waker._backend.transaction() as connection:
        connection.exec_driver_sql("UPDATE lease SET until_seconds = 0")
    waker.close()
    restore(backup.path, postgresql_url, replace(WISH, force=True))
    _, now, changes = next(random_days(9, 1))
    with pytest.raises(StoreBusy):
        sleeper.write(changes, (), now, "sleeper")
    sleeper.close()


def test_a_damaged_backup_is_not_restored(kind: str, place: Place, backup: Backup, tmp_path: Path) -> None:
    broken = tmp_path / "broken.tar.gz"
    content = backup.path.read_bytes()
    broken.write_bytes(content[: len(content) // 2])
    url = place(kind)
    with pytest.raises(BackupBroken):
        restore(broken, url, WISH)
    if kind == "sqlite":
        assert not Path(url.removeprefix("sqlite:///")).exists()
        assert not [name for name in tmp_path.iterdir() if "restoring" in name.name]


# ---------------------------------------------------------------- verifying


def test_no_flipped_byte_of_a_backup_passes(backup: Backup, tmp_path: Path) -> None:
    content, chance, broken = backup.path.read_bytes(), random.Random(5), tmp_path / "broken.tar.gz"
    # Past the gzip header: name, time and system in it say nothing of the content.
    begin, told = content.index(0, 10) + 1, 0
    for place in [*range(begin, begin + 30), *(chance.randrange(begin, len(content)) for _ in range(60))]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        broken.write_bytes(flipped)
        found = verify_file(broken)
        # A bit that changes how something is packed, and not what, does no harm: the database in it was compared.
        assert found.damages or found.manifest == backup.manifest, f"byte {place} of {len(content)}"
        told += bool(found.damages)
    assert told > 70


def test_no_cut_of_a_backup_passes(backup: Backup, tmp_path: Path) -> None:
    content, chance, broken = backup.path.read_bytes(), random.Random(6), tmp_path / "broken.tar.gz"
    for length in [0, 1, 5, len(content) - 9, *(chance.randrange(len(content) - 9) for _ in range(30))]:
        broken.write_bytes(content[:length])
        assert verify_file(broken).damages, f"a cut after {length} of {len(content)} bytes was not found"


def packed(manifest: dict[str, object], database: bytes, names: tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in zip(names, (json.dumps(manifest).encode(), database), strict=True):
            about = tarfile.TarInfo(name)
            about.size = len(content)
            archive.addfile(about, io.BytesIO(content))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("names", "change", "told"),
    [
        (("../manifest.json", "covet-sre.db"), {}, "manifest.json is missing"),
        (("manifest.json", "/etc/passwd"), {}, "covet-sre.db is missing"),
        (("manifest.json", "covet-sre.db"), {"format": 9}, "its format is 9"),
        (("manifest.json", "covet-sre.db"), {"rows": 5}, "manifest cannot be read"),
        (("manifest.json", "covet-sre.db"), {"sha256": "0" * 64}, "is not the one that its manifest tells of"),
        (("manifest.json", "covet-sre.db"), {"database_bytes": 1}, "larger than it should be"),
    ],
)
def test_a_forged_archive_is_refused(
    backup: Backup, tmp_path: Path, names: tuple[str, str], change: dict[str, object], told: str
) -> None:
    with tarfile.open(backup.path) as archive:
        content = archive.extractfile("covet-sre.db")
        assert content is not None
        database = content.read()
    manifest = {**json.loads(backup.manifest.as_json()), **change}
    (tmp_path / "forged.tar.gz").write_bytes(packed(manifest, database, names))
    found = verify_file(tmp_path / "forged.tar.gz")
    assert told in str(found.damages[0])


@pytest.mark.parametrize(
    "content", [b"", b"no backup", gzip.compress(b"no archive", mtime=0), b"\x1f\x8b" + bytes(100)]
)
def test_what_is_no_backup_is_told_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    assert verify_file(tmp_path / "a").damages
    with pytest.raises(StoreError, match="no such file"):
        verify_file(tmp_path / "missing")


TAMPERINGS = {
    "an act is changed": ("UPDATE audit SET actor = 'eve' WHERE position = 7", "audit 7"),
    "an act is dropped": ("DELETE FROM audit WHERE position = 7", "audit 7"),
    "two acts change places": (
        "UPDATE audit SET subject = CASE position WHEN 4 THEN 'thing-4' ELSE 'thing-3' END WHERE position IN (4, 5)",
        "audit 4",
    ),
    "an entry of a timeline is changed": (
        "UPDATE timeline SET actor = 'eve' WHERE position = 1 AND incident = (SELECT min(identity) FROM incident)",
        "timeline is broken at entry 1",
    ),
    "an entry of a timeline is dropped": (
        "DELETE FROM timeline WHERE position = 2 AND incident = (SELECT max(identity) FROM incident)",
        "timeline is broken at entry 2",
    ),
    "a timeline is gone": (
        "DELETE FROM timeline WHERE incident = (SELECT max(identity) FROM incident)",
        "it has no timeline",
    ),
    "an incident is gone": (
        "DELETE FROM incident WHERE identity = (SELECT max(identity) FROM incident)",
        "the incident is not",
    ),
    "an incident is shown as another": (
        'UPDATE incident SET doc = replace(doc, \'"service":\', \'"service": "x", "was":\') '
        "WHERE identity = (SELECT min(identity) FROM incident)",
        "is not what its timeline tells",
    ),
    "an open incident is listed as over": (
        "UPDATE incident SET is_open = 1 - is_open WHERE identity = (SELECT min(identity) FROM incident)",
        "is not what its timeline tells",
    ),
    "a notification cannot be read": ("UPDATE notification SET doc = '{'", "cannot be read"),
}


@pytest.mark.parametrize(("statement", "told"), TAMPERINGS.values(), ids=TAMPERINGS.keys())
def test_every_tampering_with_a_database_is_found(kind: str, filled: str, statement: str, told: str) -> None:
    backend = open_backend(filled)
    try:
        assert verify_database(backend).damages == ()
        with backend.transaction() as connection:
            connection.exec_driver_sql(statement.replace("%", "%%"))
        found = [str(damage) for damage in verify_database(backend).damages]
        assert any(told in one for one in found), found
        assert len(found) < 60
    finally:
        backend.close()


def test_a_cut_at_the_end_of_the_audit_record_shows_against_the_manifest(backup: Backup, tmp_path: Path) -> None:
    """Nothing in the database itself tells: its chain is whole."""
    with tarfile.open(backup.path) as archive:
        archive.extract("covet-sre.db", tmp_path, filter="data")
    database = tmp_path / "covet-sre.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM audit WHERE position = 21")
    assert verify_file(database).damages == ()
    content = database.read_bytes()
    manifest = json.loads(backup.manifest.as_json())
    manifest |= {"database_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (tmp_path / "cut.tar.gz").write_bytes(packed(manifest, content, ("manifest.json", "covet-sre.db")))
    told = [str(damage) for damage in verify_file(tmp_path / "cut.tar.gz").damages]
    assert any(one.startswith("audit: it ends at entry 20") for one in told), told
    assert any(one.startswith("table audit: it has 20 rows") for one in told), told


def test_a_damaged_page_of_a_file_is_found(filled: str, kind: str, tmp_path: Path) -> None:
    if kind != "sqlite":
        return
    path = Path(filled.removeprefix("sqlite:///"))
    content = bytearray(path.read_bytes())
    content[16384 * 3 : 16384 * 4] = bytes(range(256)) * 64
    (tmp_path / "damaged.db").write_bytes(content)
    assert verify_file(tmp_path / "damaged.db").damages
