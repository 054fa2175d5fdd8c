"""Carrying notifications out, with threads: nobody waits for another's slow target, and nothing is lost on the way."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from covet_sre.engine.deliver import MORE_IF_URGENT, MOST_PER_TARGET, THREADS, THREADS_FOR_URGENT, Deliverer
from covet_sre.incident.facts import CameBack
from covet_sre.incident.outgoing import NOT_BEGUN, Message, Outcome, Outgoing, Purpose, Receipt, claimed
from covet_sre.oncall.target import Channel

NOW = 1_795_000_000.0


def _outgoing(key: str, target: str, channel: Channel = Channel.PAGE) -> Outgoing:
    waiting = Outgoing(key, "INC-2026-1118-001", 1, 0, channel, Purpose.TRIGGER, (target,), NOW, NOW)
    return claimed(waiting, NOW)


def _message(key: str) -> Message:
    return Message(key, Purpose.TRIGGER, "INC-2026-1118-001", key, "Down", "api", "P0", "paged", "Down", NOW, NOW)


class Target:
    """Takes what comes when it is let; remembers the keys in the order in which they came."""

    def __init__(self, *, lets: bool = True) -> None:
        self.lets, self.closed = threading.Event(), False
        self.keys: list[str] = []
        self.came = threading.Semaphore(0)
        if lets:
            self.lets.set()

    def send(self, message: Message) -> Receipt:
        self.keys.append(message.key)
        self.came.release()
        assert self.lets.wait(20)
        if message.key == "raises":
            raise ZeroDivisionError(message.key)
        return Receipt(Outcome.DELIVERED)

    def close(self) -> None:
        self.closed = True


class Place:
    def __init__(self) -> None:
        self.back: list[CameBack] = []
        self.woken = threading.Semaphore(0)
        self.now = NOW
        self.not_wanted: Callable[[Outgoing], str] = lambda _outgoing: ""
        self.deliverer = Deliverer(lambda: self.now, self.woken.release, lambda outgoing: self.not_wanted(outgoing))
        self.slow, self.quick = Target(lets=False), Target()
        self.deliverer.take_up({"slow": self.slow, "quick": self.quick})

    def send(self, *outgoing: Outgoing) -> None:
        for one in outgoing:
            self.deliverer.send(one, _message(one.key))

    def wait_for(self, number: int) -> list[CameBack]:
        while len(self.back) < number:
            assert self.woken.acquire(timeout=20)
            self.back += self.deliverer.came_back()
        return self.back


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield made
    made.slow.lets.set()
    made.deliverer.close()


def test_a_slow_target_holds_up_nobody_else(place: Place):
    place.deliverer.start()
    place.send(*(_outgoing(f"slow-{number}", "slow") for number in range(50)))
    place.send(*(_outgoing(f"quick-{number}", "quick") for number in range(20)))
    assert {one.key for one in place.wait_for(20)} == {f"quick-{number}" for number in range(20)}
    assert len(place.slow.keys) <= MOST_PER_TARGET + MORE_IF_URGENT
    place.slow.lets.set()
    assert len(place.wait_for(70)) == 70


def test_a_page_goes_before_what_asks_nobody(place: Place):
    place.send(*(_outgoing(f"mail-{number}", "quick", Channel.EMAIL) for number in range(30)))
    place.send(_outgoing("page", "quick"))
    place.deliverer.start()
    place.wait_for(31)
    assert "page" in place.quick.keys[: MOST_PER_TARGET + 1]


def test_what_somebody_acknowledged_while_it_waited_for_a_thread_does_not_begin(place: Place):
    place.deliverer.start()
    place.send(*(_outgoing(f"slow-{number}", "slow") for number in range(MOST_PER_TARGET + MORE_IF_URGENT)))
    for _ in range(MOST_PER_TARGET + MORE_IF_URGENT):
        assert place.slow.came.acquire(timeout=20)
    place.send(_outgoing("late", "slow"))
    place.not_wanted = lambda outgoing: "alice acknowledged" if outgoing.key == "late" else ""
    place.slow.lets.set()
    back = {one.key: one.receipt for one in place.wait_for(MOST_PER_TARGET + MORE_IF_URGENT + 1)}
    assert back["late"] == NOT_BEGUN
    assert "late" not in place.slow.keys


def test_what_was_claimed_too_long_ago_does_not_begin(place: Place):
    place.now += 25
    place.deliverer.start()
    place.send(_outgoing("old", "quick"))
    assert place.wait_for(1)[0].receipt == NOT_BEGUN
    assert place.quick.keys == []


def test_a_notifier_that_raises_costs_no_thread_and_its_outcome_is_unknown(place: Place):
    place.deliverer.start()
    place.send(*(_outgoing("raises", "quick") for _ in range(20)), _outgoing("fine", "quick"))
    outcomes = [(one.key, one.receipt.outcome) for one in place.wait_for(21)]
    assert outcomes.count(("raises", Outcome.UNKNOWN)) == 20
    assert ("fine", Outcome.DELIVERED) in outcomes


def test_a_target_that_the_files_no_longer_name_is_refused_and_closed(place: Place):
    place.deliverer.take_up({"slow": place.slow})
    assert place.quick.closed
    place.deliverer.start()
    place.send(replace(_outgoing("gone", "quick")))
    assert place.wait_for(1)[0].receipt.outcome is Outcome.REFUSED


def test_how_late_the_first_attempt_is_counts_once_and_later_attempts_do_not(place: Place):
    place.deliverer.start()
    place.now = NOW + 4
    first = _outgoing("first", "quick")
    place.send(first, replace(first, key="failed", failures=1), replace(first, key="unknown", unknowns=1))
    place.wait_for(3)
    timed = place.deliverer.first_attempts.now()
    assert (timed.number, timed.within(5.0), timed.within(2.5)) == (1, 1, 0)
    # What does not begin any more is no attempt: the one that follows is the first.
    place.now = NOW + 100
    place.send(replace(first, key="late"))
    assert [one.receipt for one in place.wait_for(4) if one.key == "late"] == [NOT_BEGUN]
    assert place.deliverer.first_attempts.now().number == 1


def test_a_page_leaves_at_once_though_every_slow_target_is_busy_with_mails(place: Place):
    """Threads and connections are kept for what is urgent, also at the target that is busy."""
    others = {f"mail-{number}": Target(lets=False) for number in range(THREADS)}
    place.deliverer.take_up({**others, "quick": place.quick})
    place.deliverer.start()
    place.send(*(_outgoing(f"{name}/{number}", name, Channel.EMAIL) for name in others for number in range(20)))
    for name in list(others)[: (THREADS - THREADS_FOR_URGENT) // MOST_PER_TARGET]:
        assert others[name].came.acquire(timeout=20)
    place.send(_outgoing("page", "quick"), _outgoing("page at a busy target", "mail-0"))
    assert [one.key for one in place.wait_for(1)] == ["page"]
    others["mail-0"].came.acquire(timeout=20)
    running = sum(len(target.keys) for target in others.values())
    assert running <= THREADS - THREADS_FOR_URGENT + 1
    for target in others.values():
        target.lets.set()


def test_connections_to_one_target_are_bounded(place: Place):
    place.deliverer.start()
    place.send(*(_outgoing(f"mail-{number}", "slow", Channel.EMAIL) for number in range(50)))
    place.send(*(_outgoing(f"page-{number}", "slow") for number in range(50)))
    for _ in range(MOST_PER_TARGET + MORE_IF_URGENT):
        assert place.slow.came.acquire(timeout=20)
    place.send(_outgoing("quick", "quick"))
    place.wait_for(1)
    assert len(place.slow.keys) == MOST_PER_TARGET + MORE_IF_URGENT


def test_what_waits_leaves_room_that_only_a_page_may_take(place: Place):
    place.send(*(_outgoing(f"mail-{number}", "slow", Channel.EMAIL) for number in range(150)))
    assert place.deliverer.free() == place.deliverer.kept_for_urgent > 0
