"""What arrives, in every store: kept, counted, disposed of once, forgotten in time."""

import threading

import pytest

from covet_sre.alerting.alert import Cause, Disposition, Verdict
from covet_sre.errors import NotFound, StoreBusy, StoreError
from covet_sre.incident.changes import Changes
from covet_sre.ports import KEPT_BEFORE, Arrival, Disposed, DisposedArrival, Once, Waiting
from covet_sre.store import Store, open_store
from covet_sre.store.delivered import Delivery
from covet_sre.store.inbox import FORGOTTEN_AT_ONCE
from store.desk_story import HOLDER, NOON

STRANGE = "\x00 \\u0041 \ud83d é <!channel> \U0001f525"


def arrival(number: int = 0, text: str = "") -> Arrival:
    return Arrival(f"alertmanager{text}", b"\x00\xff body %d" % number, NOON + number / 3, f"ana{text}", f"note{text}")


def dispose(store: Store, *disposed: Disposed, now: float = NOON) -> None:
    assert store.acquire_desk(HOLDER, now, 60.0)
    store.write(Changes(), disposed, now, HOLDER)


def test_what_arrives_waits_in_order_until_it_is_disposed_of(store: Store) -> None:
    arrivals = [arrival(number) for number in range(5)]
    numbers = [*store.accept(arrivals[:3]), *store.accept(arrivals[3:])]
    assert numbers == sorted(set(numbers))
    assert store.waiting(10) == [Waiting(n, one) for n, one in zip(numbers, arrivals, strict=True)]
    assert store.waiting(2) == list(store.waiting(10))[:2]
    assert store.waiting_count() == 5
    dispose(store, Disposed(numbers[1]), Disposed(numbers[3]))
    assert [one.number for one in store.waiting(10)] == [numbers[0], numbers[2], numbers[4]]
    assert store.waiting_count() == 3


def test_nothing_is_accepted_as_nothing(store: Store) -> None:
    assert list(store.accept([])) == []
    assert store.waiting_count() == 0


def test_texts_and_bodies_of_any_kind_survive(store: Store) -> None:
    store.accept([arrival(1, STRANGE), Arrival("", b"", 0.0)])
    assert [one.arrival for one in store.waiting(10)] == [arrival(1, STRANGE), Arrival("", b"", 0.0)]


def test_a_single_arrival_is_answered_with_its_number_when_it_is_kept(store: Store) -> None:
    answers = Answers()
    for number in range(50):
        store.accept_soon(arrival(number), answers)
    answers.wait_for(50)
    assert answers.errors == []
    assert [one.number for one in store.waiting(100)] == answers.numbers
    # Numbers belong to the rows that they were given for.
    assert [one.arrival for one in store.waiting(100)] == [arrival(number) for number in range(50)]


def test_tries_are_counted_durably(store: Store) -> None:
    (number,) = store.accept([arrival()])
    assert [store.tried(number), store.tried(number)] == [1, 2]
    assert store.waiting(1)[0].tries == 2
    with pytest.raises(NotFound, match="no arrival 999"):
        store.tried(999)


def test_what_was_made_of_an_arrival_is_found_by_its_number(store: Store) -> None:
    numbers = store.accept([arrival(number) for number in range(4)])
    attached = Disposition(Verdict.ATTACHED, f"why {STRANGE}", "INC-2026-1126-001")
    silenced = Disposition(Verdict.SUPPRESSED, "a drill", "", Cause.SILENCE, "silence-1")
    made = [
        Disposed(numbers[0], (("key", attached), (STRANGE, silenced))),
        Disposed(numbers[1], answer="INC-2026-1126-002", refusal="it is closed"),
        Disposed(numbers[2], quarantined="it is no JSON"),
    ]
    dispose(store, *made, now=NOON + 1)
    assert store.disposed(numbers) == {one.number: one for one in made}
    assert store.disposed([numbers[3], 999]) == {}
    assert list(store.arrivals(None, 2)) == [
        DisposedArrival(Waiting(numbers[3], arrival(3)), None, None),
        DisposedArrival(Waiting(numbers[2], arrival(2)), made[2], NOON + 1),
    ]
    assert [one.waiting.number for one in store.arrivals(numbers[2], 9)] == [numbers[1], numbers[0]]


def test_an_arrival_is_disposed_of_once(store: Store) -> None:
    numbers = store.accept([arrival(), arrival()])
    dispose(store, Disposed(numbers[0], answer="first"))
    with pytest.raises(StoreError, match="disposed of already"):
        dispose(store, Disposed(numbers[1]), Disposed(numbers[0], answer="second"))
    assert store.disposed(numbers) == {numbers[0]: Disposed(numbers[0], answer="first")}
    with pytest.raises(StoreError, match="disposed of already"):
        dispose(store, Disposed(999))


def test_whoever_does_not_hold_the_desk_disposes_of_nothing(store: Store) -> None:
    (number,) = store.accept([arrival()])
    with pytest.raises(StoreBusy):
        store.write(Changes(), [Disposed(number)], NOON, "another")
    assert store.disposed([number]) == {}


def test_the_inbox_forgets_what_was_disposed_of_before_a_time_and_gives_no_number_twice(store: Store) -> None:
    old, new, waits = store.accept([arrival(), arrival(), arrival()])
    dispose(store, Disposed(old), now=NOON)
    dispose(store, Disposed(new), Disposed(waits), now=NOON + 10)
    assert store.forget_arrivals(NOON) == 0
    assert store.forget_arrivals(NOON + 10) == 1
    assert [one.waiting.number for one in store.arrivals(None, 9)] == [waits, new]
    assert store.forget_arrivals(NOON + 11) == 2
    assert store.accept([arrival()]) == [waits + 1]


class Answers:
    """Collects what is answered, on whatever thread."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.errors: list[Exception] = []

    def __call__(self, number: int | None, error: Exception | None) -> None:
        if number is None:
            assert error is not None
            self.errors.append(error)
        else:
            self.numbers.append(number)

    def wait_for(self, count: int) -> None:
        for _ in range(3000):
            if len(self.numbers) + len(self.errors) >= count:
                return
            threading.Event().wait(0.01)
        raise AssertionError(f"only {len(self.numbers)} answers and {self.errors}")


def test_a_call_forgets_so_many_that_nobody_waits_long(url: str) -> None:
    store = open_store(url)
    numbers = store.accept([Arrival("am", b"", NOON)] * (FORGOTTEN_AT_ONCE + 1))
    dispose(store, *(Disposed(number) for number in numbers))
    assert [store.forget_arrivals(NOON + 1) for _ in range(3)] == [FORGOTTEN_AT_ONCE, 1, 0]
    store.close()


# ---------------------------------------------------------------- what counts once


def delivery(identity: str, at: float = NOON, source: str = "plain", until: float = NOON + 300) -> Arrival:
    return Arrival(source, b"body", at, once=Once(identity, until))


def test_a_delivery_that_comes_again_is_not_kept_again(store: Store) -> None:
    first, other, unnamed = store.accept([delivery("a"), delivery("b"), arrival()])
    assert first != KEPT_BEFORE != other
    assert list(store.accept([delivery("a", NOON + 1), delivery("c"), delivery("c"), delivery("b")])) == [
        KEPT_BEFORE,
        unnamed + 1,
        KEPT_BEFORE,
        KEPT_BEFORE,
    ]
    assert [one.number for one in store.waiting(10)] == [first, other, unnamed, unnamed + 1]


def test_two_sources_may_use_the_same_name(store: Store) -> None:
    assert KEPT_BEFORE not in store.accept([delivery("a", source="plain"), delivery("a", source="grafana")])


def test_a_name_is_known_until_its_time_and_then_forgotten(store: Store) -> None:
    store.accept([delivery("a", until=NOON + 300)])
    assert list(store.accept([delivery("a", NOON + 300)])) == [KEPT_BEFORE]
    assert [one.identity for one in store.records(Delivery)] == ["plain/a"]
    # What is older is refused for its age at the door: nothing more need be known of it.
    store.accept([delivery("b", NOON + 301, until=NOON + 900)])
    assert [one.identity for one in store.records(Delivery)] == ["plain/b"]


def test_single_arrivals_count_once_too_when_they_share_a_commit(store: Store) -> None:
    answers = Answers()
    for number in range(40):
        store.accept_soon(delivery(f"{number % 10}"), answers)
        store.accept_soon(arrival(number), answers)
    answers.wait_for(80)
    assert answers.errors == []
    assert answers.numbers.count(KEPT_BEFORE) == 30
    assert store.waiting_count() == 50


def test_a_delivery_is_known_again_after_a_restart(url: str) -> None:
    opened = open_store(url)
    (number,) = opened.accept([delivery("a")])
    opened.close()
    opened = open_store(url)
    assert list(opened.accept([delivery("a", NOON + 1)])) == [KEPT_BEFORE]
    assert [one.number for one in opened.waiting(10)] == [number]
    opened.close()
