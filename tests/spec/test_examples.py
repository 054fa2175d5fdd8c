"""The handbook's own files: clean, and declaring what the handbook says."""

import re
from fractions import Fraction
from pathlib import Path

import pytest

from covet_sre.alerting.severity import SEVERITY_LABELS, UNNAMED
from covet_sre.alerting.severity import Severity as Level
from covet_sre.budget.policy import HANDBOOK_POLICY
from covet_sre.incident.response import HANDBOOK_RESPONSES
from covet_sre.oncall.coverage import first_hole
from covet_sre.oncall.target import Channel, TargetKind
from covet_sre.slo.burn import Severity, multi_window_alerts
from covet_sre.slo.indicator import CounterRatio
from covet_sre.slo.window import RollingWindow
from covet_sre.spec import read_documents, read_paths

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


def test_the_severities_are_the_handbooks_table(declaration):
    (policy,) = declaration.rules.severities
    assert policy.responses == HANDBOOK_RESPONSES
    assert {**SEVERITY_LABELS, **policy.labels} == policy.labels == SEVERITY_LABELS
    assert policy.unnamed is UNNAMED
    told = {level: (one.deadline_seconds, one.channels) for level, one in policy.responses.items()}
    assert told == {
        Level.P0: (0, (Channel.PAGE,)),
        Level.P1: (15 * 60, (Channel.EMAIL, Channel.SLACK)),
        Level.P2: (3600, (Channel.SLACK,)),
        Level.P3: (None, (Channel.TICKET,)),
    }


def test_every_service_has_a_team_that_can_be_told_by_every_channel(declaration):
    rules = declaration.rules
    assert {name: rule.team for name, rule in rules.services.items()} == {
        "api": "platform",
        "database": "platform",
        "jobs": "data",
    }
    for name in rules.services:
        team = rules.team_of(name)
        assert set(team.targets) == set(Channel)
        assert team.escalation in rules.directory.escalations
    assert rules.upstreams("api") == ("database",)


def test_somebody_is_on_call_at_any_time_and_never_twice_at_once(declaration):
    schedules = declaration.rules.directory.schedules
    assert {name: first_hole(schedule) for name, schedule in schedules.items()} == dict.fromkeys(schedules)
    primary, secondary = schedules["platform-primary"], schedules["platform-secondary"]
    for week in range(60):
        now = 1_770_000_000 + week * 7 * 86_400
        assert primary.on_call(now) != secondary.on_call(now)
        assert primary.on_call(now) == secondary.on_call(now + 7 * 86_400)


def test_the_targets_need_nothing_outside(declaration):
    kinds = {target.kind for target in declaration.rules.directory.targets.values()}
    assert kinds == {TargetKind.INBOX, TargetKind.TICKETS}


def test_the_targets_that_wait_to_be_switched_on_are_right():
    """Every line after `#:` in notifications.yaml, and the names put to use."""
    texts = {path.name: path.read_text() for path in FOLDER.glob("*.yaml")}
    texts["notifications.yaml"] = re.sub(r"(?m)^#: ?", "", texts["notifications.yaml"])
    for channel, name in (("page", "pagerduty"), ("slack", "slack"), ("email", "mail")):
        texts["oncall.yaml"] = texts["oncall.yaml"].replace(f"{channel}: [inbox]", f"{channel}: [{name}]")
    declared = read_documents(texts)
    assert declared.warnings == ()
    targets = declared.rules.directory.targets
    assert {name: targets[name].kind for name in ("pagerduty", "slack", "mail")} == {
        "pagerduty": TargetKind.PAGERDUTY,
        "slack": TargetKind.SLACK,
        "mail": TargetKind.EMAIL,
    }
