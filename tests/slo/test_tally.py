"""Series added up by stream, against a plain dictionary; and slices against a plain reading of OpenSLO."""

from collections import Counter
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.slo.counting import SeriesCounts
from covet_sre.slo.matching import Part, Role
from covet_sre.slo.slices import slice_counts, slices_touched
from covet_sre.slo.stream import RATIO_SCALE, Occurrences, RatioTimeslices, Timeslices
from covet_sre.slo.tally import TallyRules, by_hour, tally

PARTS = {0: Part.GOOD, 1: Part.BAD, 2: Part.GOOD}
minute = st.integers(0, 130)
roles = st.lists(
    st.builds(Role, st.integers(0, 2), st.sampled_from(list(Part))).filter(
        lambda role: role.part in (Part.TOTAL, PARTS[role.stream])
    ),
    max_size=3,
    unique=True,
).map(tuple)
series = st.builds(
    SeriesCounts,
    key=st.just("k"),
    labels=st.fixed_dictionaries({}, optional={"route": st.sampled_from(["/a", "/b"])}),
    minutes=st.dictionaries(minute, st.integers(0, 50), max_size=5),
    covered=st.lists(st.tuples(minute, st.integers(0, 4)).map(lambda pair: (pair[0], sum(pair))), max_size=3),
    gaps=st.lists(st.tuples(st.integers(0, 9), st.integers(10, 20), st.integers(0, 50)), max_size=2),
)


@settings(max_examples=300, deadline=None)
@given(described=st.lists(st.tuples(series, roles), max_size=6), good_before=st.sets(st.sampled_from([0, 2])))
def test_a_tally_equals_plain_sums(described, good_before) -> None:
    rules = TallyRules(PARTS, {0: ("route",), 1: ("route",)}, set(good_before))
    found = tally(described, rules)
    totals, parts, known = Counter(), Counter(), set()
    gap_totals, gap_parts, gap_keys = Counter(), Counter(), set()
    spent: Counter[tuple[int, int, str, str]] = Counter()
    good_seen = good_before | {r.stream for _, held in described for r in held if r.part is Part.GOOD}
    for counts, held in described:
        for role in held:
            side = totals if role.part is Part.TOTAL else parts
            side.update({(role.stream, at): n for at, n in counts.minutes.items()})
            known |= {(role.stream, at) for at in counts.minutes}
            if role.part is Part.TOTAL:
                known |= {(role.stream, at) for low, high in counts.covered for at in range(low, high + 1)}
            for start, end, n in counts.gaps:
                (gap_totals if role.part is Part.TOTAL else gap_parts)[role.stream, start, end] += n
                gap_keys.add((role.stream, start, end))
            sign = {Part.BAD: 1, Part.TOTAL: 0, Part.GOOD: 0}[role.part]
            if PARTS[role.stream] is Part.GOOD:
                sign = {Part.TOTAL: 1, Part.GOOD: -1, Part.BAD: 0}[role.part]
            if role.stream != 2:
                for at, n in counts.minutes.items():
                    spent[role.stream, at // 60, "route", counts.labels.get("route", "")] += sign * n

    def usable(stream: int) -> bool:
        return PARTS[stream] is Part.BAD or stream in good_seen

    def bad(stream: int, part: int, total: int) -> int:
        return part if PARTS[stream] is Part.BAD else total - part

    expected = Counter({(s, m): (bad(s, parts[s, m], totals[s, m]), totals[s, m]) for s, m in known if usable(s)})
    got: dict[tuple[int, int], tuple[int, int]] = {}
    columns = (found.events.streams, found.events.minutes, found.events.bad, found.events.total)
    for s, m, b, t in zip(*(column.tolist() for column in columns), strict=True):
        before = got.get((s, m), (0, 0))
        got[s, m] = (before[0] + b, before[1] + t)
    assert got == expected
    gaps = {(gap.stream, gap.start, gap.end): (gap.bad, gap.total) for gap in found.gaps}
    assert gaps == {
        key: (bad(key[0], gap_parts[key], gap_totals[key]), gap_totals[key]) for key in gap_keys if usable(key[0])
    }
    hours = {key: n for key, n in by_hour(found.spent).items() if n}
    assert hours == {key: n for key, n in spent.items() if n and usable(key[0])}


counts_of_minutes = st.lists(st.tuples(st.integers(-3, 40), st.integers(0, 40), st.booleans()), min_size=1, max_size=15)


@settings(max_examples=300, deadline=None)
@given(minutes=counts_of_minutes, target=st.sampled_from([0.5, 0.9, 0.95, 0.99, 1.0]))
def test_a_slice_is_what_openslo_says_of_it(minutes, target) -> None:
    bad, total, known = (np.array(column) for column in zip(*minutes, strict=True))
    events, failed = int(total.sum()), max(int(bad.sum()), 0)
    by_verdict = slice_counts(Timeslices(15, target), bad, total, known.astype(np.int8))
    by_ratio = slice_counts(RatioTimeslices(15), bad, total, known.astype(np.int8))
    if not known.any():
        assert by_verdict is None
        assert by_ratio is None
    elif events == 0:
        assert by_verdict == by_ratio == (0, 0)
    else:
        assert by_verdict == (int(1 - Fraction(failed, events) < Fraction(str(target))), 1)
        assert by_ratio is not None
        assert abs(by_ratio[0] - Fraction(failed, events) * RATIO_SCALE) <= Fraction(1, 2) + Fraction(1, 1000)
    assert slice_counts(Occurrences(), bad, total, known.astype(np.int8)) in (
        None,
        (0, 0),
        (int(bad.sum()), events),
    )


@given(minutes=st.lists(st.integers(0, 500), max_size=30), length=st.integers(1, 60), end=st.integers(0, 600))
def test_the_slices_touched_are_those_that_hold_a_minute_and_are_over(minutes, length, end) -> None:
    plain = [start for start in range(0, 600, length) if any(start <= m < start + length for m in minutes)]
    assert slices_touched(minutes, length, end) == [start for start in plain if start + length <= end]
