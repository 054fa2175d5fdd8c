"""Minutes side by side: from chunks and from rows they are the same, and no count is too large."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.minutes import CHUNK_MINUTES, Chunk, GapEntry, MinuteEvents

rows = st.lists(
    st.tuples(
        st.integers(0, 2), st.integers(100, 700), st.sampled_from([0, 1, 2**31, 2**40]), st.sampled_from([0, 5, 2**33])
    ),
    max_size=40,
)


@given(rows=rows, start=st.integers(100, 400), length=st.integers(1, 300))
def test_chunks_and_rows_give_the_same_table(rows, start: int, length: int) -> None:
    events, end = MinuteEvents.of(rows), start + length
    chunks = []
    for number in range(700 // CHUNK_MINUTES + 1):
        chunk = Chunk.empty(number, 3)
        chunk.add(events)
        chunk.compact()
        chunks.append(chunk)
    of_chunks = MinuteTable.of_chunks(start, end, 3, reversed(chunks))
    of_events = MinuteTable.of_events(start, end, 3, events)
    for one, other in zip(
        (of_chunks.bad, of_chunks.total, of_chunks.known),
        (of_events.bad, of_events.total, of_events.known),
        strict=True,
    ):
        assert np.array_equal(one, other)
    assert (of_chunks.start, of_chunks.end) == (start, end)


def test_gaps_are_kept_where_they_lie_in_the_table_whole() -> None:
    gaps = [GapEntry(0, 10, 20, 1, 2), GapEntry(1, 15, 25, 1, 2), GapEntry(0, 5, 12, 1, 2), GapEntry(0, 25, 31, 1, 2)]
    table = MinuteTable.of_events(10, 30, 2, MinuteEvents.of([]), gaps)
    assert [gap.start for gap in table.stream(0).gaps] == [10]
    assert [gap.start for gap in table.stream(1).gaps] == [15]
    assert table.stream(0).sums(10, 30) == (1, 2, 0)
    assert table.stream(0).sums(11, 30) == (0, 0, 0)
