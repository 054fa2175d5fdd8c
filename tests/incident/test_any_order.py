"""Whatever order deliveries arrive in, and however often: the same alerts fire, and the same incidents are open."""

import random

from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.report import Report
from covet_sre.incident.desk import Desk
from tests.incident.house import MINUTE, START, House, report, rules

MULTISETS = 10_000

INHIBITION = InhibitRule(
    "node-down", (LabelMatcher("alertname", "NodeDown"),), (LabelMatcher("alertname", "DiskSlow"),), ("node",)
)


def test_any_permutation_and_repetition_gives_the_same_alerts_and_open_incidents():
    """10,000 random multisets, each in the order in which it was sent and in two others, with repetitions."""
    chance = random.Random(20261126)
    rulings = rules(INHIBITION)
    open_somewhere = 0
    for _ in range(MULTISETS):
        sent = _deliveries(chance)
        outcomes = {_outcome(rulings, order) for order in (sent, _shuffled(chance, sent), _shuffled(chance, sent))}
        assert len(outcomes) == 1, sent
        open_somewhere += any(incidents for _, incidents in outcomes)
    assert MULTISETS * 0.3 < open_somewhere < MULTISETS


def _deliveries(chance: random.Random) -> list[Report]:
    """Firings and ends of a few alerts of services that depend on each other, and of others that inhibit them."""
    sent: list[Report] = []
    for _ in range(chance.randint(1, 4)):
        name = chance.choice(("HighErrors", "Slow", "NodeDown", "DiskSlow"))
        service = chance.choice(("database", "api", "web", "shop", "nobody-knows"))
        severity = chance.choice(("critical", "page", "warning", "info"))
        node = chance.choice(("a", "b"))
        for episode in range(chance.randint(1, 3)):
            at = START - 3600 + episode * 10 * MINUTE
            reporter = chance.choice(("alertmanager", "prometheus"))
            sent.append(report(name, service, severity, at=at, reporter=reporter, node=node))
            if chance.random() < 0.6:
                sent.append(report(name, service, severity, at=at, resolved=True, reporter=reporter, node=node))
    return sent


def _shuffled(chance: random.Random, sent: list[Report]) -> list[Report]:
    """In another order, some of them again."""
    order = sent + [one for one in sent if chance.random() < 0.5]
    chance.shuffle(order)
    return order


def _outcome(rulings: object, order: list[Report]) -> tuple[frozenset[str], frozenset[tuple[str, frozenset[str]]]]:
    house = House(Desk(rulings))  # type: ignore[arg-type]
    for one in order:
        house.hear(one)
    house.wait(6 * MINUTE, step=6 * MINUTE)
    desk = house.desk
    firing = frozenset(key for key, alert in desk.alerts.items() if alert.is_firing)
    open_now = frozenset(
        (one.service, frozenset(desk.firing(one.identity))) for one in house.incidents if one.state.is_open
    )
    return firing, open_now
