"""Where events are counted: one shard for each thread, so that no event is lost and nothing is locked."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from operator import add
from typing import Protocol

from covet_sre_sdk.families import IN_FLIGHT, REQUESTS, EventFamily

Key = tuple[str, ...]
"""What a cell counts: the name of its counter (or gauge), then its label values."""

STARTED: Key = (IN_FLIGHT.name,)
"""Counts arrivals. In flight = arrivals less the answered: one write a request cheaper than up and down."""


class Cell(Protocol):
    """A row of numbers: a list, or a piece of a memory-mapped file."""

    def __getitem__(self, index: int, /) -> float: ...
    def __setitem__(self, index: int, value: float, /) -> None: ...
    def __iter__(self) -> Iterator[float]: ...


class Shard:
    """The cells of one thread. Only that thread writes here: `cell[i] += 1` is no atomic step."""

    __slots__ = ("_allocate", "cells", "retire")

    def __init__(self, allocate: Callable[[Key, int], Cell], retire: Callable[["Shard"], None]) -> None:
        self._allocate = allocate
        self.cells: dict[Key, Cell] = {}
        self.retire = retire

    def cell(self, key: Key, width: int) -> Cell:
        """Return the cell of a key, made on first use, all zeros."""
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = self._allocate(key, width)
        return cell

    def event_cell(self, family: EventFamily, labels: Key) -> Cell:
        """Return the cell that counts and times the events with these label values."""
        return self.cell((family.counter, *labels), family.width)


@dataclass(slots=True)
class Totals:
    """What all cells together say: for each key one number a bucket, and the sum of seconds last."""

    events: dict[Key, list[float]] = field(default_factory=dict[Key, list[float]])
    in_flight: float = 0
    gauges: dict[Key, float] = field(default_factory=dict[Key, float])

    def add_events(self, key: Key, numbers: Sequence[float]) -> None:
        """Add one cell of events."""
        present = self.events.get(key)
        self.events[key] = list(numbers) if present is None else list(map(add, present, numbers))

    def add_cells(self, cells: dict[Key, list[float]], *, alive: bool) -> None:
        """Add the cells of one shard; what nobody holds any more (`alive=False`) gives events and no gauges."""
        for key, numbers in cells.items():
            if len(key) > 1:
                self.add_events(key, numbers)
            elif alive and key != STARTED:
                self.gauges[key] = self.gauges.get(key, 0) + numbers[0]
        if alive:
            self.in_flight += cells.get(STARTED, [0])[0] - answered(cells)


def answered(cells: dict[Key, list[float]]) -> float:
    """Return how many requests these cells have seen to their end."""
    return sum(sum(numbers[:-1]) for key, numbers in cells.items() if key[0] == REQUESTS.counter)


class Store(Protocol):
    """Opens shards and adds them up: in this process (`ProcessStore`) or over all workers (`SharedStore`)."""

    def open_shard(self) -> Shard:
        """Open a shard, to be written by one thread alone."""
        ...

    def totals(self) -> Totals:
        """Add up all shards, those of ended threads included."""
        ...

    def abandon(self) -> None:
        """Let go of everything in a forked child: the parent goes on writing there."""
        ...


class ProcessStore:
    """Keeps the shards of one process in plain lists."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shards: list[Shard] = []
        self._ended: list[Shard] = []
        self._departed = Totals()

    def open_shard(self) -> Shard:
        """Open a shard, to be written by one thread alone."""
        # append is one atomic step, and so needs no lock: a thread may end (and call it) anywhere, even
        # inside of totals() through the garbage collector.
        shard = Shard(_zeros, self._ended.append)
        with self._lock:
            self._shards.append(shard)
        return shard

    def totals(self) -> Totals:
        """Add up all shards; those of ended threads are added once and dropped."""
        with self._lock:
            while self._ended:
                shard = self._ended.pop()
                self._shards.remove(shard)
                self._departed.add_cells(read_shard(shard), alive=False)
            shards = list(self._shards)
            totals = Totals({key: list(numbers) for key, numbers in self._departed.events.items()})
            for shard in shards:
                totals.add_cells(read_shard(shard), alive=True)
        return totals

    def abandon(self) -> None:
        """Keep the counts: a forked child without a shared directory is a process of its own."""
        self._lock = threading.Lock()


def read_shard(shard: Shard) -> dict[Key, list[float]]:
    """Return a copy of a shard's numbers while its thread goes on writing.

    Arrivals are read last: what was answered by then had arrived, so the number in flight is never negative.
    """
    cells = shard.cells.copy()
    started = cells.pop(STARTED, None)
    numbers = {key: list(cell) for key, cell in cells.items()}
    if started is not None:
        numbers[STARTED] = [started[0]]
    return numbers


def _zeros(_key: Key, width: int) -> Cell:
    zeros: list[float] = [0] * width
    return zeros
