"""A storm of incidents rings a few times, and nobody who was told is left out of the account."""

from collections import Counter
from dataclasses import replace

from covet_sre.incident.bundling import ALONE_PER_MINUTE, led_by
from covet_sre.incident.changes import Kept
from covet_sre.incident.deliveries import begin_attempts
from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import State
from covet_sre.incident.outgoing import CLAIM_SECONDS, Outcome
from covet_sre.incident.rules import ServiceRule
from covet_sre.oncall.target import NotificationTarget, TargetKind
from tests.incident.house import House, report, rules

SERVICES = 40


def _house(kind: TargetKind = TargetKind.WEBHOOK) -> House:
    known = rules()
    targets = {**known.directory.targets, "pager": NotificationTarget("pager", kind)}
    services = {f"s{number}": ServiceRule(f"s{number}", "platform") for number in range(SERVICES)}
    return House(Desk(replace(known, services=services, directory=replace(known.directory, targets=targets))))


def test_a_storm_is_a_few_pages_and_the_rest_in_one_more_a_moment_later():
    house = _house()
    for number in range(SERVICES):
        house.hear(report("Down", f"s{number}"))
    assert len(house.incidents) == SERVICES
    assert len(house.sent) == ALONE_PER_MINUTE
    house.wait(20, step=1)
    assert len(house.sent) == ALONE_PER_MINUTE + 1
    told = {one.incident for ones in house.desk.delivered.values() for one in ones.values()}
    assert len(told) == SERVICES
    assert all(one.state is State.PAGED for one in house.incidents)


def test_what_becomes_due_together_is_one_notification_beyond_the_first_few():
    house = _house()
    house.outcome = Outcome.BUSY
    for number in range(SERVICES):
        house.hear(report("Down", f"s{number}"))
    house.sent.clear()
    house.outcome = Outcome.DELIVERED
    house.wait(120, step=120)
    assert len({one.incident for one in house.sent}) <= ALONE_PER_MINUTE + 1
    told = {one.incident for ones in house.desk.delivered.values() for one in ones.values()}
    assert len(told) == SERVICES
    assert house.desk.led == {}


def test_after_a_server_died_with_a_bundle_on_its_way_each_page_is_carried_once():
    house = _house()
    for number in range(SERVICES):
        house.hear(report("Down", f"s{number}"))
    house.now += 20
    (bundle,) = begin_attempts(house.desk, 1000, house.now)
    assert len(led_by(house.desk, bundle.key)) > ALONE_PER_MINUTE
    # It is not known after a restart who was told in the last minute, so some go by themselves now.
    desk = Desk(
        house.desk.rules,
        Kept(incidents=tuple(house.desk.incidents.values()), outgoing=tuple(house.desk.outgoing.values())),
    )
    on_their_way = set(desk.outgoing)
    begun = begin_attempts(desk, 1000, house.now + CLAIM_SECONDS)
    carried = Counter(one.key for lead in begun for one in (lead, *led_by(desk, lead.key)))
    assert set(carried) == on_their_way
    assert set(carried.values()) == {1}


def test_pagerduty_hears_of_every_incident_by_itself():
    house = _house(TargetKind.PAGERDUTY)
    for number in range(SERVICES):
        house.hear(report("Down", f"s{number}"))
    assert len(house.told()) == SERVICES
