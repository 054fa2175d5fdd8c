"""Every window, moved minute by minute, against a plain sum over a plain dictionary."""

from datetime import datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.slo.minutes import CHUNK_MINUTES, MINUTES_KEPT, Chunk, GapEntry, MinuteEvents
from covet_sre.slo.sums import BAD, KNOWN, TOTAL, WindowSums
from covet_sre.slo.window import CalendarWindow, RollingWindow
from covet_sre.units import parse_duration

STREAMS = 3
EPOCH = 28_000_000  # an arbitrary minute in 2023
WINDOWS = (
    RollingWindow(1),
    RollingWindow(5),
    RollingWindow(60),
    RollingWindow(CHUNK_MINUTES),
    RollingWindow(400),
    RollingWindow(3 * CHUNK_MINUTES + 7),
    CalendarWindow(parse_duration("1d"), datetime(2020, 1, 1), "Europe/Vienna"),
    RollingWindow(MINUTES_KEPT + 61),
)


class PlainLedger:
    """The plainest possible ledger: a dictionary of cells."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], list[int]] = {}
        self.gaps: list[GapEntry] = []

    def record(self, rows, gaps) -> None:
        for stream, minute, bad, total in rows:
            cell = self.cells.setdefault((stream, minute), [0, 0])
            cell[0] += bad
            cell[1] += total
        self.gaps += gaps

    def chunk(self, number: int) -> Chunk:
        chunk = Chunk.empty(number, STREAMS)
        rows = [(s, m, *cell) for (s, m), cell in self.cells.items() if m // CHUNK_MINUTES == number]
        chunk.add(MinuteEvents.of(rows))
        return chunk

    def chunk_sums(self, first: int, last: int) -> np.ndarray:
        sums = np.zeros((3, STREAMS), np.int64)
        for (stream, minute), (bad, total) in self.cells.items():
            if first <= minute // CHUNK_MINUTES < last:
                sums[:, stream] += (bad, total, 1)
        return sums

    def plain(self, window, end: int) -> np.ndarray:
        start = window.start(end)
        if window.length(end) > MINUTES_KEPT:  # only sums over chunks are kept so far back
            start = -(-start // CHUNK_MINUTES) * CHUNK_MINUTES
        sums = np.zeros((3, STREAMS), np.int64)
        for (stream, minute), (bad, total) in self.cells.items():
            if start <= minute < end:
                sums[:, stream] += (bad, total, 1)
        for gap in self.gaps:
            if start <= gap.start and gap.end <= end:
                sums[BAD, gap.stream] += gap.bad
                sums[TOTAL, gap.stream] += gap.total
        return sums


rows = st.lists(
    st.tuples(
        st.integers(0, STREAMS - 1),
        st.integers(-500, -1) | st.integers(-MINUTES_KEPT - 400, -MINUTES_KEPT + 400),
        st.integers(-3, 9),
        st.integers(0, 90),
    ),
    max_size=12,
)
gaps = st.lists(
    st.tuples(st.integers(0, STREAMS - 1), st.integers(2, 200), st.integers(0, 9), st.integers(0, 90)), max_size=2
)
ticks = st.lists(st.tuples(st.integers(1, 250), rows, gaps), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(history=rows, ticks=ticks, restart_at=st.integers(0, 8))
def test_every_window_equals_a_plain_sum_at_every_tick(history, ticks, restart_at) -> None:
    ledger = PlainLedger()
    end = EPOCH
    ledger.record([(s, end + m, bad, total) for s, m, bad, total in history], [])
    sums = WindowSums(WINDOWS, end, ledger.chunk, ledger.chunk_sums, ledger.gaps)
    for number, (step, new_rows, new_gaps) in enumerate(ticks):
        end += step
        absolute = [(s, end + m, bad, total) for s, m, bad, total in new_rows]
        entries = [GapEntry(s, end - length, end, bad, total) for s, length, bad, total in new_gaps]
        events = MinuteEvents.of(absolute)
        sums.prepare(end, events)
        ledger.record(absolute, entries)
        sums.advance(end, events, entries)
        if number == restart_at:
            sums = WindowSums(WINDOWS, end, ledger.chunk, ledger.chunk_sums, ledger.gaps)
        for row, window in enumerate(WINDOWS):
            np.testing.assert_array_equal(sums.values[row], ledger.plain(window, end), err_msg=str(window))


def test_an_idle_minute_is_known_and_an_unnamed_one_is_not() -> None:
    ledger = PlainLedger()
    sums = WindowSums((RollingWindow(10),), EPOCH, ledger.chunk, ledger.chunk_sums, ())
    events = MinuteEvents.of([(0, EPOCH, 0, 0), (0, EPOCH, 0, 0), (0, EPOCH + 2, 0, 0)])
    sums.prepare(EPOCH + 3, events)
    sums.advance(EPOCH + 3, events)
    assert sums.values[0, KNOWN].tolist() == [2, 0, 0]
    assert sums.values[0, TOTAL].tolist() == [0, 0, 0]
