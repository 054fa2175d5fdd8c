"""What the numbers say beside an incident is what the pages of the objectives say."""

import pytest

from covet_sre.engine.context import Numbers
from tests.web.sample import SampleReliability

RELIABILITY = SampleReliability()
NUMBERS = Numbers(RELIABILITY, "http://here/")  # type: ignore[arg-type] - the part of Answers that is asked


def _firing():
    return next(one for one in RELIABILITY.statuses() if one.firing and one.budget)


def test_an_objective_tells_which_windows_burn_and_what_is_left():
    status = _firing()
    lines = NUMBERS.lines(status.objective.service, status.objective.name)
    burns = [line for line in lines if line.label == "Burns"]
    assert len(burns) == len(status.firing)
    assert all(
        f"alert at {each.alert.threshold:g}" in line.text for each, line in zip(status.firing, burns, strict=True)
    )
    (budget,) = [line for line in lines if line.label == "Budget"]
    assert f"{status.budget.remaining:.1%}" in budget.text
    assert status.budget.tier.name in budget.text
    assert {line.address for line in lines} == {f"http://here/slos/{status.objective.name}"}


def test_a_service_tells_of_its_objectives_that_fire_and_of_no_others():
    for status in RELIABILITY.statuses():
        service = status.objective.service
        firing = {
            one.objective.name for one in RELIABILITY.statuses() if one.firing and one.objective.service == service
        }
        told = {line.text.partition(":")[0] for line in NUMBERS.lines(service, "")}
        assert told <= firing
        assert bool(told) is bool(firing)


def test_what_nobody_declares_has_no_numbers():
    assert NUMBERS.lines("api", "no-such-slo") == []
    assert NUMBERS.spent("no-such-slo", 0.0, 60.0) is None


def test_what_an_incident_spent_is_its_bad_events_of_those_that_are_allowed():
    status = _firing()
    end = status.at * 60.0
    history = RELIABILITY.history(status.objective.name, status.at - 60, status.at, 1)
    spent = NUMBERS.spent(status.objective.name, end - 3600, end)
    assert spent == pytest.approx(sum(history.bad) / status.budget.allowed_events)
    assert spent > 0
