"""How the installation looks after itself: backups on a schedule, each verified; and what its doors are told."""

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from time import monotonic

import structlog

from covet_sre.app.desk import DeskWorks
from covet_sre.app.settings import Settings
from covet_sre.engine.upkeep import Upkeep
from covet_sre.errors import Level, StoreError
from covet_sre.flows.operating import Doings, Installation, Restoration
from covet_sre.flows.reading import Problem
from covet_sre.incident.reconciling import RESTORED, Reconciling
from covet_sre.ports import Damage
from covet_sre.store import Database
from covet_sre.store.backup import file_name, made_at_in, make_backup
from covet_sre.store.upgrade import CURRENT

log = structlog.get_logger(__name__)

_VERIFIED_WITHIN_SECONDS = 3600.0
_FIRST_VERIFICATION_SECONDS = 60.0
_LATE = 3
"""A backup that is so many times as old as it should be is a problem."""


class OperatingWorks:
    """`Operating` over an opened database; started and closed with the server."""

    def __init__(self, store: Database, settings: Settings, desk: DeskWorks, counted: Callable[[], Doings]) -> None:
        """`counted` gives the requests that were served."""
        self._store, self._settings, self._desk, self._counted = store, settings, desk, counted
        self._folder = settings.backup_folder
        self._stop = threading.Event()
        every = settings.backup_every if self._folder is not None else 0.0
        self._backups = Upkeep("backup", self._back_up, every, settings.clock)
        self._verifications = Upkeep("verification", self._look_through, settings.verify_every, settings.clock)

    def start(self) -> None:
        """Begin to look after the installation; not in the demo, whose clock runs fast."""
        if self._settings.speed != 1:
            return
        if self._folder is None:
            # Each backup is verified: without any, what is kept is looked through now and then.
            self._verifications.begin(None, _FIRST_VERIFICATION_SECONDS)
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            log.error("the backup folder cannot be made", folder=str(self._folder), error=error.strerror)
        made = [at for _, at in self._kept()]
        self._backups.begin(max(made, default=None))

    def close(self) -> None:
        self._stop.set()
        self._backups.close()
        self._verifications.close()

    # ------------------------------------------------------------ what the doors ask

    def installation(self) -> Installation:
        backup = self._backups.state
        return Installation(
            now=self._settings.clock(),
            version=version("covet-sre"),
            schema=CURRENT,
            database=self._store.where,
            backup=backup,
            backups=len(self._kept()),
            # Each backup is verified before it counts as one.
            verification=backup if self._folder is not None else self._verifications.state,
            restoration=self._restoration(),
        )

    def doings(self) -> Doings:
        return replace(
            self._counted(),
            dispatch=self._desk.deliverer.first_attempts.now(),
            disposition=self._desk.dispatcher.dispositions.now(),
            commit=self._store.commits.now(),
        )

    def backup(self) -> Path:
        now = self._settings.clock()
        folder = Path(tempfile.mkdtemp(prefix=".covet-sre-asked-", dir=self._room()))
        try:
            return make_backup(self._store.copy_to, folder / file_name(now), now, self._store.where).path
        except BaseException:
            folder.rmdir()
            raise

    def verify(self) -> Sequence[Damage]:
        with tempfile.TemporaryDirectory(prefix=".covet-sre-verify-", dir=self._room()) as folder:
            copy = Path(folder) / "covet-sre.db"
            self._store.copy_to(copy)
            return verified_beside(copy, self._stop)

    def problems(self) -> list[Problem]:
        """What people should know: that incidents are held back after a restore, and that backups do not succeed."""
        found: list[Problem] = []
        restored = self._restoration()
        if restored is not None:
            found.append(_held_back(restored))
        for what, state in (("Backups do", self._backups.state), ("Verification does", self._verifications.state)):
            if state.error:
                remedy = "Make room, or mend what it says; it is tried again within a minute"
                found.append(Problem(Level.ERROR, f"{what} not succeed", state.error, remedy))
        age = self._backups.state.age(self._settings.clock())
        if age is not None and age > _LATE * self._settings.backup_every and not self._backups.state.error:
            told = f"the newest is {age / 60:.0f} minutes old"
            found.append(Problem(Level.WARNING, "Backups are late", told, "See the log"))
        return found

    # ------------------------------------------------------------ what is done again and again

    def _back_up(self) -> None:
        """One backup, verified; older ones go. Raises StoreError, and then no older one has gone."""
        assert self._folder is not None
        self._folder.mkdir(parents=True, exist_ok=True)
        now = self._settings.clock()
        made = make_backup(self._store.copy_to, self._folder / file_name(now), now, self._store.where)
        damages = verified_beside(made.path, self._stop)
        if damages:
            broken = made.path.with_name(f"{made.path.name}.damaged")
            made.path.rename(broken)
            raise StoreError(f"the backup is damaged: {damages[0]}", where=str(broken), remedy="verify the database")
        log.info(
            "a backup was made", file=made.path.name, bytes=made.path.stat().st_size, manifest=made.manifest.digest
        )
        for path, _ in self._kept()[: -self._settings.backup_kept]:
            path.unlink(missing_ok=True)

    def _look_through(self) -> None:
        damages = self.verify()
        if damages:
            told = f"what is kept is damaged: {damages[0]} ({len(damages)} in all)"
            raise StoreError(told, remedy="restore a backup: covet-sre db restore")

    def _kept(self) -> list[tuple[Path, float]]:
        """The backups in the folder, the oldest first. What has another name is none of ours."""
        if self._folder is None or not self._folder.is_dir():
            return []
        named = ((path, made_at_in(path.name)) for path in sorted(self._folder.iterdir()))
        return [(path, made_at) for path, made_at in named if made_at is not None]

    def _restoration(self) -> Restoration | None:
        found = self._store.find_record(Reconciling, RESTORED)
        if found is None or not found.lasts_at(self._settings.clock()):
            return None
        return Restoration(found.restored_at, found.backup_at, found.until, len(found.incidents), len(found.asked))

    def _room(self) -> Path | None:
        """A folder that has room for a copy: that of the backups, or of the database itself."""
        if self._folder is not None:
            return self._folder
        name = self._settings.database_url.removeprefix("sqlite:///")
        is_file = self._settings.database_url.startswith("sqlite:///") and name
        return Path(name).expanduser().parent if is_file else None


def _held_back(restored: Restoration) -> Problem:
    asked = f"{restored.asked} of {restored.incidents} open incidents have asked since"
    return Problem(
        Level.WARNING,
        "The database was restored from a backup: each open incident pages only once",
        f"What happened between the backup and the restore is unknown here; {asked}. Later, escalation goes on",
        "Look through the open incidents, acknowledge or resolve what is, then type: covet-sre db reconciled",
    )


def verified_beside(file: Path, stop: threading.Event) -> Sequence[Damage]:
    """Look a file through in a process of its own: it takes seconds of a processor, which pages must not wait for.

    Raises StoreError where that cannot be done.
    """
    command = [sys.executable, "-m", "covet_sre", "db", "verify", str(file), "--output", "json"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdout=said, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process,
    ):
        with_patience = monotonic() + _VERIFIED_WITHIN_SECONDS
        try:
            os.setpriority(os.PRIO_PROCESS, process.pid, 10)
        except OSError:
            log.debug("the verification runs at the usual priority")
        while process.poll() is None:
            if stop.wait(0.05) or monotonic() > with_patience:
                process.kill()
                raise StoreError("it was not looked through: there was no time", where=str(file))
        said.seek(0)
        try:
            told = json.load(said)
            return [Damage(str(one["where"]), str(one["problem"])) for one in told["damages"]]
        except (ValueError, KeyError, TypeError) as error:
            raise StoreError(f"it could not be looked through: {error!r}", where=str(file)) from error
