"""What every store does, whatever it keeps things in."""

from dataclasses import replace

import numpy as np
import pytest

from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.errors import NotFound, Refused, StoreError
from covet_sre.ports import AlertTransition, TickRecord
from covet_sre.slo.counting import Watermarks
from covet_sre.slo.minutes import CHUNK_MINUTES, GapEntry, MinuteEvents
from covet_sre.store import Store

DAY = 1440
NOON = 20_000 * DAY + 720  # a minute at which a chunk and a quarter begin


def tick(
    end_minute: int,
    *rows: tuple[int, int, int, int],
    gaps: tuple[GapEntry, ...] = (),
    marks: dict[str, Watermarks] | None = None,
    spent: dict[tuple[int, int, str, str], int] | None = None,
) -> TickRecord:
    return TickRecord(end_minute, MinuteEvents.of(rows), gaps, marks or {}, spent or {})


def rows_of(events: MinuteEvents) -> list[tuple[int, int, int, int]]:
    columns = (events.streams, events.minutes, events.bad, events.total)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def with_streams(store: Store, number: int) -> Store:
    store.stream_ids([f"stream {index}" for index in range(number)])
    return store


# ---------------------------------------------------------------- streams and marks


def test_streams_are_numbered_from_0_in_the_order_of_their_first_sight(store: Store) -> None:
    assert store.stream_ids(["b", "a"]) == {"b": 0, "a": 1}
    assert store.stream_ids(["c", "a", "c"]) == {"c": 2, "a": 1}
    assert store.stream_ids([]) == {}


def test_a_stream_that_has_no_number_is_refused_and_nothing_is_written(store: Store) -> None:
    with_streams(store, 2)
    for wrong in (-1, 2):
        with pytest.raises(StoreError, match="streams 0 to 1"):
            store.record(tick(NOON, (0, NOON - 1, 1, 2), (wrong, NOON - 1, 1, 2)))
        with pytest.raises(StoreError, match="streams 0 to 1"):
            store.backfill(MinuteEvents.of([(wrong, NOON - 1, 1, 2)]))
        with pytest.raises(StoreError, match="streams 0 to 1"):
            store.record_spent({(wrong, NOON // 60, "route", "/"): 1})
    assert len(store.minutes(0, NOON - 10, NOON)) == 0
    assert store.last_read() is None


def test_marks_come_back_as_they_were_last_committed(store: Store) -> None:
    marks = Watermarks()
    marks.put('up{job="a"}', 1_700_000_000.125, 17.0)
    store.record(tick(NOON, marks={"prometheus": marks}))
    marks.put('up{job="a"}', 1_700_000_060.25, 18.5)
    marks.put("strange \x00 \ud800 \n key", 1_700_000_060.5, float("inf"))
    assert store.marks("prometheus").timestamps == [1_700_000_000.125], "what is not committed is not there"
    store.record(tick(NOON + 1, marks={"prometheus": marks}))
    assert store.marks("prometheus") == marks
    assert store.marks("another") == Watermarks()


def test_marks_that_begin_anew_replace_those_that_were(store: Store) -> None:
    first = Watermarks()
    for key in "abc":
        first.put(key, 1.0, 1.0)
    store.record(tick(NOON, marks={"p": first}))
    second = Watermarks()
    for key in "bcde":
        second.put(key, 2.0, 2.0)
    store.record(tick(NOON + 1, marks={"p": second}))
    assert store.marks("p") == second


def test_a_source_without_series_has_empty_marks(store: Store) -> None:
    store.record(tick(NOON, marks={"p": Watermarks()}))
    assert store.marks("p") == Watermarks()


# ---------------------------------------------------------------- minutes


def test_last_read_is_the_end_of_the_last_tick(store: Store) -> None:
    assert store.last_read() is None
    store.record(tick(NOON))
    store.record(tick(NOON + 3))
    assert store.last_read() == NOON + 3


def test_rows_of_one_minute_add_up_within_and_across_ticks_and_folds(store: Store) -> None:
    with_streams(store, 20)
    store.record(tick(NOON + 1, (17, NOON, 1, 10), (17, NOON, 2, 20), (3, NOON, 0, 5)))
    store.fold(NOON + 1)
    store.record(tick(NOON + 2, (17, NOON, -1, 4)))
    assert rows_of(store.minutes(17, NOON - 5, NOON + 5)) == [(17, NOON, 2, 34)]
    assert store.chunk_sums(NOON // CHUNK_MINUTES, NOON // CHUNK_MINUTES + 1, 20)[:, 17].tolist() == [2, 34, 1]


def test_a_known_minute_without_events_is_known(store: Store) -> None:
    with_streams(store, 1)
    store.record(tick(NOON + 1, (0, NOON, 0, 0)))
    for _ in range(2):
        assert rows_of(store.minutes(0, NOON, NOON + 1)) == [(0, NOON, 0, 0)]
        assert store.chunk(NOON // CHUNK_MINUTES, 1).known.sum() == 1
        assert store.known_from(1).tolist() == [NOON]
        store.fold(NOON + 1)


def test_the_bounds_of_minutes_are_start_included_end_not(store: Store) -> None:
    with_streams(store, 1)
    store.record(tick(NOON + 4, *((0, NOON + minute, 0, 1) for minute in range(4))))
    for _ in range(2):
        assert store.minutes(0, NOON + 1, NOON + 3).minutes.tolist() == [NOON + 1, NOON + 2]
        assert len(store.minutes(0, NOON + 3, NOON + 3)) == 0
        store.fold(NOON + 4)


def test_huge_counts_are_exact(store: Store) -> None:
    with_streams(store, 1)
    huge = 2**53 + 1
    store.record(tick(NOON + 1, (0, NOON, huge, 2 * huge)))
    for _ in range(2):
        assert rows_of(store.minutes(0, NOON, NOON + 1)) == [(0, NOON, huge, 2 * huge)]
        assert rows_of(store.quarters(0, NOON, NOON + 1)) == [(0, NOON, huge, 2 * huge)]
        store.fold(NOON + 1)


def test_quarters_hold_the_sum_of_their_minutes_at_their_first(store: Store) -> None:
    with_streams(store, 1)
    store.record(tick(NOON + 31, (0, NOON + 1, 1, 10), (0, NOON + 14, 2, 20), (0, NOON + 30, 0, 5)))
    for _ in range(2):
        assert rows_of(store.quarters(0, NOON, NOON + 60)) == [(0, NOON, 3, 30), (0, NOON + 30, 0, 5)]
        assert store.quarters(0, NOON + 1, NOON + 60).minutes.tolist() == [NOON + 30]
        assert store.quarters(0, NOON, NOON + 30).minutes.tolist() == [NOON]
        store.fold(NOON + 31)


def test_chunks_are_cut_or_widened_to_the_streams_that_are_asked_for(store: Store) -> None:
    with_streams(store, 40)
    store.record(tick(NOON + 1, (39, NOON, 1, 2), (0, NOON, 3, 4)))
    number = NOON // CHUNK_MINUTES
    for _ in range(2):
        assert store.chunk(number, 50).total[0].tolist() == [4, *[0] * 38, 2, *[0] * 10]
        assert store.chunk(number, 39).total.sum() == 4
        assert store.chunk_sums(number, number + 1, 50).sum(axis=1).tolist() == [4, 6, 2]
        assert store.chunk_sums(number, number + 1, 5).sum(axis=1).tolist() == [3, 4, 1]
        assert store.chunk_sums(number + 1, number + 9, 50).sum() == 0
        store.fold(NOON + 1)


def test_fold_takes_the_ticks_that_ended_before_and_counts_their_rows(store: Store) -> None:
    with_streams(store, 2)
    for minute in range(3):
        store.record(tick(NOON + minute + 1, (0, NOON + minute, 0, 1), (1, NOON + minute, 0, 1)))
    assert store.fold(NOON) == 0
    assert store.fold(NOON + 2) == 4
    assert store.fold(NOON + 2) == 0
    assert store.fold(NOON + 3) == 2


# ---------------------------------------------------------------- gaps and spending


def test_gaps_of_one_time_add_up_and_are_found_by_their_end(store: Store) -> None:
    with_streams(store, 2)
    store.record(tick(NOON, gaps=(GapEntry(0, NOON - 30, NOON, 1, 10), GapEntry(0, NOON - 30, NOON, 2, 20))))
    store.record(tick(NOON, gaps=(GapEntry(0, NOON - 30, NOON, 0, 5), GapEntry(1, NOON - 40, NOON - 20, 0, 7))))
    assert store.gaps(NOON - 100) == [GapEntry(1, NOON - 40, NOON - 20, 0, 7), GapEntry(0, NOON - 30, NOON, 3, 35)]
    assert store.gaps(NOON - 20) == [GapEntry(0, NOON - 30, NOON, 3, 35)]
    assert store.gaps(NOON) == []


def test_a_gap_from_history_leaves_one_of_the_same_time_as_it_is(store: Store) -> None:
    with_streams(store, 1)
    store.record(tick(NOON, gaps=(GapEntry(0, NOON - 30, NOON, 1, 10),)))
    history = [GapEntry(0, NOON - 30, NOON, 9, 9), GapEntry(0, NOON - 90, NOON - 60, 2, 2)]
    for _ in range(2):
        store.backfill(MinuteEvents.of([]), history)
    assert store.gaps(0) == [GapEntry(0, NOON - 90, NOON - 60, 2, 2), GapEntry(0, NOON - 30, NOON, 1, 10)]


def test_who_spent_adds_up_from_ticks_and_history(store: Store) -> None:
    with_streams(store, 20)
    hour = NOON // 60
    store.record(tick(NOON + 1, spent={(17, hour, "route", "/a"): 2, (17, hour, "code", "500"): 2}))
    store.record(tick(NOON + 2, spent={(17, hour, "route", "/a"): 1, (3, hour, "route", "/a"): 9}))
    store.record_spent({(17, hour - 5, "route", "odd \x00 \ud800"): 4, (17, hour, "route", "/a"): 10})
    for _ in range(2):
        assert store.spent(17, hour - 5, hour + 1) == {
            (hour, "route", "/a"): 13,
            (hour, "code", "500"): 2,
            (hour - 5, "route", "odd \x00 \ud800"): 4,
        }
        assert store.spent(17, hour - 5, hour) == {(hour - 5, "route", "odd \x00 \ud800"): 4}
        assert store.spent(17, hour + 1, hour + 9) == {}
        store.fold(NOON + 2)


# ---------------------------------------------------------------- history and keeping


def test_backfill_fills_what_is_unknown_and_leaves_what_is_known(store: Store) -> None:
    with_streams(store, 2)
    store.record(tick(NOON + 1, (0, NOON, 1, 10)))
    store.fold(NOON + 1)
    store.record(tick(NOON + 2, (0, NOON + 1, 2, 20)))
    history = MinuteEvents.of([(0, NOON + minute, 5, 50) for minute in range(-1, 3)] * 2)
    for _ in range(2):
        store.backfill(history)
        assert rows_of(store.minutes(0, NOON - 5, NOON + 5)) == [
            (0, NOON - 1, 10, 100),
            (0, NOON, 1, 10),
            (0, NOON + 1, 2, 20),
            (0, NOON + 2, 10, 100),
        ]
        assert store.quarters(0, NOON - 15, NOON + 15).total.tolist() == [100, 130]
        store.fold(NOON + 2)
    assert store.known_from(3).tolist() == [NOON - 1, -1, -1]


def test_simulated_history_is_remembered(store: Store) -> None:
    with_streams(store, 1)
    store.backfill(MinuteEvents.of([(0, NOON, 0, 1)]))
    assert store.simulated_until() is None
    store.backfill(MinuteEvents.of([(0, NOON + 5, 0, 1)]), simulated=True)
    store.backfill(MinuteEvents.of([(0, NOON + 2, 0, 1)]), simulated=True)
    assert store.simulated_until() == NOON + 6


def test_minutes_are_kept_for_100_days_and_quarters_for_400(store: Store) -> None:
    with_streams(store, 1)
    ages = [500 * DAY, 399 * DAY, 101 * DAY, 99 * DAY, 1]
    hours = {(0, (NOON - age) // 60, "route", "/"): 1 for age in ages}
    store.backfill(
        MinuteEvents.of([(0, NOON - age, 1, 2) for age in ages]),
        [GapEntry(0, NOON - age, NOON - age + 5, 1, 1) for age in ages],
    )
    store.record_spent(hours)
    store.fold(NOON)
    assert store.minutes(0, 0, NOON).minutes.tolist() == [NOON - 99 * DAY, NOON - 1]
    assert store.chunk((NOON - 101 * DAY) // CHUNK_MINUTES, 1).known.sum() == 0
    # Sums over chunks are kept as long as quarters: windows longer than 100 days are made of them.
    assert store.chunk_sums(0, NOON // CHUNK_MINUTES + 1, 1)[:, 0].tolist() == [4, 8, 4]
    assert store.quarters(0, 0, NOON).total.tolist() == [2, 2, 2, 2]
    assert len(store.spent(0, 0, NOON // 60 + 1)) == 4
    assert len(store.gaps(0)) == 4
    assert store.known_from(1).tolist() == [NOON - 500 * DAY], "what began longer ago than it is kept"


def test_history_older_than_the_minutes_fills_only_unknown_quarters(store: Store) -> None:
    with_streams(store, 2)
    old = NOON - 150 * DAY
    store.backfill(MinuteEvents.of([(0, old, 1, 2), (0, NOON, 0, 1)]))
    store.fold(NOON + 1)
    for _ in range(2):
        store.backfill(MinuteEvents.of([(0, old + 1, 7, 7), (0, old + 15, 3, 4), (0, old + 16, 3, 4), (1, old, 5, 6)]))
        assert rows_of(store.quarters(0, old, old + 60)) == [(0, old, 1, 2), (0, old + 15, 6, 8)]
        assert rows_of(store.quarters(1, old, old + 60)) == [(1, old, 5, 6)]
        assert len(store.minutes(0, old, old + 60)) == 0


def test_history_older_than_the_minutes_leaves_quarters_that_wait_in_the_journal(store: Store) -> None:
    """A late row and a new one came in one tick that is not folded yet, and minutes so old are dropped already."""
    with_streams(store, 1)
    old = NOON - 101 * DAY
    store.record(tick(NOON + 130, (0, old + 4, 1, 10), (0, NOON + 129, 0, 0)))
    store.fold(NOON + 1)
    store.backfill(MinuteEvents.of([(0, old + 12, 0, 151), (0, old + 16, 2, 20)]))
    assert rows_of(store.quarters(0, old, old + 30)) == [(0, old, 1, 10), (0, old + 15, 2, 20)]


def test_a_late_row_older_than_the_minutes_still_counts_in_its_quarter(store: Store) -> None:
    with_streams(store, 1)
    old = NOON - 150 * DAY
    store.backfill(MinuteEvents.of([(0, NOON, 0, 1)]))
    store.fold(NOON + 1)
    store.record(tick(NOON + 2, (0, old, 1, 2)))
    for _ in range(2):
        assert len(store.minutes(0, old, old + 60)) == 0
        assert store.chunk_sums(old // CHUNK_MINUTES, old // CHUNK_MINUTES + 1, 1).sum() == 0
        assert rows_of(store.quarters(0, old, old + 60)) == [(0, old, 1, 2)]
        store.fold(NOON + 2)


def test_a_clock_that_jumps_ahead_drops_nothing(store: Store) -> None:
    with_streams(store, 1)
    store.backfill(MinuteEvents.of([(0, NOON - 50 * DAY, 1, 2), (0, NOON, 1, 2)]))
    store.fold(NOON + 5000 * DAY)
    assert len(store.minutes(0, 0, NOON + 1)) == 2


# ---------------------------------------------------------------- alerts and adjustments


def transition(objective: str, alert: str, state: str, at_minute: int) -> AlertTransition:
    detail = {"burn": 14.5, "window": "1h", "none": None}
    return AlertTransition(objective, alert, "page", state, at_minute, f"{objective}/{alert}/{at_minute}", detail)


def test_the_state_of_an_alert_is_its_last_transition(store: Store) -> None:
    first, second = transition("a", "fast", "firing", NOON), transition("a", "fast", "resolved", NOON)
    other = transition("b", "fast", "firing", NOON - 5)
    store.record_transitions([first, other])
    store.record_transitions([second])
    store.record_transitions([])
    assert store.alert_states() == {("a", "fast"): second, ("b", "fast"): other}


def test_transitions_are_listed_newest_first_from_a_minute_up_to_a_limit(store: Store) -> None:
    listed = [transition("a" if minute % 2 else "b", "fast", "firing", NOON + minute) for minute in range(6)]
    store.record_transitions(listed)
    late = transition("a", "fast", "resolved", NOON + 3)
    store.record_transitions([late])
    assert store.transitions(None, NOON + 3, 10) == [listed[5], listed[4], late, listed[3]]
    assert store.transitions("a", NOON, 2) == [listed[5], late]
    assert store.transitions("c", NOON, 2) == []


ADJUSTMENT = Adjustment(0, "api", AdjustmentKind.EXCLUDE, NOON, NOON + 60, 0, 0, "ada", "maintenance", NOON + 61)


def test_adjustments_are_numbered_and_listed_by_slo(store: Store) -> None:
    first = store.add_adjustment(ADJUSTMENT)
    second = store.add_adjustment(replace(ADJUSTMENT, slo="jobs", kind=AdjustmentKind.CORRECT, bad=-3, total=-3))
    assert first == replace(ADJUSTMENT, identity=first.identity)
    assert second.identity != first.identity
    assert store.adjustments() == [first, second]
    assert store.adjustments("jobs") == [second]
    assert store.adjustments("other") == []


def test_an_adjustment_is_revoked_once_and_stays_listed(store: Store) -> None:
    added = store.add_adjustment(ADJUSTMENT)
    revoked = store.revoke_adjustment(added.identity, "bob", "wrong hour", NOON + 90)
    assert revoked == replace(added, revoked_minute=NOON + 90, revoked_by="bob", revoked_reason="wrong hour")
    assert not revoked.applies
    assert store.adjustments() == [revoked]
    with pytest.raises(Refused, match="revoked by bob"):
        store.revoke_adjustment(added.identity, "eve", "again", NOON + 91)
    with pytest.raises(NotFound):
        store.revoke_adjustment(added.identity + 1, "eve", "none", NOON + 91)
    assert store.adjustments() == [revoked]


# ---------------------------------------------------------------- the rest


def test_a_store_that_can_be_written_says_so(store: Store) -> None:
    assert store.writable() is None


def test_one_holder_has_the_lease_until_its_time_is_over(store: Store) -> None:
    assert store.acquire_lease("one", 1000.0, 0.3)
    assert store.acquire_lease("one", 1000.1, 0.3)
    assert not store.acquire_lease("two", 1000.2, 60)


def test_numbers_of_numpy_are_taken_like_others(store: Store) -> None:
    with_streams(store, 1)
    minute = np.int64(NOON)
    store.record(tick(minute + 1, (0, NOON, 0, 1), gaps=(GapEntry(np.int64(0), minute - 9, minute, minute, minute),)))
    store.fold(minute + 1)
    assert store.last_read() == NOON + 1
    assert len(store.minutes(np.int64(0), minute, minute + 1)) == 1
    assert store.chunk(minute // CHUNK_MINUTES, 1).known.sum() == 1
    assert store.gaps(minute - 1) == [GapEntry(0, NOON - 9, NOON, NOON, NOON)]
