"""Proposals: the target that history kept, and the most sensitive thresholds that page for the right things."""

from dataclasses import replace
from fractions import Fraction

from covet_sre.budget.backtest import TriedPolicy, backtest
from covet_sre.budget.incident import Incident
from covet_sre.budget.suggesting import SENSITIVITIES, Proposal, propose
from covet_sre.slo.burn import Severity
from tests.budget.test_backtest import DAY, SHOP, record

MONTH = 30 * DAY


def page_shares(proposal: Proposal) -> list[float]:
    """Which share of the budget is gone when each page alert fires."""
    pages = [alert for alert in proposal.alerts if alert.severity is Severity.PAGE]
    return [round(alert.threshold * alert.long_minutes / MONTH, 4) for alert in pages]


def test_the_target_is_the_strictest_that_was_kept_with_half_of_the_budget() -> None:
    # 3,000 bad of 10 days of 1.44 million: 0.0208 %, which is 42 % of what 99.95 % allows.
    proposal = propose(SHOP, MONTH, record(10, (5000, 5010, 300)), None, 2)
    assert proposal.target == Fraction(9995, 10_000)
    assert proposal.objective.target == proposal.target
    assert any("99.95 %" in reason for reason in proposal.reasons)


def test_a_quiet_history_gives_the_most_sensitive_thresholds() -> None:
    proposal = propose(SHOP, MONTH, record(10), None, 2)
    assert page_shares(proposal) == [0.02 * SENSITIVITIES[0], 0.05 * SENSITIVITIES[0]]
    assert any("never have paged" in reason for reason in proposal.reasons)


def test_a_restless_history_is_paged_for_as_often_as_is_allowed() -> None:
    # Every day ten minutes with 3 % of errors, which is 0.02 % over the day: 99.95 % is kept.
    restless = record(30, *((day * DAY + 600, day * DAY + 610, 30) for day in range(30)))
    calm = propose(SHOP, MONTH, restless, None, 2)
    eager = propose(SHOP, MONTH, restless, None, 1000)
    assert len(calm.outcome.pages) <= 2
    assert len(eager.outcome.pages) > 2
    assert page_shares(calm)[0] > page_shares(eager)[0]
    assert any("2 a month are allowed" in reason for reason in calm.reasons)


def test_the_proposed_alerts_do_what_the_reasons_say() -> None:
    restless = record(30, *((day * DAY + 600, day * DAY + 610, 30) for day in range(30)))
    proposal = propose(SHOP, MONTH, restless, None, 10)
    [again] = backtest([proposal.objective], [TriedPolicy("again", "", (proposal.alerts,))], restless)
    assert again.notices == proposal.outcome.notices


def test_with_incidents_it_pages_for_them_alone() -> None:
    measured = record(30, (9000, 9030, 400), (20_000, 20_010, 40))
    incidents = [Incident(9000, 9040, "database")]
    proposal = propose(SHOP, MONTH, measured, incidents, 2)
    assert [[one.title for one in page.incidents] for page in proposal.outcome.pages] == [["database"]]
    assert any("1 of 1 known incidents, and for nothing else" in reason for reason in proposal.reasons)


def test_when_nothing_tells_incidents_from_noise_it_says_so() -> None:
    measured = record(30, (9000, 9030, 40), (20_000, 20_060, 900))
    proposal = propose(SHOP, MONTH, measured, [Incident(9000, 9040, "small")], 2)
    found = [reason for reason in proposal.reasons if "known incidents" in reason]
    assert found
    assert "for nothing else" in found[0] or "nobody wrote down" in found[0]


def test_without_events_the_declared_target_stays() -> None:
    measured = record(1)
    empty = replace(measured, rows={})
    proposal = propose(SHOP, MONTH, empty, None, 2)
    assert proposal.target is None
    assert proposal.objective.target == SHOP.target
    assert "No events were counted" in proposal.reasons[0]


def test_thresholds_that_a_total_outage_cannot_reach_are_not_proposed() -> None:
    loose = replace(SHOP, target=Fraction(1, 2))
    measured = record(10, *((minute, minute + 1, 400) for minute in range(10 * DAY)))
    proposal = propose(loose, MONTH, measured, None, 0)
    assert proposal.target is None
    assert all(alert.threshold < 2 for alert in proposal.alerts)
