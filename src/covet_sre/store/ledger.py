"""The ledger in SQL: each thing that it does is one transaction, or one snapshot."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from covet_sre.ports import TickRecord
from covet_sre.slo.counting import Watermarks
from covet_sre.slo.minutes import Chunk, GapEntry, MinuteEvents
from covet_sre.store import facts, statements
from covet_sre.store.backend import Backend
from covet_sre.store.backfilling import backfill_events, note_simulated
from covet_sre.store.folding import drop_old, fold_ticks
from covet_sre.store.gaps import add_gaps, read_gaps
from covet_sre.store.journal import encode_events, encode_spent
from covet_sre.store.lease import MEASURE
from covet_sre.store.marking import read_marks, write_marks
from covet_sre.store.packing import FAST
from covet_sre.store.reading import read_chunk, read_chunk_sums, read_known_from, read_minutes, read_quarters
from covet_sre.store.rules import check_streams
from covet_sre.store.spending import add_spent, read_spent
from covet_sre.store.writer import Writer


class SqlLedger:
    """LedgerStore over an opened database. Numbers may be numpy's: drivers take only Python's, hence each `int`."""

    def __init__(self, backend: Backend, writer: Writer) -> None:
        self._backend = backend
        self._writer = writer

    def stream_ids(self, keys: Sequence[str]) -> dict[str, int]:
        with self._backend.snapshot() as connection:
            known = _streams(connection)
        if any(key not in known for key in keys):
            known = self._writer.write(lambda connection: _add_streams(connection, keys))
        return {key: known[key] for key in keys}

    def record(self, tick: TickRecord) -> None:
        # Packed here, in the caller's thread: the writer only writes.
        packed = encode_events(tick.events) if len(tick.events) else None
        spent = encode_spent(tick.spent, FAST) if tick.spent else None

        def write(connection: Connection) -> None:
            self._check(connection, tick.events, tick.gaps, tick.spent)
            if packed or spent:
                row = {"end_minute": int(tick.end_minute), "events": packed, "spent": spent}
                connection.execute(statements.ADD_TICK, {**row, **_bounds(tick.events)})
            add_gaps(connection, tick.gaps)
            for source, marks in tick.marks.items():
                write_marks(connection, source, marks)
            facts.put_number(connection, facts.LAST_READ, int(tick.end_minute))

        self._writer.write(write)

    def last_read(self) -> int | None:
        with self._backend.snapshot() as connection:
            return facts.number(connection, facts.LAST_READ)

    def marks(self, source: str) -> Watermarks:
        with self._backend.snapshot() as connection:
            return read_marks(connection, source)

    def chunk(self, number: int, streams: int) -> Chunk:
        with self._backend.snapshot() as connection:
            return read_chunk(connection, int(number), streams)

    def chunk_sums(self, first: int, last: int, streams: int) -> NDArray[np.int64]:
        with self._backend.snapshot() as connection:
            return read_chunk_sums(connection, int(first), int(last), streams)

    def minutes(self, stream: int, start: int, end: int) -> MinuteEvents:
        with self._backend.snapshot() as connection:
            return read_minutes(connection, int(stream), int(start), int(end))

    def quarters(self, stream: int, start: int, end: int) -> MinuteEvents:
        with self._backend.snapshot() as connection:
            return read_quarters(connection, int(stream), int(start), int(end))

    def gaps(self, start: int) -> list[GapEntry]:
        with self._backend.snapshot() as connection:
            return read_gaps(connection, start)

    def spent(self, stream: int, start_hour: int, end_hour: int) -> dict[tuple[int, str, str], int]:
        with self._backend.snapshot() as connection:
            return read_spent(connection, int(stream), int(start_hour), int(end_hour))

    def backfill(self, events: MinuteEvents, gaps: Sequence[GapEntry] = (), *, simulated: bool = False) -> None:
        """As the port says. Fastest when a call holds whole chunks of all streams."""

        def write(connection: Connection) -> None:
            self._check(connection, events, gaps, {})
            backfill_events(connection, events)
            add_gaps(connection, gaps, keep_known=True)
            if simulated:
                note_simulated(connection, events)

        self._writer.write(write)

    def record_spent(self, spent: Mapping[tuple[int, int, str, str], int]) -> None:
        def write(connection: Connection) -> None:
            self._check(connection, MinuteEvents.of([]), (), spent)
            add_spent(connection, spent)

        self._writer.write(write)

    def known_from(self, streams: int) -> NDArray[np.int64]:
        """As the port says: also where that minute itself is past its keeping."""
        with self._backend.snapshot() as connection:
            return read_known_from(connection, streams)

    def simulated_until(self) -> int | None:
        with self._backend.snapshot() as connection:
            return facts.number(connection, facts.SIMULATED_UNTIL)

    def fold(self, before_minute: int) -> int:
        """As the port says; in several transactions when there is much. The rows are those of the ticks' events."""
        before_minute, folded = int(before_minute), 0

        def write(connection: Connection) -> tuple[int, int]:
            self._backend.check_lease(connection, MEASURE)
            return fold_ticks(connection, before_minute)

        while (step := self._writer.write(write))[0]:
            folded += step[1]
        self._writer.write(lambda connection: drop_old(connection, before_minute))
        return folded

    def _check(
        self,
        connection: Connection,
        events: MinuteEvents,
        gaps: Sequence[GapEntry],
        spent: Mapping[tuple[int, int, str, str], int],
    ) -> None:
        self._backend.check_lease(connection, MEASURE)
        check_streams(connection.execute(statements.HIGHEST_STREAM).scalar_one(), events, gaps, spent)


def _bounds(events: MinuteEvents) -> dict[str, int | None]:
    if not len(events):
        return {"first_minute": None, "last_minute": None}
    return {"first_minute": int(events.minutes.min()), "last_minute": int(events.minutes.max())}


def _streams(connection: Connection) -> dict[str, int]:
    return {row.key: row.id for row in connection.execute(statements.STREAMS)}


def _add_streams(connection: Connection, keys: Sequence[str]) -> dict[str, int]:
    known = _streams(connection)
    added: list[dict[str, object]] = []
    for key in keys:
        if key not in known:
            known[key] = len(known)
            added.append({"id": known[key], "key": key})
    if added:
        connection.execute(statements.ADD_STREAM, added)
    return known
