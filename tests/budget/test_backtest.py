"""Policies tried on history: notices, budgets, delays, incidents, each worked out by hand beside it."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from covet_sre.budget.backtest import Record, TriedPolicy, backtest, lead_in_minutes
from covet_sre.budget.incident import Incident
from covet_sre.budget.outcome import Outcome, Share, precision, recall
from covet_sre.errors import Location
from covet_sre.slo.burn import BurnAlert, Severity
from covet_sre.slo.indicator import CounterRatio, Selector
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.minutes import GapEntry, MinuteEvents
from covet_sre.slo.objective import Objective
from covet_sre.slo.window import RollingWindow

DAY = 1440
INDICATOR = CounterRatio("metrics", Selector("requests_total", ()), None, Selector("errors_total", ()))
SHOP = Objective(
    "shop", "shop", "shop-service", Fraction(999, 1000), RollingWindow(30 * DAY), INDICATOR, Location("shop.yaml", 1)
)
FAST = BurnAlert("Fast", Severity.PAGE, 14.4, 60, 5)
SLOW = BurnAlert("Slow", Severity.PAGE, 6.0, 360, 30)
TICKET = BurnAlert("Ticket", Severity.TICKET, 1.0, 4320, 360)


def record(days: int, *outages: tuple[int, int, int], start: int = 0, gaps=()) -> Record:
    """A thousand events a minute; in each outage (first minute, last, bad events a minute)."""
    bad = np.zeros(days * DAY, np.int64)
    for first, last, number in outages:
        bad[first:last] = number
    rows = [(0, minute, int(count), 1000) for minute, count in enumerate(bad)]
    table = MinuteTable.of_events(0, days * DAY, 1, MinuteEvents.of(rows), gaps)
    return Record(table, {SHOP.events.key: 0}, start)


def tried(*alerts: BurnAlert) -> TriedPolicy:
    return TriedPolicy("tried", "", (alerts,))


def outcome(measured: Record, *alerts: BurnAlert, incidents=None, objective: Objective = SHOP) -> Outcome:
    [told] = backtest([objective], [tried(*alerts)], measured, incidents)
    return told


def test_two_page_alerts_that_overlap_are_one_page() -> None:
    told = outcome(record(2, (1000, 1030, 1000)), FAST, SLOW)
    assert [(e.alert.name, e.start, e.end) for e in told.episodes] == [("Fast", 1001, 1035), ("Slow", 1003, 1060)]
    [page] = told.pages
    assert (page.start, page.end, page.alerts) == (1001, 1060, ("Fast", "Slow"))
    assert told.longest_minutes == 59


def test_tickets_are_not_pages() -> None:
    told = outcome(record(2, (1000, 1030, 1000)), FAST, TICKET)
    assert (len(told.pages), len(told.tickets)) == (1, 1)


def test_pages_apart_are_pages_of_their_own() -> None:
    assert len(outcome(record(2, (1000, 1010, 1000), (2000, 2010, 1000)), FAST).pages) == 2


def test_the_budget_that_is_gone_is_that_of_the_events_until_then() -> None:
    # 1,000 bad events in the first minute, of 1,001 minutes with 1,000 events each, of which 0.1 % may be bad.
    told = outcome(record(2, (1000, 1030, 1000)), FAST)
    assert told.pages[0].budget_gone == pytest.approx(1000 / (1001 * 1000 * 0.001))


def test_the_lead_in_counts_for_the_budget_and_fires_nothing() -> None:
    told = outcome(record(3, (100, 110, 1000), (2000, 2001, 100), start=DAY), BurnAlert("A", Severity.PAGE, 1, 5))
    [page] = told.pages
    assert page.start == 2001
    assert page.budget_gone == pytest.approx((10_000 + 100) / (2001 * 1000 * 0.001))


def test_delays_count_from_the_crossing_and_from_its_end() -> None:
    # 2 % from minute 1000 on: 14.4 over an hour is reached when 43.2 minutes of it are in the hour.
    told = outcome(record(2, (1000, 1120, 20)), FAST)
    [page] = told.pages
    assert (page.start, page.detection_minutes) == (1044, 44)
    # The short window (5 min) falls below 1.44 % when two of its minutes are clean: 3/5 of 2 % is 1.2 %.
    assert (page.end, page.reset_minutes) == (1122, 2)


def test_an_alert_that_ends_while_errors_go_on_has_no_reset() -> None:
    told = outcome(record(2, (1000, 1060, 100), (1060, 1400, 10)), BurnAlert("A", Severity.PAGE, 50, 5))
    [page] = told.pages
    assert page.detection_minutes is not None
    assert page.reset_minutes is None


def test_an_alert_that_still_fires_lasts_to_the_end_and_has_no_reset() -> None:
    told = outcome(record(1, (1400, 1440, 1000)), FAST)
    [page] = told.pages
    assert (page.end, page.reset_minutes, told.minutes(page)) == (None, None, 39)


def test_precision_and_recall_with_known_incidents() -> None:
    incidents = [Incident(995, 1030, "database"), Incident(1200, 1210, "unseen"), Incident(5000, 5010, "later")]
    told = outcome(record(2, (1000, 1030, 1000), (2000, 2010, 1000)), FAST, incidents=incidents)
    assert told.precision == Share(1, 2)
    assert told.recall == Share(1, 2)
    assert [[one.title for one in page.incidents] for page in told.pages] == [["database"], []]


def test_precision_without_pages_and_recall_without_incidents_are_undefined() -> None:
    told = outcome(record(1), FAST, incidents=[])
    assert (told.precision, told.recall) == (Share(0, 0), Share(0, 0))
    assert told.precision.value is None
    assert outcome(record(1), FAST).precision is None


def test_an_incident_of_another_service_does_not_concern_it() -> None:
    incidents = [Incident(995, 1030, "ours", "shop-service"), Incident(995, 1030, "theirs", "other")]
    told = outcome(record(2, (1000, 1030, 1000)), FAST, incidents=incidents)
    assert [one.title for one in told.incidents or ()] == ["ours"]


def test_over_several_objectives_an_incident_is_paged_for_when_any_pages() -> None:
    measured = record(2, (1000, 1030, 1000))
    deaf = replace(SHOP, name="deaf")
    policy = TriedPolicy("tried", "", ((FAST,), ()))
    told = backtest([SHOP, deaf], [policy], measured, [Incident(1000, 1030, "outage")])
    assert [one.recall for one in told] == [Share(1, 1), Share(0, 1)]
    assert (recall(told), precision(told)) == (Share(1, 1), Share(1, 1))


def test_an_alert_over_what_was_not_measured_is_untested_and_not_silent() -> None:
    elsewhere = replace(INDICATOR, bad=Selector("slow_total", ()))
    told = outcome(record(1), FAST, replace(SLOW, indicator=elsewhere))
    assert [alert.name for alert in told.untested] == ["Slow"]


def test_an_objective_that_was_not_measured_has_no_budget() -> None:
    nothing = Record(MinuteTable.empty(0, 100, 0), {}, 0)
    assert nothing.budget_gone(SHOP, 50) is None
    assert nothing.measured(SHOP) == 0
    assert nothing.measured_from(SHOP) is None
    assert np.isnan(nothing.burn_rates(SHOP, 60)).all()


def test_gaps_count_in_the_budget() -> None:
    gap = GapEntry(0, 50, 60, 500, 1000)
    assert record(1, gaps=[gap]).counts(SHOP, 0, 100).bad == 500
    assert record(1, gaps=[gap]).counts(SHOP, 55, 100).bad == 0


@pytest.mark.parametrize("window", [1, 5, 60, 2000])
def test_burn_rates_are_those_of_plain_sums(window: int) -> None:
    measured = record(2, (1000, 1030, 700), (1500, 1501, 3), start=DAY)
    burns = measured.burn_rates(SHOP, window)
    assert len(burns) == DAY
    for moment in (DAY + 1, DAY + 60, DAY + 61, 2 * DAY):
        bad, total = measured.counts(SHOP, moment - window, moment)
        assert burns[moment - DAY - 1] == pytest.approx(bad / total / 0.001)


def test_the_lead_in_is_as_long_as_the_longest_window() -> None:
    assert lead_in_minutes([SHOP], [tried(FAST)], 50_000) == 30 * DAY
    short = replace(SHOP, window=RollingWindow(2 * DAY))
    assert lead_in_minutes([short], [tried(FAST)], 50_000) == 2 * DAY
    assert lead_in_minutes([short], [tried(TICKET)], 50_000) == 3 * DAY
