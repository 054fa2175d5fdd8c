"""The folder in which the workers of one service share their counts: no event is lost when one of them dies."""

import itertools
import logging
import os
import threading
from pathlib import Path

from covet_sre_sdk.cellfile import CellFile, CellFileReader, owner_is_gone
from covet_sre_sdk.cells import STARTED, Cell, Key, ProcessStore, Shard, Totals
from covet_sre_sdk.departed import Departed, fold, newest_departed, schema_mark

_logger = logging.getLogger("covet_sre_sdk")
_FIRST_FILE_BYTES = 1 << 16
_LARGEST_FILE_BYTES = 1 << 22
_serials = itertools.count()


class SharedStore:
    """Keeps each thread's cells in memory-mapped files of one local folder; any worker adds them all up.

    Files whose owner is gone are folded into one file of the departed. When the folder fails (full, read-only),
    counting goes on in this process alone and one warning is logged: the service matters more than its figures.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._own: set[CellFile] = set()
        self._readers: dict[str, CellFileReader] = {}
        self._departed: Departed | None = None
        self._fallback = ProcessStore()
        self._warned: set[str] = set()
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            self._warn(error)

    def open_shard(self) -> Shard:
        """Open a shard, to be written by one thread alone."""
        files = _ThreadFiles(self)
        shard = Shard(files.allocate, lambda _shard: files.release())
        shard.cell(STARTED, 1)
        return shard

    def totals(self) -> Totals:
        """Add up all files: of this worker, of the other living ones, and of the departed."""
        with self._lock:
            try:
                fold(self._directory)
            except OSError as error:  # full or read-only: the parts can still be read
                self._warn(error)
            totals = self._read_all()
            fallback = self._fallback.totals()
            for key, numbers in fallback.events.items():
                totals.add_events(key, numbers)
            totals.in_flight += fallback.in_flight
            totals.gauges.update(fallback.gauges)
        return totals

    def _read_all(self) -> Totals:
        """Read until no fold came in between, so that nothing is seen twice or missed.

        A fold publishes the new departed before it removes what it folded. If the newest departed is the same
        before and after, every file that it doesn't name was there all the time.
        """
        while True:
            departed = newest_departed(self._directory, self._departed)
            self._departed = departed
            totals = Totals({key: list(numbers) for key, numbers in departed.events.items()})
            complete = self._read_files(totals, departed.folded)
            if complete and newest_departed(self._directory, departed) is departed:
                return totals

    def _read_files(self, totals: Totals, folded: frozenset[str]) -> bool:
        names = {path.name for path in self._directory.glob(f"*.{schema_mark()}.cells")}
        self._readers = {name: reader for name, reader in self._readers.items() if name in names}
        for name in sorted(names - folded):
            path = self._directory / name
            try:
                if name not in self._readers:
                    self._readers[name] = CellFileReader(path)
                alive = not owner_is_gone(path)
                totals.add_cells(self._readers[name].read(), alive=alive)
            except FileNotFoundError:
                return False
            except ValueError as error:
                self._warn(error)
        return True

    def open_file(self, size_bytes: int) -> CellFile:
        """Open one more file of this worker. Raises OSError."""
        name = f"{os.getpid()}-{os.urandom(6).hex()}-{next(_serials)}.{schema_mark()}.cells"
        file = CellFile(self._directory / name, size_bytes)
        self._own.add(file)
        return file

    def close_file(self, file: CellFile) -> None:
        """Give one file of this worker up."""
        self._own.discard(file)
        file.release()

    def fall_back(self, error: OSError) -> Shard:
        """Return a shard that counts in this process alone, after the folder has failed."""
        self._warn(error)
        return self._fallback.open_shard()

    def abandon(self) -> None:
        """Let go of the parent's files in a forked child, so that they count as living only as long as it does."""
        for file in self._own:
            file.release()

    def _warn(self, error: Exception) -> None:
        if str(error) in self._warned:
            return
        self._warned.add(str(error))
        _logger.warning("Counts can't be shared in %s: %s", self._directory, error)


class _ThreadFiles:
    """The files of one thread: a further one, twice as large, whenever the last is full."""

    def __init__(self, store: SharedStore) -> None:
        self._store = store
        self._files: list[CellFile] = []
        self._size_bytes = _FIRST_FILE_BYTES
        self._fallback: Shard | None = None

    def allocate(self, key: Key, width: int) -> Cell:
        """Return a new cell in the newest file, in a new one, or in this process when the folder fails."""
        while self._fallback is None:
            cell = self._files[-1].allocate(key, width) if self._files else None
            if cell is not None:
                return cell
            try:
                self._files.append(self._store.open_file(self._size_bytes))
            except OSError as error:
                self._fallback = self._store.fall_back(error)
            self._size_bytes = min(self._size_bytes * 2, _LARGEST_FILE_BYTES)
        return self._fallback.cell(key, width)

    def release(self) -> None:
        """The thread has ended: its files may be folded."""
        for file in self._files:
            self._store.close_file(file)
        if self._fallback is not None:
            self._fallback.retire(self._fallback)
