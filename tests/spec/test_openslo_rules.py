"""The rules of OpenSLO's own Go SDK for v1, one by one: a valid set of files with one thing changed."""

from typing import Any

import pytest

from covet_sre.errors import Level

GONE: Any = object()
TEXT_OF_1051 = "x" * 1051
POLICY = "AlertPolicy.spec"
INLINE_CONDITION = {
    "kind": "AlertCondition",
    "metadata": {"name": "in-place"},
    "spec": {
        "severity": "ticket",
        "condition": {"kind": "burnrate", "op": "gte", "threshold": 1, "lookbackWindow": "3d"},
    },
}
INLINE_TARGET = {"kind": "AlertNotificationTarget", "metadata": {"name": "chat"}, "spec": {"target": "slack"}}
METRIC = {"metricSource": {"spec": {"query": "requests_total"}}}
OTHER_METRIC = {"metricSource": {"spec": {"query": "other_total"}}}
INLINE_SLI = {
    "metadata": {"name": "x"},
    "spec": {"ratioMetric": {"counter": True, "bad": METRIC, "total": OTHER_METRIC}},
}

# what is changed -> (field of the finding, words in its problem or remedy)
ERRORS = {
    "a name has at most 63 lower-case letters, digits and dashes": (
        "Service.metadata.name", "Api", "metadata.name", "lower-case"),
    "a name of 64 letters is too long": ("SLI.metadata.name", "a" * 64, "metadata.name", "1 to 63"),
    "a document needs a name": ("SLO.metadata.name", GONE, "metadata.name", "is required"),
    "a display name has at most 63 characters": (
        "SLO.metadata.displayName", "x" * 64, "metadata.displayName", "shorten it to 63"),
    "a label holds text or a list of texts": ("SLO.metadata.labels", {"team": 5}, "metadata.labels.team", '"5"'),
    "an annotation's key is prefix/name": (
        "SLO.metadata.annotations", {"a b": "x"}, "metadata.annotations.a b", "matches"),
    "openslo.com/ is reserved": (
        "SLO.metadata.annotations", {"openslo.com/x": "y"}, "metadata.annotations.openslo.com/x", "reserved"),
    "a description has at most 1050 characters": (
        "SLO.spec.description", TEXT_OF_1051, "spec.description", "shorten it to 1050"),
    "a service's description has at most 1050 characters": (
        "Service.spec.description", TEXT_OF_1051, "spec.description", "shorten it to 1050"),
    "an SLO needs a service": ("SLO.spec.service", GONE, "spec.service", "is required"),
    "an SLO needs a budgeting method": ("SLO.spec.budgetingMethod", GONE, "spec.budgetingMethod", "is required"),
    "a budgeting method is one of three": (
        "SLO.spec.budgetingMethod", "Occurences", "spec.budgetingMethod", "did you mean 'Occurrences'?"),
    "an SLO has a time window": ("SLO.spec.timeWindow", [], "spec.timeWindow", "at least 1"),
    "an SLO has only one time window": (
        "SLO.spec.timeWindow", [{"duration": "1d", "isRolling": True}] * 2, "spec.timeWindow", "at most 1"),
    "a window needs a duration": ("SLO.spec.timeWindow.0.duration", GONE, "spec.timeWindow[0].duration", "is required"),
    "a duration has no seconds": (
        "SLO.spec.timeWindow.0.duration", "30s", "spec.timeWindow[0].duration", "whole number"),
    "a duration is above 0": ("SLO.spec.timeWindow.0.duration", "0d", "spec.timeWindow[0].duration", "above 0"),
    "a duration is one number and one unit": (
        "SLO.spec.timeWindow.0.duration", "1d12h", "spec.timeWindow[0].duration", "whole number"),
    "a rolling window has no calendar": (
        "SLO.spec.timeWindow.0.calendar", {"startTime": "2026-01-01 00:00:00", "timeZone": "UTC"},
        "spec.timeWindow[0].calendar", "isRolling is true"),
    "a window that does not roll has a calendar": (
        "SLO.spec.timeWindow.0.isRolling", False, "spec.timeWindow[0]", "calendar is missing"),
    "a calendar's start is a date and a time": (
        "SLO.spec.timeWindow", [{"duration": "1M", "calendar": {"startTime": "2026-01-01", "timeZone": "UTC"}}],
        "spec.timeWindow[0].calendar.startTime", "2026-01-01 00:00:00"),
    "a calendar's zone is an IANA name": (
        "SLO.spec.timeWindow",
        [{"duration": "1M", "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Rom"}}],
        "spec.timeWindow[0].calendar.timeZone", "no time zone 'Europe/Rom'"),
    "an SLO needs an indicator": ("SLO.spec.indicatorRef", GONE, "spec", "has no indicator"),
    "an indicator is written once": ("SLO.spec.indicator", INLINE_SLI, "spec", "both indicator and indicatorRef"),
    "an indicator stands in spec or on objectives, not both": (
        "SLO.spec.objectives.0.indicatorRef", "not-5xx", "spec", "both in spec and on an objective"),
    "an SLO has objectives": ("SLO.spec.objectives", [], "spec.objectives", "at least 1"),
    "an objective has a target": ("SLO.spec.objectives.0.target", GONE, "spec.objectives[0]", "has no target"),
    "an objective has one target": (
        "SLO.spec.objectives.0.targetPercent", 99.9, "spec.objectives[0]", "both target and targetPercent"),
    "a target is below 1": ("SLO.spec.objectives.0.target", 1, "spec.objectives[0].target", "no error budget"),
    "a target is at least 0": ("SLO.spec.objectives.0.target", -0.1, "spec.objectives[0].target", "no share"),
    "a target in percent is below 100": (
        "SLO.spec.objectives.0", {"targetPercent": 100}, "spec.objectives[0].targetPercent", "no error budget"),
    "a target in percent is at least 0": (
        "SLO.spec.objectives.0", {"targetPercent": -1}, "spec.objectives[0].targetPercent", "no share"),
    "Timeslices needs a slice's target": (
        "SLO.spec", {"budgetingMethod": "Timeslices", "timeSliceWindow": "5m"}, "spec.objectives[0]",
        "timeSliceTarget"),
    "Timeslices needs a slice's window": (
        "SLO.spec", {"budgetingMethod": "Timeslices", "timeSliceTarget": 0.9}, "spec.objectives[0]", "timeSliceWindow"),
    "RatioTimeslices needs a slice's window": (
        "SLO.spec", {"budgetingMethod": "RatioTimeslices"}, "spec.objectives[0]", "timeSliceWindow"),
    "a slice's target is above 0": (
        "SLO.spec", {"budgetingMethod": "Timeslices", "timeSliceTarget": 0, "timeSliceWindow": "5m"},
        "spec.objectives[0].timeSliceTarget", "above 0"),
    "a slice's target is at most 1": (
        "SLO.spec", {"budgetingMethod": "Timeslices", "timeSliceTarget": 1.1, "timeSliceWindow": "5m"},
        "spec.objectives[0].timeSliceTarget", "at most 1"),
    "an operator is one of four": (
        "SLO.spec.objectives.0.op", "eq", "spec.objectives[0].op", "'lt', 'lte', 'gt' or 'gte'"),
    "a composite's weight is above 0": (
        "SLO.spec.objectives.0.compositeWeight", 0, "spec.objectives[0].compositeWeight", "above 0"),
    "an alert policy is referred to or written in place": (
        "SLO.spec.alertPolicies", [{}], "spec.alertPolicies[0]", "neither alertPolicyRef nor a whole object"),
    "an alert policy is not both referred to and written in place": (
        "SLO.spec.alertPolicies", [{"alertPolicyRef": "fast", "kind": "AlertPolicy"}], "spec.alertPolicies[0]",
        "beside"),
    "a policy written in place names its kind": (
        "SLO.spec.alertPolicies", [{"kind": "SLO"}], "spec.alertPolicies[0].kind", "AlertPolicy"),
    "a policy has exactly one condition": (
        f"{POLICY}.conditions", [{"conditionRef": "burning-fast"}] * 2, "spec.conditions", "at most 1"),
    "a policy has a condition": (f"{POLICY}.conditions", [], "spec.conditions", "at least 1"),
    "a policy needs its conditions": (f"{POLICY}.conditions", GONE, "spec.conditions", "is required"),
    "a policy has a target": (f"{POLICY}.notificationTargets", [], "spec.notificationTargets", "at least 1"),
    "a condition is referred to or written in place": (
        f"{POLICY}.conditions", [{"kind": "AlertCondition"}], "spec.conditions[0]", "neither conditionRef"),
    "a condition is not both": (
        f"{POLICY}.conditions", [{"conditionRef": "burning-fast", **INLINE_CONDITION}], "spec.conditions[0]", "beside"),
    "a target is referred to or written in place": (
        f"{POLICY}.notificationTargets", [{}], "spec.notificationTargets[0]", "neither targetRef"),
    "a target is not both": (
        f"{POLICY}.notificationTargets", [{"targetRef": "on-call", **INLINE_TARGET}], "spec.notificationTargets[0]",
        "beside"),
    "a condition needs a severity": ("AlertCondition.spec.severity", GONE, "spec.severity", "is required"),
    "a condition's kind is burnrate": (
        "AlertCondition.spec.condition.kind", "burnRate", "spec.condition.kind", "did you mean 'burnrate'?"),
    "a condition needs an operator": ("AlertCondition.spec.condition.op", GONE, "spec.condition.op", "is required"),
    "a condition needs a threshold": (
        "AlertCondition.spec.condition.threshold", GONE, "spec.condition.threshold", "is required"),
    "a condition needs a lookback window": (
        "AlertCondition.spec.condition.lookbackWindow", GONE, "spec.condition.lookbackWindow", "is required"),
    "alertAfter is a duration": (
        "AlertCondition.spec.condition.alertAfter", "5 min", "spec.condition.alertAfter", "whole number"),
    "a target needs its target": ("AlertNotificationTarget.spec.target", GONE, "spec.target", "is required"),
    "a source needs a type": ("DataSource.spec.type", GONE, "spec.type", "is required"),
    "a source needs connection details": (
        "DataSource.spec.connectionDetails", GONE, "spec.connectionDetails", "is required"),
    "an SLI has a metric": ("SLI.spec", {}, "spec", "neither thresholdMetric nor ratioMetric"),
    "an SLI has one kind of metric": (
        "SLI.spec.thresholdMetric", METRIC, "spec", "both thresholdMetric and ratioMetric"),
    "a ratio has a total": ("SLI.spec.ratioMetric.total", GONE, "spec.ratioMetric", "has no total"),
    "a ratio has good or bad": ("SLI.spec.ratioMetric.bad", GONE, "spec.ratioMetric", "neither good nor bad"),
    "a ratio has not both good and bad": ("SLI.spec.ratioMetric.good", METRIC, "spec.ratioMetric", "both good and bad"),
    "raw stands alone": ("SLI.spec.ratioMetric.raw", METRIC, "spec.ratioMetric", "raw beside"),
    "raw needs its type": ("SLI.spec.ratioMetric", {"counter": True, "raw": METRIC}, "spec.ratioMetric", "rawType"),
    "a raw type is success or failure": (
        "SLI.spec.ratioMetric.rawType", "sucess", "spec.ratioMetric.rawType", "did you mean 'success'?"),
    "a ratio says whether it counts": ("SLI.spec.ratioMetric.counter", GONE, "spec.ratioMetric.counter", "is required"),
    "a metric source is not empty": (
        "SLI.spec.ratioMetric.total.metricSource.spec", {}, "spec.ratioMetric.total.metricSource.spec", "is empty"),
    "a metric source's name is a name": (
        "SLI.spec.ratioMetric.total.metricSource.metricSourceRef", "A B",
        "spec.ratioMetric.total.metricSource.metricSourceRef", "lower-case"),
}  # fmt: skip


@pytest.mark.parametrize("rule", ERRORS)
def test_a_broken_rule_of_openslo_is_an_error_at_its_field(rule, files):
    path, value, field, words = ERRORS[rule]
    if path == "SLO.spec" and isinstance(value, dict):
        files.change("SLO.spec.budgetingMethod", value["budgetingMethod"])
        slices = {name: each for name, each in value.items() if name != "budgetingMethod"}
        files.change("SLO.spec.objectives.0", {"target": 0.9, **slices})
    else:
        files.change(path, files.REMOVED if value is GONE else value)
    found = [finding for finding in files.findings() if finding.level is Level.ERROR]
    assert any(finding.field == field and words in f"{finding.problem}; {finding.remedy}" for finding in found), [
        str(finding) for finding in found
    ]
    assert all(finding.problem and finding.remedy and finding.location.line > 0 for finding in found)


def test_the_unchanged_files_have_no_findings(files):
    assert files.with_alerts().findings() == []


ACCEPTED = {
    "a target of 0": ("SLO.spec.objectives.0.target", 0),
    "a label with a list": ("SLO.metadata.labels", {"team": ["a", "b"]}),
    "an annotation of another tool": ("SLO.metadata.annotations", {"example.com/owner": "me"}),
    "an annotation without a prefix": ("SLO.metadata.annotations", {"owner": "me"}),
    "a condition written in place": ("AlertPolicy.spec.conditions", [INLINE_CONDITION]),
    "a target written in place": ("AlertPolicy.spec.notificationTargets", [INLINE_TARGET]),
    "a calendar month": (
        "SLO.spec.timeWindow",
        [{"duration": "1M", "calendar": {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Rome"}}],
    ),
    "an empty description": ("SLO.spec.description", None),
    "a name of 63 letters": ("AlertNotificationTarget.metadata.displayName", "x" * 63),
    "a policy that speaks of everything": ("AlertPolicy.spec.alertWhenBreaching", True),
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_what_openslo_allows_is_accepted(what, files):
    path, value = ACCEPTED[what]
    found = [str(each) for each in files.change(path, value).findings() if each.level is Level.ERROR]
    assert found == []
