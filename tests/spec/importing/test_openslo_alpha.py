"""OpenSLO's v1alpha and v2alpha: fields of other names, and what they leave open."""

from typing import Any

import pytest
import yaml

from covet_sre.slo.indicator import Comparison, CounterRatio, QueryRatio, QueryRaw, QueryThreshold
from covet_sre.slo.stream import Timeslices
from covet_sre.slo.window import CalendarWindow, RollingWindow

DAY = 1440


def dump(*documents: dict[str, Any]) -> str:
    return yaml.safe_dump_all(documents, sort_keys=False)


# ---------------------------------------------------------------- v1alpha


def source(query: str, **changes: str) -> dict[str, str]:
    return {"source": "prometheus", "queryType": "promql", "query": query, **changes}


RATIO = {
    "good": source('sum(rate(http_total{code!~"5.."}[{{.window}}]))'),
    "total": source("sum(rate(http_total[{{.window}}]))"),
}


def v1alpha(objective: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "openslo/v1alpha",
        "kind": "SLO",
        "metadata": {"name": "slo1", "displayName": "The first"},
        "spec": {
            "service": "svc01",
            "budgetingMethod": "Occurrences",
            "objectives": [{"ratioMetrics": RATIO, "target": 0.999} if objective is None else objective],
            "timeWindows": [{"count": 30, "unit": "Day", "isRolling": True}],
            **spec,
        },
    }


def test_v1alpha_rates_of_counters_are_counted_exactly(import_text) -> None:
    outcome = import_text("openslo", dump(v1alpha()))
    assert not outcome.findings
    objective = outcome.objective
    assert (objective.name, objective.display_name, objective.service) == ("slo1", "The first", "svc01")
    assert float(objective.target) == 0.999
    assert isinstance(objective.indicator, CounterRatio)
    assert objective.indicator.good is not None
    assert str(objective.indicator.total) == "http_total"


def test_v1alpha_counters_are_read_as_such(import_text) -> None:
    ratio = {"incremental": True, "good": source("sum(a)"), "total": source("b")}
    indicator = import_text("openslo", dump(v1alpha({"ratioMetrics": ratio, "target": 0.9}))).objective.indicator
    assert isinstance(indicator, CounterRatio)
    assert (str(indicator.good), str(indicator.total)) == ("a", "b")


def test_v1alpha_op_and_value_beside_a_ratio_are_dropped_with_a_word(import_text) -> None:
    outcome = import_text("openslo", dump(v1alpha({"ratioMetrics": RATIO, "target": 0.9, "value": 1.0, "op": "gte"})))
    assert len(outcome.warned("import-dropped")) == 2
    assert not outcome.warned("no-effect"), "it is not in what was made"


def test_v1alpha_threshold_is_compared(import_text) -> None:
    document = v1alpha(
        {"op": "lte", "value": 0.5, "target": 0.95, "displayName": "quick"},
        indicator={"thresholdMetric": source("max(lag_seconds)")},
    )
    objective = import_text("openslo", dump(document)).objective
    assert objective.indicator == QueryThreshold("prometheus", "max(lag_seconds)", Comparison.LTE, 0.5)
    assert objective.display_name == "quick"


def test_v1alpha_objectives_have_indicators_of_their_own(import_text) -> None:
    other = {"ratioMetrics": {**RATIO, "total": source("sum(rate(other_total[{{.window}}]))")}, "target": 0.9}
    document = v1alpha()
    document["spec"]["objectives"].append(other)
    first, second = import_text("openslo", dump(document)).declaration.objectives
    assert (first.name, second.name) == ("slo1.1", "slo1.2")
    assert first.indicator != second.indicator


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({"unit": "Week", "count": 4, "isRolling": True}, RollingWindow(28 * DAY)),
        ({"unit": "Month", "count": 1, "isRolling": True}, RollingWindow(30 * DAY)),
        ({"unit": "Quarter", "count": 1, "isRolling": True}, RollingWindow(90 * DAY)),
        ({"unit": "Second", "count": 3600, "isRolling": True}, RollingWindow(60)),
    ],
)
def test_v1alpha_units_of_windows(import_text, window, expected) -> None:
    assert import_text("openslo", dump(v1alpha(timeWindows=[window]))).objective.window == expected


def test_v1alpha_calendar_months_stay_months(import_text) -> None:
    calendar = {"startTime": "2026-01-01 00:00:00", "timeZone": "Europe/Rome"}
    windows = [{"unit": "Month", "count": 1, "isRolling": False, "calendar": calendar}]
    window = import_text("openslo", dump(v1alpha(timeWindows=windows))).objective.window
    assert isinstance(window, CalendarWindow)
    assert (str(window.duration), window.zone) == ("1M", "Europe/Rome")


def test_v1alpha_window_that_does_not_say_rolls_with_a_word(import_text) -> None:
    outcome = import_text("openslo", dump(v1alpha(timeWindows=[{"unit": "Day", "count": 30}])))
    assert outcome.objective.window == RollingWindow(30 * DAY)
    assert outcome.warned("import-changed")


def test_v1alpha_timeslices_get_a_length_with_a_word(import_text) -> None:
    objective = {"ratioMetrics": RATIO, "target": 0.99, "timeSliceTarget": 0.9}
    outcome = import_text("openslo", dump(v1alpha(objective, budgetingMethod="Timeslices")))
    assert outcome.objective.budgeting == Timeslices(1, 0.9)
    assert outcome.warned("import-changed")


def test_v1alpha_services_keep_their_words(import_text) -> None:
    service = {
        "apiVersion": "openslo/v1alpha",
        "kind": "Service",
        "metadata": {"name": "svc01", "displayName": "Shop"},
        "spec": {"description": "Sells."},
    }
    [declared] = import_text("openslo", dump(v1alpha(), service)).declaration.services
    assert (declared.name, declared.display_name, declared.description) == ("svc01", "Shop", "Sells.")


V1ALPHA_WRONG = {
    "another system's query": (
        v1alpha({"ratioMetrics": {**RATIO, "good": source("x", source="datadog")}, "target": 0.9}),
        "import-unsupported",
    ),
    "another language": (
        v1alpha({"ratioMetrics": {**RATIO, "good": source("x", queryType="flux")}, "target": 0.9}),
        "import-unsupported",
    ),
    "no window in an expression": (
        v1alpha({"ratioMetrics": {**RATIO, "good": source("sum(rate(x[5m]))")}, "target": 0.9}),
        "query-window",
    ),
    "a sum of what may be no counter": (
        v1alpha({"ratioMetrics": {"good": source("sum(a)"), "total": source("sum(b)")}, "target": 0.9}),
        "query-window",
    ),
    "equal queries": (v1alpha({"ratioMetrics": {**RATIO, "good": RATIO["total"]}, "target": 0.9}), "contradiction"),
    "target 1": (v1alpha({"ratioMetrics": RATIO, "target": 1.0}), "target-impossible"),
    "target in percent": (v1alpha({"ratioMetrics": RATIO, "target": 99.9}), "target-impossible"),
    "no target": (v1alpha({"ratioMetrics": RATIO}), "field-missing"),
    "no objectives": (v1alpha(objectives=[]), "value-wrong"),
    "no indicator at all": (v1alpha({"target": 0.9, "op": "lte", "value": 1.0}), "contradiction"),
    "both indicators": (v1alpha(indicator={"thresholdMetric": source("x")}), "contradiction"),
    "two windows": (v1alpha(timeWindows=[{"unit": "Day", "count": 1}] * 2), "value-wrong"),
    "an unknown unit": (v1alpha(timeWindows=[{"unit": "day", "count": 1}]), "value-wrong"),
    "seconds that are no minutes": (v1alpha(timeWindows=[{"unit": "Second", "count": 90}]), "value-wrong"),
    "v1's field for windows": (v1alpha(timeWindow=[{"duration": "30d", "isRolling": True}]), "field-unknown"),
    "v1's field for ratios": (v1alpha({"ratioMetric": RATIO, "target": 0.9}), "field-unknown"),
    "another kind": ({**v1alpha(), "kind": "DataSource"}, "kind-unknown"),
}


@pytest.mark.parametrize(("document", "code"), V1ALPHA_WRONG.values(), ids=V1ALPHA_WRONG.keys())
def test_v1alpha_what_is_wrong_is_an_error_with_its_place(import_text, document, code) -> None:
    outcome = import_text("openslo", dump(document))
    assert code in {error.code for error in outcome.errors}
    assert all(error.location.line >= 1 and error.remedy for error in outcome.errors)
    assert not outcome.files


# ---------------------------------------------------------------- v2alpha


def metric(query: str, **changes: Any) -> dict[str, Any]:
    return {"dataSourceRef": "metrics", "spec": {"query": query}, **changes}


def v2alpha(kind: str, name: str, spec: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "openslo.com/v2alpha", "kind": kind, "metadata": {"name": name, **metadata}, "spec": spec}


COUNTERS = {"counter": True, "good": metric('sum(http_total{code!~"5.."})'), "total": metric("sum(http_total)")}
DETAILS = {"type": "Prometheus", "connectionDetails": {"url": "http://127.0.0.1:9999"}}
METRICS = v2alpha("DataSource", "metrics", DETAILS)


def v2slo(ratio: dict[str, Any] | None = None, objective: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    whole = {
        "serviceRef": "web",
        "sli": {"metadata": {"name": "not-5xx"}, "spec": {"ratioMetric": COUNTERS if ratio is None else ratio}},
        "timeWindow": [{"duration": "28d", "isRolling": True}],
        "budgetingMethod": "Occurrences",
        "objectives": [{"target": 0.995} if objective is None else objective],
        **spec,
    }
    kept = {key: value for key, value in whole.items() if value is not None}
    return v2alpha("SLO", "web-availability", kept, labels={"env": "prod"})


def test_v2alpha_counters_are_read_as_such(import_text) -> None:
    outcome = import_text("openslo", dump(v2slo(), METRICS))
    assert not outcome.findings
    objective = outcome.objective
    assert (objective.name, objective.service, objective.labels) == ("web-availability", "web", (("env", "prod"),))
    assert isinstance(objective.indicator, CounterRatio)
    assert (objective.indicator.source, str(objective.indicator.total)) == ("metrics", "http_total")
    [source_] = outcome.declaration.sources
    assert source_.addresses == ("http://127.0.0.1:9999",)


def test_v2alpha_references_are_renamed(import_text) -> None:
    sli = v2alpha("SLI", "not-5xx", {"ratioMetric": COUNTERS})
    outcome = import_text("openslo", dump(v2slo(sli=None, sliRef="not-5xx"), sli, METRICS))
    assert isinstance(outcome.objective.indicator, CounterRatio)
    assert "shared.documents.yaml" in outcome.files


def test_v2alpha_sources_written_in_place_are_declared_once(import_text) -> None:
    in_place = {"dataSourceSpec": DETAILS}
    ratio = {
        "counter": True,
        "good": {**in_place, "spec": {"query": "a"}},
        "total": {**in_place, "spec": {"query": "b"}},
    }
    [source_] = import_text("openslo", dump(v2slo(ratio))).declaration.sources
    assert source_.addresses == ("http://127.0.0.1:9999",)


def test_v2alpha_good_and_total_from_different_sources_are_refused(import_text) -> None:
    ratio = {**COUNTERS, "good": metric("a", dataSourceRef="other")}
    outcome = import_text("openslo", dump(v2slo(ratio), METRICS, v2alpha("DataSource", "other", DETAILS)))
    assert outcome.one_error().code == "contradiction"


def test_v2alpha_a_source_that_no_file_declares_gets_our_address_with_a_word(import_text) -> None:
    outcome = import_text("openslo", dump(v2slo()))
    [source_] = outcome.declaration.sources
    assert (source_.name, source_.addresses) == ("metrics", ("http://127.0.0.1:9090",))
    assert outcome.warned("import-changed")


def test_v2alpha_details_that_mean_nothing_here_are_dropped_with_a_word(import_text) -> None:
    details = {"type": "prometheus", "connectionDetails": {"token": "secret"}}
    outcome = import_text("openslo", dump(v2slo(), v2alpha("DataSource", "metrics", details)))
    assert "secret" not in "".join(outcome.files.values())
    assert outcome.warned("import-dropped")
    assert outcome.warned("import-changed")


def test_v2alpha_op_beside_a_ratio_is_dropped_with_a_word(import_text) -> None:
    outcome = import_text("openslo", dump(v2slo(objective={"op": "gt", "target": 0.9}), METRICS))
    assert outcome.warned("import-dropped")


def test_v2alpha_a_minute_that_was_meant_as_a_month_is_told_of(import_text) -> None:
    outcome = import_text("openslo", dump(v2slo(timeWindow=[{"duration": "1m", "isRolling": True}]), METRICS))
    [warning] = outcome.warned("window-short")
    assert "1M" in warning.remedy
    assert warning.location.file.endswith("0.yaml")


def test_v2alpha_raw_and_thresholds(import_text) -> None:
    raw = {"counter": False, "rawType": "success", "raw": metric("avg(success_ratio)")}
    assert import_text("openslo", dump(v2slo(raw), METRICS)).objective.indicator == QueryRaw(
        "metrics", "avg(success_ratio)", of_success=True
    )
    threshold = {"metadata": {"name": "x"}, "spec": {"thresholdMetric": metric("max(lag)")}}
    document = v2slo(objective={"op": "lt", "value": 3, "target": 0.9}, sli=threshold)
    assert isinstance(import_text("openslo", dump(document, METRICS)).objective.indicator, QueryThreshold)


def test_v2alpha_expressions_over_the_window_count_events(import_text) -> None:
    ratio = {
        "counter": True,
        "bad": metric("sum(rate(a[{{window}}])) + sum(rate(b[{{window}}]))"),
        "total": metric("sum(rate(c[{{window}}]))"),
    }
    indicator = import_text("openslo", dump(v2slo(ratio), METRICS)).objective.indicator
    assert isinstance(indicator, QueryRatio)
    assert indicator.bad == "sum(increase(a[{{window}}])) + sum(increase(b[{{window}}]))"


CONDITION = {"kind": "burnrate", "op": "lte", "threshold": 2, "lookbackWindow": "1h", "alertAfter": "5m"}


def test_v2alpha_alert_policies_are_kept_and_lte_is_told_of(import_text) -> None:
    documents = [
        v2slo(alertPolicies=[{"alertPolicyRef": "fast"}]),
        METRICS,
        v2alpha(
            "AlertPolicy",
            "fast",
            {"conditions": [{"conditionRef": "burns"}], "notificationTargets": [{"targetRef": "team"}]},
        ),
        v2alpha("AlertCondition", "burns", {"severity": "page", "condition": CONDITION}),
        v2alpha("AlertNotificationTarget", "team", {"target": "slack"}),
    ]
    outcome = import_text("openslo", dump(*documents))
    assert outcome.objective.alerts[0].name == "Burns"
    assert outcome.objective.alerts[0].for_minutes == 5
    assert outcome.warned("fires-when-healthy")


def test_v2alpha_budget_adjustments_are_told_of(import_text) -> None:
    adjustment = v2alpha("BudgetAdjustment", "x", {"service": "web"})
    assert import_text("openslo", dump(v2slo(), METRICS, adjustment)).warned("import-dropped")


V2ALPHA_WRONG = {
    "v1's indicator": (v2slo(sli=None, indicator={"metadata": {"name": "x"}, "spec": {}}), "field-unknown"),
    "v1's metricSource": (v2slo({**COUNTERS, "good": {"metricSource": {"spec": {"query": "a"}}}}), "field-unknown"),
    "a misspelt field": (v2slo(budgetMethod="x"), "field-unknown"),
    "displayName in the metadata": (v2alpha("Service", "web", {}, displayName="Web"), "field-unknown"),
    "labels that are lists": (v2alpha("Service", "web", {}, labels={"a": ["b"]}), "type-wrong"),
    "no service": (v2slo(serviceRef=None), "contradiction"),
    "no indicator": (v2slo(sli=None), "contradiction"),
    "no query": (v2slo({**COUNTERS, "good": {"dataSourceRef": "metrics", "spec": {"queri": "x"}}}), "query-missing"),
    "no PromQL": (v2slo({**COUNTERS, "good": metric("sum(")}), "query-wrong"),
    "neither good nor bad": (v2slo({"counter": True, "total": metric("a")}), "contradiction"),
    "target 1": (v2slo(objective={"target": 1}), "target-impossible"),
    "both targets": (v2slo(objective={"target": 0.9, "targetPercent": 90}), "contradiction"),
    "a source of another system": (
        v2alpha("DataSource", "x", {"type": "Datadog", "connectionDetails": {}}),
        "import-unsupported",
    ),
    "an unknown kind": (v2alpha("Slo", "x", {}), "kind-unknown"),
    "a name that cannot be": (v2alpha("Service", "Web", {}), "value-wrong"),
    "two slos of one name": (v2slo(), "reference-ambiguous"),
}


@pytest.mark.parametrize(("document", "code"), V2ALPHA_WRONG.values(), ids=V2ALPHA_WRONG.keys())
def test_v2alpha_what_is_wrong_is_an_error_with_its_place(import_text, document, code) -> None:
    twice = [document] if code == "reference-ambiguous" else []
    outcome = import_text("openslo", dump(document, *twice, METRICS))
    assert code in {error.code for error in outcome.errors}
    assert all(error.location.line >= 1 and error.remedy for error in outcome.errors)
    assert not outcome.files
