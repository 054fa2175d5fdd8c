"""The handbook's own files: clean, and declaring what the handbook says."""

from fractions import Fraction
from pathlib import Path

import pytest

from covet_sre.budget.policy import HANDBOOK_POLICY
from covet_sre.slo.burn import Severity, multi_window_alerts
from covet_sre.slo.indicator import CounterRatio
from covet_sre.slo.window import RollingWindow
from covet_sre.spec import read_paths

FOLDER = Path(__file__).parents[2] / "examples" / "covetpy" / "reliability"


@pytest.fixture(scope="module")
def declaration():
    return read_paths([FOLDER])


@pytest.fixture(scope="module")
def objectives(declaration):
    return {objective.name: objective for objective in declaration.objectives}


def own_alerts(objective):
    """(name, severity, threshold, window, for) of the alerts beside the default ones."""
    defaults = multi_window_alerts(43200)
    return [
        (alert.name, alert.severity, alert.threshold, alert.long_minutes, alert.for_minutes)
        for alert in objective.alerts
        if alert not in defaults
    ]


def test_the_files_are_clean(declaration):
    assert declaration.warnings == ()


def test_the_services(declaration):
    assert sorted(service.name for service in declaration.services) == ["api", "database", "jobs"]


@pytest.mark.parametrize(
    ("name", "service", "target", "window"),
    [
        ("api-availability", "api", Fraction(999, 1000), 43200),
        ("api-latency", "api", Fraction(95, 100), 5),
        ("database-latency", "database", Fraction(99, 100), 5),
        ("database-availability", "database", Fraction(9995, 10000), 43200),
        ("jobs-within-sla", "jobs", Fraction(95, 100), 60),
    ],
)
def test_the_objectives(objectives, name, service, target, window):
    objective = objectives[name]
    assert (objective.service, objective.target, objective.window) == (service, target, RollingWindow(window))
    assert isinstance(objective.indicator, CounterRatio)
    assert 'job="covet"' in str(objective.indicator.total)
    assert 'job="covet"' in str(objective.indicator.part)
    assert objective.indicator.source == "covet"
    assert set(multi_window_alerts(43200)) <= set(objective.alerts)


def test_there_is_nothing_else(objectives):
    assert len(objectives) == 5


def test_the_handbooks_alerts(objectives):
    assert own_alerts(objectives["api-availability"]) == [
        ("APIAvailabilityLow", Severity.WARNING, 5.0, 5, 0),
        ("APIErrorBudgetHigh", Severity.WARNING, 0.5, 43200, 5),
        ("APIErrorBudgetCritical", Severity.PAGE, 0.9, 43200, 1),
    ]
    assert own_alerts(objectives["api-latency"]) == [("APILatencyHigh", Severity.WARNING, 1.0, 5, 0)]
    assert own_alerts(objectives["database-latency"]) == [("DatabaseLatencyHigh", Severity.WARNING, 1.0, 5, 0)]
    assert own_alerts(objectives["jobs-within-sla"]) == [("JobsLate", Severity.WARNING, 2.0, 60, 0)]
    assert own_alerts(objectives["database-availability"]) == []


def test_the_early_warning_is_at_99_5_percent(objectives):
    objective = objectives["api-availability"]
    assert 1 - Fraction(objective.alerts[0].threshold) * objective.error_share == Fraction(995, 1000)


def test_nine_of_ten_jobs_in_time_is_the_bound_of_the_alert(objectives):
    objective = objectives["jobs-within-sla"]
    assert 1 - Fraction(objective.alerts[0].threshold) * objective.error_share == Fraction(9, 10)


@pytest.mark.parametrize(
    ("name", "bound", "alert_bound"), [("api-latency", "0.5", "0.75"), ("database-latency", "0.1", "0.2")]
)
def test_the_bounds_of_latency(objectives, name, bound, alert_bound):
    objective = objectives[name]
    assert f'le="{bound}"' in str(objective.indicator.good)
    assert f'le="{alert_bound}"' in str(objective.alerts[0].indicator.good)


def test_the_policy_has_the_handbooks_wording(declaration, objectives):
    (policy,) = declaration.policies
    assert policy.tiers == HANDBOOK_POLICY.tiers
    assert all(declaration.policy_for(objective) is policy for objective in objectives.values())
