"""Restarts: a desk that is laid out from a store goes on exactly like the one that wrote what is there."""

import random
from collections.abc import Callable

import pytest

from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.alerting.severity import Severity
from covet_sre.errors import CovetSreError
from covet_sre.incident import facts
from covet_sre.incident.commands import carry_out
from covet_sre.incident.deliveries import begin_attempts, came_back
from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Delivery, Outcome, Receipt
from covet_sre.incident.reports import take_report
from covet_sre.incident.step import forget_old, pass_time
from covet_sre.store import Store
from incident.house import START, report, rules, silence
from store.desk_story import laid_out, write

RULES = rules(
    InhibitRule("down", (LabelMatcher("alertname", "Down"),), (LabelMatcher("alertname", "Slow"),), ("service",))
)
NAMES, SERVICES = ("Down", "Slow", "HighErrors"), ("database", "api", "web", "shop", "nobody-s")

Act = Callable[[Desk], object]


def something(chance: random.Random, desk: Desk, now: float) -> Act:
    """Something that may happen to this desk, or to one that is equal to it."""
    match chance.randrange(10):
        case 0:
            return command(chance, desk, now)
        case 1:
            return lambda desk: begin_attempts(desk, chance_limit, now)
        case 2 | 3 if any(one.delivery is Delivery.CLAIMED for one in desk.outgoing.values()):
            under_way = sorted(
                (one for one in desk.outgoing.values() if one.delivery is Delivery.CLAIMED), key=lambda one: one.key
            )
            one, receipt = chance.choice(under_way), Receipt(chance.choice(list(Outcome)), "so it went", "reference")
            return lambda desk: came_back(desk, one.key, one.tries, receipt, now)
        case 4 | 5:
            return lambda desk: pass_time(desk, now)
        case _:
            name, service = chance.choice(NAMES), chance.choice(SERVICES)
            severity = chance.choice(("critical", "page", "warning", "info"))
            known = [one for one in desk.alerts.values() if ("alertname", name) in one.labels and one.is_firing]
            resolved = bool(known) and chance.random() < 0.5
            if resolved:
                service = known[0].service if known[0].service in SERVICES else "nobody-s"
                severity = dict(known[0].labels)["severity"]
            heard = report(name, service, severity, at=known[0].starts_at if resolved else now, resolved=resolved)
            return lambda desk: take_report(desk, heard, now)


chance_limit = 5


def command(chance: random.Random, desk: Desk, now: float) -> Act:
    if not desk.incidents or chance.random() < 0.2:
        made = facts.SetSilence(silence(now, chance.choice((60.0, 9000.0)), service=chance.choice(SERVICES)))
        return attempt(chance.choice((made, facts.Declare("ana", "shop", Severity.P1, "it is down", now))), now)
    identity = chance.choice(sorted(desk.incidents))
    alerts = sorted(desk.firing(identity))[:1]
    return attempt(
        chance.choice(
            (
                facts.Acknowledge(identity, "alice"),
                facts.AddNote(identity, "bob", "look"),
                facts.ChangeSeverity(identity, "bob", chance.choice(list(Severity)), "it is so"),
                facts.Mitigate(identity, "alice", "restarted"),
                facts.Resolve(identity, "alice", "mended"),
                facts.Close(identity, "alice"),
                facts.CallFalseAlarm(identity, "alice", "a test"),
                facts.Reopen(identity, "bob", "it is back"),
                facts.Split(identity, "bob", tuple(alerts), "another cause"),
                facts.Merge(identity, "bob", chance.choice(sorted(desk.incidents)), "the same cause"),
            )
        ),
        now,
    )


def attempt(fact: facts.Command, now: float) -> Act:
    def act(desk: Desk) -> str:
        try:
            return carry_out(desk, fact, now)
        except CovetSreError as refusal:
            return str(refusal)

    return act


@pytest.mark.parametrize("seed", range(3))
def test_a_restart_at_any_moment_changes_nothing_of_what_follows(store: Store, seed: int) -> None:
    chance, now, desk = random.Random(seed), START, Desk(RULES)
    for _ in range(100):
        now += chance.choice((0.0, 0.5, 20.0, 400.0, 4000.0))
        act = something(chance, desk, now)
        twin = Desk(RULES, store.kept(now))
        for one in (desk, twin):
            forget_old(one, now)
        write(store, desk.take_changes(), now)
        twin.take_changes()
        # How often it rang within the last minute is kept nowhere: after a restart it may ring a few times more.
        twin.rung = dict(desk.rung)
        assert laid_out(twin) == laid_out(desk)
        assert act(twin) == act(desk)
        assert twin.changes == desk.changes
        write(store, desk.take_changes(), now)
