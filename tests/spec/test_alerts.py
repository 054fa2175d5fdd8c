"""Alert policies and conditions -> burn-rate alerts."""

import pytest

from covet_sre.errors import Level
from covet_sre.slo.burn import BurnAlert, Severity, multi_window_alerts
from covet_sre.slo.indicator import Comparison, CounterRatio
from covet_sre.spec.alerts import SEVERITIES

DEFAULTS = multi_window_alerts(43200)
TEST = "AlertCondition.spec.condition"


def alerts_of(files):
    (objective,) = files.read().objectives
    return objective.alerts


def test_an_slo_without_policies_has_the_multi_window_alerts(files):
    assert alerts_of(files) == DEFAULTS
    assert [alert.threshold for alert in DEFAULTS] == [14.4, 6.0, 3.0, 1.0]


def test_the_default_alerts_fit_the_budgets_window(files):
    assert alerts_of(files.change("SLO.spec.timeWindow.0.duration", "28d")) == multi_window_alerts(28 * 1440)
    calendar = {"startTime": "2026-01-01 00:00:00", "timeZone": "UTC"}
    files.change("SLO.spec.timeWindow", [{"duration": "1Q", "calendar": calendar}])
    assert alerts_of(files) == multi_window_alerts(90 * 1440)


def test_an_slo_with_policies_has_both(files):
    files.with_alerts().change(f"{TEST}.alertAfter", "2m").change("AlertCondition.spec.description", "Fast")
    assert alerts_of(files) == (
        BurnAlert(
            name="BurningFast", severity=Severity.PAGE, threshold=14.4, long_minutes=60, op=Comparison.GT,
            for_minutes=2, policy="fast", description="Fast",
        ),
        *DEFAULTS,
    )  # fmt: skip


def test_the_default_alerts_can_be_switched_off(files):
    files.with_alerts().annotate("SLO", burn_rate_alerts="off")
    assert [alert.name for alert in alerts_of(files)] == ["BurningFast"]


def test_off_without_quotes_is_text_in_yaml_1_2(files):
    text = files.annotate("SLO", burn_rate_alerts="OFF-HERE").text.replace("OFF-HERE", "off")
    assert "covet-sre/burn-rate-alerts: off\n" in text
    from covet_sre.spec import read_documents

    (objective,) = read_documents({"a.yaml": text}).objectives
    assert objective.alerts == ()


def test_the_annotations_of_a_condition(files, make):
    files.more.append(make["SLI"]("other"))
    files.with_alerts().annotate(
        "AlertCondition", short_window="5m", sli="other", min_bad_events="10", confidence="0.95"
    )
    alert = alerts_of(files)[0]
    assert (alert.short_minutes, alert.min_bad, alert.confidence) == (5, 10, 0.95)
    assert isinstance(alert.indicator, CounterRatio)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("short-window", "1h", "no shorter than lookbackWindow (1h)"),
        ("short-window", "5 minutes", "is '5 minutes'"),
        ("sli", "nowhere", "there is no SLI 'nowhere'"),
        ("sli", "Not A Name", "is 'Not A Name'"),
        ("min-bad-events", "few", "is 'few'"),
        ("min-bad-events", "-1", "is '-1'"),
        ("confidence", "95", "is '95'"),
        ("confidence", "0.4", "is '0.4'"),
        ("confidence", "1", "is '1'"),
    ],
)
def test_an_annotation_that_cannot_be_read_is_an_error(files, name, value, words):
    finding = files.with_alerts().annotate("AlertCondition", **{name: value}).one_finding()
    assert finding.level is Level.ERROR
    assert finding.field == f"metadata.annotations.covet-sre/{name}"
    assert words in finding.problem


def test_an_annotation_that_is_a_number_asks_for_quotes(files):
    finding = files.with_alerts().annotate("AlertCondition", min_bad_events=5).one_finding()
    assert finding.remedy == 'write text, in quotes: "5"'


def test_a_condition_over_a_threshold_metric_is_an_error(files, make):
    other = make["SLI"]("other")
    other["spec"] = {"thresholdMetric": make["metric"]("queue")}
    files.more.append(other)
    finding = files.with_alerts().annotate("AlertCondition", sli="other").one_finding()
    assert "whose bound only an objective has" in finding.problem


@pytest.mark.parametrize(
    ("written", "severity"),
    [("page", "page"), ("Critical", "page"), ("P0", "page"), ("high", "ticket"), ("p1", "ticket"), ("P3", "ticket"),
     ("ticket", "ticket"), ("warning", "warning"), ("info", "warning")],
)  # fmt: skip
def test_the_words_of_severity(files, written, severity):
    files.with_alerts().change("AlertCondition.spec.severity", written)
    assert alerts_of(files)[0].severity == severity
    assert files.findings() == []


def test_every_severity_has_a_word_of_its_own():
    assert {SEVERITIES[severity.value] for severity in Severity} == set(Severity)


def test_an_unknown_severity_is_a_ticket_with_a_warning(files):
    finding = files.with_alerts().change("AlertCondition.spec.severity", "spicy").one_finding()
    assert (finding.level, finding.code) == (Level.WARNING, "severity-unknown")
    assert alerts_of(files)[0].severity is Severity.TICKET


@pytest.mark.parametrize("op", ["lt", "lte"])
def test_a_condition_that_fires_while_all_is_well_is_warned_of(files, op):
    finding = files.with_alerts().change(f"{TEST}.op", op).one_finding()
    assert (finding.level, finding.code) == (Level.WARNING, "fires-when-healthy")


@pytest.mark.parametrize(("target", "never"), [(0.9305, 1), (0.93, 1), (0.9306, 0), (0.8, 2), (0.5, 3), (0.0, 3)])
def test_default_alerts_that_can_never_fire_are_warned_of(files, target, never):
    found = files.change("SLO.spec.objectives.0.target", target).findings()
    assert [finding.code for finding in found] == ["never-fires"] * never
    assert all(finding.level is Level.WARNING for finding in found)


def test_a_declared_alert_that_can_never_fire_is_warned_of_at_its_threshold(files):
    files.with_alerts().change(f"{TEST}.threshold", 1000)
    finding = files.one_finding()
    assert finding.field == "spec.condition.threshold"
    assert finding.remedy == "write a threshold below 1000"
    # Exactly the burn rate of a total outage is reached by gte alone.
    assert files.change(f"{TEST}.op", "gte").findings() == []


def test_a_threshold_below_zero_is_an_error(files):
    assert files.with_alerts().change(f"{TEST}.threshold", -1).one_finding().level is Level.ERROR


def test_a_lookback_longer_than_the_ledger_is_an_error(files):
    assert files.with_alerts().change(f"{TEST}.lookbackWindow", "99999999Y").one_finding().code == "window-long"


@pytest.mark.parametrize(
    ("name", "display", "alert"),
    [
        ("api-budget-high", None, "ApiBudgetHigh"),
        ("api-budget-high", "APIBudgetHigh", "APIBudgetHigh"),
        ("api-budget-high", "API budget is high", "ApiBudgetHigh"),
        ("x", None, "X"),
    ],
)
def test_the_name_of_an_alert(files, name, display, alert):
    files.with_alerts().change("AlertCondition.metadata", {"name": name, "displayName": display})
    files.change("AlertPolicy.spec.conditions.0.conditionRef", name)
    assert alerts_of(files)[0].name == alert


def test_two_alerts_of_an_slo_with_one_name_are_an_error(files):
    files.change("SLO.spec.alertPolicies", [{"alertPolicyRef": "fast"}, {"alertPolicyRef": "fast"}])
    assert files.one_finding().problem == "two alerts of this SLO are called BurningFast"


def test_an_alert_may_replace_a_default_one_by_its_name(files):
    files.with_alerts().change("AlertCondition.metadata.displayName", "ErrorBudgetBurn1h")
    burns = [alert for alert in alerts_of(files) if alert.name == "ErrorBudgetBurn1h"]
    assert len(burns) == 1
    assert burns[0].policy == "fast"


def test_a_policy_that_is_switched_off_makes_no_alert(files):
    finding = files.with_alerts().change("AlertPolicy.spec.alertWhenBreaching", False).one_finding()
    assert finding.code == "no-effect"
    assert alerts_of(files) == DEFAULTS


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("SLO.spec.alertPolicies", [{"alertPolicyRef": "slow"}]),
        ("AlertPolicy.spec.conditions.0.conditionRef", "burning-slow"),
        ("AlertPolicy.spec.notificationTargets.0.targetRef", "nobody"),
    ],
)
def test_an_unknown_reference_is_an_error(files, path, value):
    finding = files.with_alerts().change(path, value).one_finding()
    assert finding.code == "reference-unknown"


def test_a_policy_that_nobody_refers_to_is_checked_too(files):
    files.change("AlertPolicy.spec.conditions.0.conditionRef", "nothing")
    assert files.one_finding().code == "reference-unknown"


def test_policies_are_known_by_name_whether_an_slo_refers_to_them_or_not(files):
    [(name, alerts)] = files.read().alert_policies
    assert (name, [alert.name for alert in alerts]) == ("fast", ["BurningFast"])
    [(_, referred)] = files.with_alerts().read().alert_policies
    assert referred == alerts


def test_a_condition_in_a_policy_that_nobody_refers_to_is_read_to_its_end(files):
    test = {"kind": "burnrate", "op": "gte", "threshold": -1, "lookbackWindow": "1h"}
    inline = {"kind": "AlertCondition", "metadata": {"name": "x"}, "spec": {"severity": "page", "condition": test}}
    files.change("AlertPolicy.spec.conditions.0", inline)
    assert files.one_finding().code == "value-wrong"
