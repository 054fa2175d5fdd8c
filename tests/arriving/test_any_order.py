"""Whatever order requests are read in, and however often: the same is known of the alert."""

import random
from collections.abc import Sequence
from functools import partial

from covet_sre.alerting.alert import joined_sayings
from covet_sre.alerting.identity import alert_key
from covet_sre.alerting.report import Report, Sayings
from covet_sre.integrations.arriving import READERS
from covet_sre.ports import Arrival
from tests.arriving.deliveries import deliveries
from tests.arriving.house import DeskInMemory
from tests.incident.house import rules

SETS = 2_000

key_of = partial(alert_key, slos=())


def reports_of(arrival: Arrival) -> list[Report]:
    read = READERS[arrival.source](arrival.body, arrival.note, arrival.received_at, key_of)
    assert not read.refused
    return list(read.reports)


def known_after(arrivals: list[Arrival]) -> dict[str, Sayings]:
    """Everything said of each alert."""
    known: dict[str, Sayings] = {}
    for arrival in arrivals:
        for report in reports_of(arrival):
            known[report.key] = joined_sayings(known.get(report.key, ()), report)
    return known


def test_any_order_and_repetition_of_requests_tells_the_same() -> None:
    chance = random.Random(4)
    for _ in range(SETS):
        sent = list(deliveries(chance).arrivals)
        mixed = [*sent, *(one for one in sent if chance.random() < 0.5)]
        chance.shuffle(mixed)
        assert known_after(mixed) == known_after(sent)


def test_an_alert_of_several_senders_is_one_and_fires_while_one_of_them_says_so() -> None:
    chance = random.Random(5)
    firing = 0
    for _ in range(SETS):
        sent = deliveries(chance)
        (sayings,) = known_after(list(sent.arrivals)).values()
        fires = {reporter: saying.fires_at(sent.at) for reporter, saying in sayings}
        assert fires == sent.truth
        firing += any(fires.values())
    assert SETS * 0.1 < firing < SETS * 0.9


def test_any_order_and_repetition_of_requests_leaves_the_same_on_the_desk() -> None:
    chance = random.Random(7)
    firing = 0
    for _ in range(SETS // 4):
        sent = deliveries(chance)
        mixed = [*sent.arrivals, *(one for one in sent.arrivals if chance.random() < 0.5)]
        chance.shuffle(mixed)
        outcomes = {left_on_the_desk(order, sent.at) for order in (sent.arrivals, tuple(mixed))}
        assert len(outcomes) == 1
        firing += any(outcomes.pop())
    assert SETS * 0.02 < firing < SETS * 0.23


def left_on_the_desk(arrivals: Sequence[Arrival], at: float) -> tuple[tuple[str, str], ...]:
    """What fires, and the service of the incident that holds it."""
    desk = DeskInMemory(rules(), lambda: at)
    desk.accept(arrivals)
    desk.turn()
    return tuple((one.key, desk.desk.incidents[one.incident].service) for one in desk.alerts(limit=10))


def test_reading_again_tells_the_same() -> None:
    chance = random.Random(6)
    for _ in range(200):
        for arrival in deliveries(chance).arrivals:
            assert reports_of(arrival) == reports_of(arrival)
