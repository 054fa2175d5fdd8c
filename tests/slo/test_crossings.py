"""When the error ratio crossed the objective, against the plainest possible reading of the definition."""

from math import sqrt
from statistics import NormalDist

from hypothesis import given
from hypothesis import strategies as st

from covet_sre.slo.crossings import Crossing, crossings
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.minutes import MinuteEvents

START = 1000
counts = st.sampled_from([None, (0, 0), (0, 100), (0, 100), (0, 100), (1, 100), (2, 1000), (100, 100), (3, 0)])


def minutes_of(rows: list[tuple[int, int] | None]):
    events = [(0, START + n, *row) for n, row in enumerate(rows) if row is not None]
    return MinuteTable.of_events(START, START + len(rows), 1, MinuteEvents.of(events)).stream(0)


def surely_above(bad: int, total: int, share: float) -> bool:
    if bad <= share * total * (1 + 1e-9) or not total:
        return False
    z, p = NormalDist().inv_cdf(0.95), min(bad / total, 1)
    centre = p + z * z / (2 * total)
    return (centre - z * sqrt(p * (1 - p) / total + z * z / (4 * total**2))) / (1 + z * z / total) > share


def plainly(rows: list[tuple[int, int] | None], share: float) -> list[Crossing]:
    counted = [row or (0, 0) for row in rows]
    fives = [counted[max(end - 5, 0) : end] for end in range(1, len(rows) + 1)]
    over = [surely_above(sum(b for b, _ in five), sum(t for _, t in five), share) for five in fives]
    found: list[Crossing] = []
    for place, (bad, total) in enumerate(counted):
        if bad > share * total * (1 + 1e-9) and any(over[place : place + 5]):
            minute = START + place
            if found and minute - found[-1].end < 30:
                found[-1] = Crossing(found[-1].start, minute + 1)
            else:
                found.append(Crossing(minute, minute + 1))
    return found


@given(
    rows=st.lists(st.tuples(st.integers(1, 40), counts), min_size=1, max_size=12).map(
        lambda runs: [row for length, row in runs for _ in range(length)]
    ),
    share=st.sampled_from([0.001, 0.002, 0.01, 0.5]),
)
def test_crossings_are_those_of_the_definition(rows, share) -> None:
    assert crossings(minutes_of(rows), share) == plainly(rows, share)


def test_an_outage_is_one_crossing_from_its_first_to_its_last_minute() -> None:
    rows = [(0, 100)] * 50 + [(100, 100)] * 20 + [(0, 100)] * 50
    assert crossings(minutes_of(rows), 0.001) == [Crossing(START + 50, START + 70)]


def test_a_single_bad_event_among_many_crosses_nothing() -> None:
    rows = [(0, 1000)] * 50 + [(1, 100)] + [(0, 1000)] * 50
    assert crossings(minutes_of(rows), 0.001) == []


def test_a_ratio_that_equals_what_is_allowed_does_not_cross() -> None:
    assert crossings(minutes_of([(1, 1000)] * 60), 0.001) == []
    assert len(crossings(minutes_of([(2, 1000)] * 60), 0.001)) == 1


def test_chance_at_the_edge_of_the_objective_crosses_nothing() -> None:
    # 4 bad of 3,000 events is above 0.1 %, and no evidence that the service is.
    rows = [(0, 600)] * 20 + [(2, 600), (2, 600)] + [(0, 600)] * 20
    assert crossings(minutes_of(rows), 0.001) == []
    assert len(crossings(minutes_of([(20, 600) if bad else (0, 600) for bad, _ in rows]), 0.001)) == 1


def test_two_that_are_half_an_hour_apart_are_two() -> None:
    quiet = [(0, 100)]
    bad = [(50, 100)] * 3
    assert len(crossings(minutes_of(bad + quiet * 29 + bad), 0.001)) == 1
    assert len(crossings(minutes_of(bad + quiet * 30 + bad), 0.001)) == 2
