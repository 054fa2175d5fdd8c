"""Single arrivals share commits: whatever comes while one transaction is under way goes into the next."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from sqlalchemy.engine import Connection

from covet_sre.errors import StoreBusy, StoreError
from covet_sre.ports import Arrival
from covet_sre.store.writer import Writer

MOST_WAITING, MOST_WAITING_BYTES = 5000, 64 * 1024 * 1024
"""Beyond either, an arrival is refused: memory stays bounded, and whoever sends it is told to come again."""

Answer = Callable[[int | None, Exception | None], None]
Insert = Callable[[Connection, Sequence[Arrival]], Sequence[int]]
_Waiting = list[tuple[Arrival, Answer]]


class GroupCommit:
    """At most one job of its own is with the writer; it takes everything that waits when its turn comes."""

    def __init__(self, writer: Writer, insert: Insert) -> None:
        self._writer, self._insert = writer, insert
        self._gate = threading.Lock()
        self._waiting: _Waiting = []
        self._bytes = 0
        self._under_way = False

    def put(self, arrival: Arrival, answered: Answer) -> None:
        """Raises StoreBusy when too many wait."""
        with self._gate:
            if len(self._waiting) >= MOST_WAITING or self._bytes >= MOST_WAITING_BYTES:
                raise StoreBusy(
                    f"{len(self._waiting)} requests of {self._bytes} bytes wait to be kept",
                    remedy="send it again in a second",
                )
            self._waiting.append((arrival, answered))
            self._bytes += len(arrival.body)
            if self._under_way:
                return
            self._under_way = True
        self._send()

    def _send(self) -> None:
        taken: _Waiting = []

        def insert(connection: Connection) -> Sequence[int]:
            # Run again after a neighbour's failure, it also takes what came in between.
            with self._gate:
                taken.extend(self._take())
            return self._insert(connection, [arrival for arrival, _ in taken]) if taken else []

        try:
            self._writer.submit(insert, partial(self._settled, taken))
        except StoreError as error:
            self._fail(taken, error)

    def _settled(self, taken: _Waiting, done: Future[Sequence[int]]) -> None:
        error = done.exception()
        if error is not None:
            self._fail(taken, error if isinstance(error, Exception) else StoreError(str(error)))
            return
        for (_, answered), number in zip(taken, done.result(), strict=True):
            _tell(answered, number, None)
        with self._gate:
            more = self._under_way = bool(self._waiting)
        if more:
            self._send()

    def _fail(self, taken: _Waiting, error: Exception) -> None:
        """Whoever waits is told too: nothing says that the next attempt would end otherwise, and nobody waits long."""
        with self._gate:
            self._under_way = False
            taken = [*taken, *self._take()]
        for _, answered in taken:
            _tell(answered, None, error)

    def _take(self) -> _Waiting:
        taken, self._waiting, self._bytes = self._waiting, [], 0
        return taken


def _tell(answered: Answer, number: int | None, error: Exception | None) -> None:
    # Whoever asked may be gone: that concerns neither the others nor what is kept.
    with suppress(Exception):
        answered(number, error)
