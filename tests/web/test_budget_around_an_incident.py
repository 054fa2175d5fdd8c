"""The picture of the budget around an incident agrees with the budget, and with what was spent meanwhile."""

from dataclasses import replace

import pytest
from tests.web.sample import NOW, SampleReliability

from covet_sre.alerting.severity import Severity
from covet_sre.incident.events import Entry, Opened
from covet_sre.incident.incident import Incident, begun
from covet_sre.web import words
from covet_sre.web.incidents.budget_chart import budget_charts

AT = NOW * 60.0


def incident(began_minutes_ago: int, over_minutes_ago: int | None) -> Incident:
    began = AT - began_minutes_ago * 60
    made = begun(Entry("INC-2026-1123-001", 1, began, "covet-sre", Opened("api", Severity.P0, "t", began)))
    resolved = None if over_minutes_ago is None else AT - over_minutes_ago * 60
    return replace(made, times=replace(made.times, resolved=resolved))


def test_an_open_incident_ends_at_the_budget_that_is_left_now() -> None:
    sample = SampleReliability()
    [chart] = budget_charts(sample, incident(30, None), ["api-availability"])
    budget = sample.status("api-availability").budget
    assert budget is not None
    assert chart.rows[-1].cells[0].text == words.share(budget.remaining)
    before = sample.history("api-availability", NOW - 60, NOW, 120)
    assert chart.rows[0].cells[0].text == words.share(budget.remaining + sum(before.bad) / budget.allowed_events)


@pytest.mark.parametrize(("began", "over"), [(30, None), (30, 5), (600, 500), (20_000, 19_000), (43_000, 42_990)])
def test_the_incident_is_marked_where_it_was_and_the_budget_never_grows_in_the_picture(
    began: int, over: int | None
) -> None:
    [chart] = budget_charts(SampleReliability(), incident(began, over), ["api-availability"])
    [band] = [band for band in chart.bands if band.style == "incident"]
    assert 0 < float(band.x.rstrip("%")) < 100
    assert 0 < float(band.width.rstrip("%")) <= 100 - float(band.x.rstrip("%")) + 0.01
    downs = [float(row.cells[0].y) for row in chart.rows if row.cells[0].y]
    assert downs == sorted(downs), "it only falls: the window's other end is left out"
    assert not chart.empty


def test_each_objective_of_the_slos_has_a_picture_and_others_have_none() -> None:
    sample = SampleReliability()
    assert budget_charts(sample, incident(30, None), []) == ()
    assert budget_charts(sample, incident(30, None), ["nope"]) == ()
    assert len(budget_charts(sample, incident(30, None), ["api-availability", "jobs-within-sla"])) == 2


def test_what_cannot_be_measured_says_so() -> None:
    [chart] = budget_charts(SampleReliability(), incident(30, None), ["search-latency"])
    assert chart.empty == "No budget is known for this time."
