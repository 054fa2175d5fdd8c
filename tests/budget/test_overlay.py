"""Adjustments laid over a ledger, against leaving the minutes out by hand."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.budget.overlay import overlay
from covet_sre.slo.minutes import GapEntry, MinuteEvents

spans = st.tuples(st.integers(0, 100), st.integers(1, 40)).map(lambda pair: (pair[0], sum(pair)))


def adjustment(kind: AdjustmentKind, span: tuple[int, int], bad: int, total: int, revoked: bool) -> Adjustment:
    return Adjustment(1, "slo", kind, *span, bad, total, "mara", "moving", 0, revoked_minute=5 if revoked else None)


exclusions = st.builds(adjustment, st.just(AdjustmentKind.EXCLUDE), spans, st.just(0), st.just(0), st.booleans())
corrections = st.builds(
    adjustment, st.just(AdjustmentKind.CORRECT), spans, st.integers(-9, 9), st.integers(-9, 9), st.booleans()
)
ledgers = st.dictionaries(st.integers(0, 140), st.tuples(st.integers(0, 9), st.integers(0, 90)), max_size=60)
gaps = st.lists(
    st.builds(lambda span, bad, total: GapEntry(0, *span, bad, total), spans, st.integers(0, 9), st.integers(0, 90)),
    max_size=4,
    unique_by=lambda gap: (gap.start, gap.end),
)


@settings(max_examples=400, deadline=None)
@given(
    ledger=ledgers,
    missed=gaps,
    made=st.lists(st.one_of(exclusions, corrections), max_size=5),
    window=spans,
    scale=st.sampled_from([1, 1000]),
    corrects=st.booleans(),
)
def test_an_overlay_changes_a_window_by_exactly_what_is_left_out_or_corrected(
    ledger, missed, made, window, scale, corrects
) -> None:
    measured = MinuteEvents.of([(0, minute, *counts) for minute, counts in ledger.items()])
    start, end = window
    laid = overlay(made, measured, missed, scale, corrects=corrects)
    out = [one for one in made if one.applies and one.kind is AdjustmentKind.EXCLUDE]
    kept = [
        counts
        for minute, counts in ledger.items()
        if start <= minute < end and not any(one.start_minute <= minute < one.end_minute for one in out)
    ]
    kept += [
        (gap.bad, gap.total)
        for gap in missed
        if start <= gap.start < end
        and not any(one.start_minute <= gap.start and gap.end <= one.end_minute for one in out)
    ]
    kept += [
        (one.bad * scale, one.total * scale)
        for one in made
        if corrects and one.applies and one.kind is AdjustmentKind.CORRECT and start <= one.start_minute < end
    ]
    plain = [counts for minute, counts in ledger.items() if start <= minute < end]
    plain += [(gap.bad, gap.total) for gap in missed if start <= gap.start < end]
    change = np.array(kept).reshape(-1, 2).sum(axis=0) - np.array(plain).reshape(-1, 2).sum(axis=0)
    assert laid.effect(start, end) == tuple(change)
