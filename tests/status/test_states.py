"""From what is measured and told to a component's state: the table, and what counts before what."""

from dataclasses import replace

import pytest

from covet_sre.status.by_hand import ByHand, Span, ended, set_by_hand
from covet_sre.status.maintenance import MaintenanceStatus, MaintenanceUpdate, told
from covet_sre.status.page import Component
from covet_sre.status.public_incident import PublicStatus
from covet_sre.status.rules import DEFAULT_RULES, Evidence, Sign, StateRule, state_by
from covet_sre.status.standing import Told, state_now
from covet_sre.status.states import DESCRIPTIONS, IMPACT_OF, ComponentState, Impact, worst
from tests.status.sample import HOUR, NOW, maintenance, open_incident, sample, update

ORDERING = Component("ordering", "Ordering")


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        (Evidence(Sign.INCIDENT, "P0", NOW), "major_outage"),
        (Evidence(Sign.INCIDENT, "P1", NOW), "partial_outage"),
        (Evidence(Sign.INCIDENT, "P2", NOW), "degraded_performance"),
        (Evidence(Sign.INCIDENT, "P3", NOW), "operational"),
        (Evidence(Sign.ALERT, "page", NOW, None), "degraded_performance"),
        (Evidence(Sign.ALERT, "page", NOW, 0.1), "degraded_performance"),
        (Evidence(Sign.ALERT, "page", NOW, 0.11), "partial_outage"),
        (Evidence(Sign.ALERT, "page", NOW, 0.51), "major_outage"),
        (Evidence(Sign.ALERT, "ticket", NOW, 1.0), "operational"),
        (Evidence(Sign.ALERT, "warning", NOW, 1.0), "operational"),
        (Evidence(Sign.BUDGET, "exhausted", NOW), "operational"),
    ],
)
def test_the_usual_rules_are_those_of_the_documentation(evidence: Evidence, state: str) -> None:
    assert state_by(DEFAULT_RULES, [evidence])[0] == state


def test_a_team_may_say_that_an_exhausted_budget_shows() -> None:
    rule = StateRule(Sign.BUDGET, "exhausted", ComponentState.DEGRADED_PERFORMANCE)
    found = state_by([rule], [Evidence(Sign.BUDGET, "exhausted", NOW), Evidence(Sign.BUDGET, "available", NOW)])
    assert found == (ComponentState.DEGRADED_PERFORMANCE, NOW)


def test_what_is_set_by_hand_counts_before_everything_until_its_end() -> None:
    told_of = Told((open_incident(),), (maintenance(running=True),))
    hand = ByHand("ordering", (Span(ComponentState.OPERATIONAL, NOW - 60, NOW + 60, "ann", "it is well again"),))
    evidence = [Evidence(Sign.INCIDENT, "P0", NOW)]
    assert state_now(ORDERING, told_of, hand, evidence, NOW) is ComponentState.OPERATIONAL
    assert state_now(ORDERING, told_of, hand, evidence, NOW + 60) is ComponentState.MAJOR_OUTAGE


def test_while_maintenance_runs_it_explains_what_is_measured_but_not_what_people_say() -> None:
    storefront = Component("storefront", "Storefront")
    evidence = [Evidence(Sign.ALERT, "page", NOW, 0.9)]
    running = Told((), (maintenance(running=True),))
    assert state_now(storefront, running, None, evidence, NOW) is ComponentState.UNDER_MAINTENANCE
    broken = replace(
        open_incident(),
        updates=(update(NOW - 60, PublicStatus.INVESTIGATING, "Down.", storefront=ComponentState.MAJOR_OUTAGE),),
    )
    assert state_now(storefront, replace(running, incidents=(broken,)), None, [], NOW) is ComponentState.MAJOR_OUTAGE
    over = told(maintenance(running=True), MaintenanceUpdate(NOW - 1, MaintenanceStatus.COMPLETED, "Done."))
    assert state_now(storefront, Told((), (over,)), None, evidence, NOW) is ComponentState.MAJOR_OUTAGE


def test_a_resolved_incident_says_nothing_of_now() -> None:
    resolved = replace(
        open_incident(), updates=(*open_incident().updates, update(NOW - 1, PublicStatus.RESOLVED, "Well again."))
    )
    assert state_now(ORDERING, Told((resolved,)), None, [], NOW) is ComponentState.OPERATIONAL


def test_the_pages_indicator_is_that_of_its_worst() -> None:
    assert (sample("fine").worst, sample("fine").indicator) == (ComponentState.OPERATIONAL, Impact.NONE)
    assert (sample("outage").worst, sample("outage").indicator) == (ComponentState.MAJOR_OUTAGE, Impact.CRITICAL)
    assert sample("maintenance").worst is ComponentState.UNDER_MAINTENANCE
    assert sample("maintenance").indicator is Impact.NONE
    assert [IMPACT_OF[state].value for state in ComponentState] == ["none", "none", "minor", "major", "critical"]
    assert set(DESCRIPTIONS) == set(ComponentState)
    assert worst([]) is ComponentState.OPERATIONAL


def test_a_component_that_only_people_change_takes_no_notice_of_what_is_measured() -> None:
    standing = sample("outage")
    by_name = {one.component.identity: one.state for one in standing.components}
    assert by_name["customer-support"] is ComponentState.DEGRADED_PERFORMANCE
    assert by_name["ordering"] is ComponentState.MAJOR_OUTAGE
    assert by_name["payments"] is ComponentState.PARTIAL_OUTAGE
    assert by_name["search"] is ComponentState.DEGRADED_PERFORMANCE
    assert by_name["sign-in"] is ComponentState.OPERATIONAL


def test_a_state_by_hand_ends_the_one_before_and_the_past_stays_known() -> None:
    hand = set_by_hand(ByHand("a", (), 0), Span(ComponentState.MAJOR_OUTAGE, NOW, None, "ann", "down"), NOW)
    hand = set_by_hand(hand, Span(ComponentState.PARTIAL_OUTAGE, NOW + HOUR, None, "ben", "better"), NOW + HOUR)
    hand = ended(hand, NOW + 2 * HOUR)
    assert hand.version == 3
    assert hand.present(NOW + 2 * HOUR) is None
    assert hand.told(NOW + 3 * HOUR) == [
        (NOW, NOW + HOUR, ComponentState.MAJOR_OUTAGE),
        (NOW + HOUR, NOW + 2 * HOUR, ComponentState.PARTIAL_OUTAGE),
    ]
