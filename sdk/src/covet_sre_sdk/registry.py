"""The registry of our cells: which thread writes where, what is known before the first event, what they sum to."""

import logging
import os
import threading
import weakref
from bisect import bisect_left
from collections.abc import Callable, Iterable
from pathlib import Path

from covet_sre_sdk.cells import Key, ProcessStore, Shard, Store, Totals
from covet_sre_sdk.families import EVENT_FAMILIES, EventFamily, GaugeFamily
from covet_sre_sdk.workers import warn_of_unshared_workers

_logger = logging.getLogger("covet_sre_sdk")
DIRECTORY_VARIABLE = "COVET_SRE_MULTIPROCESS_DIR"


_CERTAIN = {family.counter: (family.certain_outcomes, family.width) for family in EVENT_FAMILIES}


class _Lease:
    """Lives in a thread's local storage: when it is gone, the thread is."""

    __slots__ = ("__weakref__",)


class Metrics:
    """A registry of our cells.

    `directory` (or the environment variable COVET_SRE_MULTIPROCESS_DIR) names a local folder in which all worker
    processes of one service share their counts; without it the counts are those of this process.
    """

    def __init__(self, directory: str | os.PathLike[str] | None = None) -> None:
        self._directory = directory
        self._lock = threading.RLock()
        self._threads = threading.local()
        self._store: Store | None = None
        self._gauges: Shard | None = None
        self._declared: dict[Key, None] = {}
        self._gauge_callables: dict[str, Callable[[], float]] = {}
        self._before_collecting: list[weakref.WeakMethod[Callable[[], None]]] = []
        self._after_fork: list[weakref.WeakMethod[Callable[[], None]]] = []
        _instances.add(self)

    def shard(self) -> Shard:
        """Return the calling thread's own cells."""
        try:
            return self._threads.shard
        except AttributeError:
            shard = self._threads.shard = self.store.open_shard()
            lease = self._threads.lease = _Lease()
            weakref.finalize(lease, shard.retire, shard).atexit = False
            return shard

    @property
    def store(self) -> Store:
        """What keeps the shards. It is opened at the first use, so that an import touches no folder."""
        if self._store is None:
            with self._lock:
                if self._store is None:
                    self._store = self._open_store()
        return self._store

    def _open_store(self) -> Store:
        directory = self._directory or os.environ.get(DIRECTORY_VARIABLE)
        if directory:
            from covet_sre_sdk.shared import SharedStore  # here: it needs fcntl, which Windows has not

            return SharedStore(Path(directory))
        warn_of_unshared_workers(DIRECTORY_VARIABLE)
        return ProcessStore()

    def observe(self, family: EventFamily, labels: Key, seconds: float) -> None:
        """Count one event that took so many seconds (infinity: it has no known duration)."""
        cell = self.shard().event_cell(family, labels)
        cell[bisect_left(family.bounds, seconds)] += 1
        if seconds != float("inf"):
            cell[-1] += seconds

    def declare(self, family: EventFamily, labels: Key, outcomes: Iterable[str] = ()) -> None:
        """Expose events at 0 before the first of them: `labels` are all but the outcome."""
        for outcome in (*family.certain_outcomes, *outcomes):
            self._declared[(family.counter, *labels, outcome)] = None

    def set_gauge(self, family: GaugeFamily, value: float | Callable[[], float]) -> None:
        """Set a gauge to a number of this process, or to a callable that is asked at each collection."""
        with self._lock:
            if callable(value):
                self._gauge_callables[family.name] = value
                return
            self._gauge_callables.pop(family.name, None)
            if self._gauges is None:
                self._gauges = self.store.open_shard()  # no thread's: it lives as long as the process
            self._gauges.cell((family.name,), 1)[0] = float(value)

    def totals(self) -> Totals:
        """Add up what every thread (and every worker, with a shared directory) has counted."""
        for reference in list(self._before_collecting):
            call = reference()
            if call is not None:
                call()
        totals = self.store.totals()
        totals.in_flight = max(0, totals.in_flight)
        for name, ask in list(self._gauge_callables.items()):
            try:
                totals.gauges[(name,)] = float(ask())
            except Exception:
                _logger.exception("%s could not be read and is left out", name)
                totals.gauges.pop((name,), None)
        self._complete(totals.events)
        return totals

    def _complete(self, events: dict[Key, list[float]]) -> None:
        """Add the children at 0: the declared ones, and the certain outcomes of everything seen.

        The second follows from the counts alone, so that every worker gives the same answer.
        """
        for key in (*events, *self._declared):
            if key[0] not in _CERTAIN:
                continue  # out of a damaged file
            certain, width = _CERTAIN[key[0]]
            if key not in events:
                events[key] = [0] * width
            for outcome in certain:
                sibling = (*key[:-1], outcome)
                if sibling not in events:
                    events[sibling] = [0] * width

    def before_collecting(self, call: Callable[[], None]) -> None:
        """Call a method before each collection, as long as its object lives."""
        self._before_collecting.append(weakref.WeakMethod(call))

    def after_fork(self, call: Callable[[], None]) -> None:
        """Call a method in each forked child, as long as its object lives: its cells are the parent's."""
        self._after_fork.append(weakref.WeakMethod(call))

    def _forked(self) -> None:
        self._lock = threading.RLock()
        if self._store is None:
            return
        self._store.abandon()
        if isinstance(self._store, ProcessStore):
            return
        self._store = None
        self._gauges = None
        self._threads = threading.local()
        for reference in list(self._after_fork):
            call = reference()
            if call is not None:
                call()


_instances: "weakref.WeakSet[Metrics]" = weakref.WeakSet()


def _all_forked() -> None:
    for instance in list(_instances):
        instance._forked()  # pyright: ignore[reportPrivateUsage] one module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_all_forked)

metrics = Metrics()
"""The process-wide default registry."""
