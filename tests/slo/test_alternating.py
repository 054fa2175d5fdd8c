"""Several processes that answer in turns are told from one that restarts."""

import random

from hypothesis import given
from hypothesis import strategies as st

from covet_sre.slo.alternating import counters_alternate, starts_alternate

growing = st.lists(st.integers(0, 50), min_size=1, max_size=80)


def counter(steps, start=0):
    values, value = [], start
    for step in steps:
        value += step
        values.append(float(value))
    return values


@given(growing, st.integers(0, 10**9))
def test_a_counter_that_only_grows_is_one_process(steps, start):
    assert not counters_alternate(counter(steps, start))


@given(st.lists(st.lists(st.integers(1, 50), min_size=5, max_size=20), min_size=1, max_size=10))
def test_restarts_are_one_process_however_many(lives):
    """Each life begins below everything that was there before: with less than the lowest last value."""
    values = [value for life in lives for value in [0.0, *counter(life)]]
    assert not counters_alternate(values)


@given(growing, growing, st.integers(100, 10**6))
def test_two_restarts_with_busy_lives_are_no_turns(first, second, start):
    assert not counters_alternate([*counter(first, start), *counter(second), *counter(first)])


def test_workers_that_answer_at_random_are_told_after_half_an_hour_of_scrapes():
    for seed in range(200):
        chance = random.Random(seed)
        workers = [float(chance.randint(500, 1000)) for _ in range(chance.randint(2, 6))]
        values = []
        for _ in range(120):
            workers = [value + chance.randint(0, 5) for value in workers]
            values.append(chance.choice(workers))
        assert counters_alternate(values), seed


def test_idle_workers_are_told_too():
    assert counters_alternate([50.0, 30.0] * 5)


def test_start_times_that_go_back_are_of_several_processes():
    assert starts_alternate([100.01, 100.07, 100.01, 100.07, 100.07, 100.01, 100.07, 100.01])


@given(st.lists(st.floats(0, 2e9), min_size=4, max_size=50))
def test_start_times_that_only_grow_are_of_one_process(starts):
    assert not starts_alternate(sorted(starts))


def test_a_start_that_flickers_by_a_whole_second_tells_nothing():
    """Linux adds a process' start to the machine's own, which moves by a second when the clock is corrected."""
    assert starts_alternate([100.2, 101.2] * 6) is None


def test_few_samples_tell_nothing():
    assert starts_alternate([2.0, 1.0, 2.0]) is None
    assert starts_alternate([]) is None


def test_processes_that_started_together_are_not_told_by_their_starts() -> None:
    assert starts_alternate([100.01] * 12) is None
    assert counters_alternate([1, 5, 9] * 8)
