"""The power is cut at every point at which SQLite asks the system for something; what was not synced is there, or not,
or in part. Whatever is left then must be a sound database that keeps every promise made before the cut."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import covet_sre.store.sqlite
from covet_sre.alerting.alert import Disposition, Verdict
from covet_sre.errors import StoreError
from covet_sre.incident.changes import Changes
from covet_sre.ports import Arrival, Disposed
from covet_sre.store import open_store
from tests.chaos.recording import Delete, Op, Promised, Recorder, Sync, Truncate, Write
from tests.store.desk_story import HOLDER, random_days

SECTOR = 512
NAME = "ledger.db"

Files = dict[str, bytearray]

_PAGES_OF_A_LOG = 30
"""A checkpoint after so many pages of the log, and not after SQLite's 1,000: so that cuts fall into many of them."""


@dataclass
class Scenario:
    """What a server does with its store, recorded."""

    folder: Path
    steps: int
    seed: int = 1
    recorder: Recorder = field(default_factory=Recorder)

    def record(self) -> Sequence[Op]:
        """Open, accept, decide, write, record notifications; close and open again half-way."""
        with self.recorder.recording():
            done = random_days(self.seed, self.steps)
            self._live(done, self.steps // 2)
            self._live(done, self.steps - self.steps // 2)
        assert any(isinstance(op, Sync) for op in self.recorder.ops), (
            "SQLite is linked statically: nothing was recorded"
        )
        return self.recorder.ops

    def _live(self, done: Iterator[tuple[object, float, Changes]], steps: int) -> None:
        store = open_store(f"sqlite:///{self.folder / NAME}")
        try:
            for _ in range(steps):
                _, now, changes = next(done)
                arrivals = [Arrival("plain", f"body {now} {number}".encode() * 20, now) for number in range(2)]
                numbers = store.accept(arrivals)
                for number, arrival in zip(numbers, arrivals, strict=True):
                    self.recorder.promise(("kept", number, arrival.body))
                assert store.acquire_desk(HOLDER, now, 10.0)
                disposition = Disposition(Verdict.ATTACHED, "it is so")
                store.write(changes, [Disposed(numbers[0], [("key", disposition)])], now, HOLDER)
                self.recorder.promise(("done", numbers[0]))
                for entry in changes.entries:
                    self.recorder.promise(("entry", entry.incident, entry.position, entry.digest))
                for outgoing in changes.outgoing.values():
                    self.recorder.promise(("sent", outgoing.key, outgoing.delivery.value))
        finally:
            store.close()


@contextmanager
def checkpoints_often(pragma: str = "") -> Iterator[None]:
    """Stores that are opened meanwhile; with one more pragma for a control."""
    usual = covet_sre.store.sqlite._writer_settings

    def settings(connection: sqlite3.Connection) -> None:
        usual(connection)
        connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_OF_A_LOG}")
        if pragma:
            connection.execute(pragma)

    covet_sre.store.sqlite._writer_settings = settings
    try:
        yield
    finally:
        covet_sre.store.sqlite._writer_settings = usual


@dataclass(slots=True)
class Cuts:
    """`points` at which the power was cut, in so many `variants`; `opened` of them by our store itself."""

    points: int = 0
    variants: int = 0
    opened: int = 0
    lost: list[str] = field(default_factory=list[str])
    damaged: list[str] = field(default_factory=list[str])


def cut_everywhere(ops: Sequence[Op], folder: Path, *, every: int = 1, seed: int = 1, opened_every: int = 50) -> Cuts:
    """Cut after each `every`-th call, in all variants."""
    dice, cuts = random.Random(seed), Cuts()
    asked = [place for place, op in enumerate(ops) if not isinstance(op, Promised)]
    for place in asked[::every]:
        cuts.points += 1
        for name, files in variants(ops[: place + 1], dice):
            cuts.variants += 1
            where = folder / f"cut-{cuts.variants}"
            _put_down(files, where)
            promises = [op.what for op in ops[: place + 1] if isinstance(op, Promised)]
            if cuts.variants % opened_every == 0:
                cuts.opened += 1
                _open_as_a_server(where, cuts, f"cut {place}, {name}")
            _check(where, promises, cuts, f"cut {place}, {name}")
            shutil.rmtree(where)
    return cuts


def variants(ops: Sequence[Op], dice: random.Random) -> Iterator[tuple[str, Files]]:
    """What may be on the disk when the power is cut after these calls."""
    unsynced = _unsynced(ops)
    keeps: dict[str, Callable[[int], bool]] = {
        "everything unsynced lost": lambda _: False,
        "everything arrived": lambda _: True,
    }
    yield from ((name, _files(ops, keep, None)) for name, keep in keeps.items())
    if not unsynced:
        return
    chosen = {place for place in unsynced if dice.random() < 0.5}
    yield "some arrived, in another order", _files(ops, chosen.__contains__, None)
    yield "only the last arrived", _files(ops, {unsynced[-1]}.__contains__, None)
    yield "the last is torn", _files(ops, lambda _: True, (unsynced[-1], dice))
    torn = dice.choice(unsynced)
    yield "some arrived, one is torn", _files(ops, (chosen | {torn}).__contains__, (torn, dice))


def _unsynced(ops: Sequence[Op]) -> list[int]:
    """The places of what a cut may undo: changes of a file after which it was not synced."""
    found: dict[str, list[int]] = {}
    for place, op in enumerate(ops):
        match op:
            case Write(path) | Truncate(path):
                found.setdefault(path, []).append(place)
            case Delete(path, is_lasting):
                # What was written to it is gone with it, or is there with it as it was synced.
                found[path] = [] if is_lasting else [*found.get(path, []), place]
            case Sync(path, and_folder):
                found[path] = []
                if and_folder:
                    # What was deleted before, whichever file it was, stays so.
                    found = {
                        name: [one for one in places if not isinstance(ops[one], Delete)]
                        for name, places in found.items()
                    }
            case Promised():
                pass
    return sorted(place for places in found.values() for place in places)


def _files(ops: Sequence[Op], keep: Callable[[int], bool], torn: tuple[int, random.Random] | None) -> Files:
    unsynced, files, old = set(_unsynced(ops)), Files(), set[str]()
    for place, op in enumerate(ops):
        if place in unsynced and not keep(place):
            if isinstance(op, Delete):
                old.add(op.path)
            continue
        match op:
            case Write(path, offset, data):
                if path in old:
                    # A new file of that name takes the place of the one that was deleted.
                    old.discard(path)
                    files[path] = bytearray()
                file = files.setdefault(path, bytearray())
                if torn is not None and torn[0] == place:
                    _tear(file, offset, data, torn[1])
                else:
                    _write(file, offset, data)
            case Truncate(path, size):
                del files.setdefault(path, bytearray())[size:]
            case Delete(path):
                files.pop(path, None)
            case Sync() | Promised():
                pass
    return files


def _write(file: bytearray, offset: int, data: bytes) -> None:
    if len(file) < offset:
        file.extend(bytes(offset - len(file)))
    file[offset : offset + len(data)] = data


def _tear(file: bytearray, offset: int, data: bytes, dice: random.Random) -> None:
    """Of the sectors that a write touches some are new, and some as they were."""
    place = offset
    while place < offset + len(data):
        end = min((place // SECTOR + 1) * SECTOR, offset + len(data))
        if dice.random() < 0.5:
            _write(file, place, data[place - offset : end - offset])
        place = end


def _put_down(files: Files, where: Path) -> None:
    where.mkdir()
    for name, data in files.items():
        (where / name).write_bytes(data)


def _open_as_a_server(where: Path, cuts: Cuts, name: str) -> None:
    try:
        open_store(f"sqlite:///{where / NAME}").close()
    except StoreError as error:
        cuts.damaged.append(f"{name}: our store does not open it: {error}")


def _check(where: Path, promises: Sequence[tuple[object, ...]], cuts: Cuts, name: str) -> None:
    connection = sqlite3.connect(where / NAME)
    try:
        if (said := connection.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
            cuts.damaged.append(f"{name}: {said}")
            return
        if promises:
            cuts.lost += [f"{name}: {promise}" for promise in _broken(connection, promises)]
    except sqlite3.DatabaseError as error:
        cuts.damaged.append(f"{name}: {error}")
    finally:
        connection.close()


def _broken(connection: sqlite3.Connection, promises: Sequence[tuple[object, ...]]) -> Iterator[tuple[object, ...]]:
    """What a notification is kept as must be its last word; later ones may have been written and not promised yet."""
    arrivals = {
        number: (body, state) for number, body, state in connection.execute("SELECT number, body, state FROM arrival")
    }
    entries = set(connection.execute("SELECT incident, position, digest FROM timeline"))
    sent = {row[0] for row in connection.execute("SELECT key FROM notification")}
    for promise in promises:
        match promise:
            case ("kept", number, body):
                is_kept = arrivals.get(number, (None, ""))[0] == body
            case ("done", number):
                is_kept = arrivals.get(number, (None, ""))[1] == "done"
            case ("entry", *entry):
                is_kept = tuple(entry) in entries
            case ("sent", key, _):
                is_kept = key in sent
            case _:
                is_kept = False
        if not is_kept:
            yield promise
