"""Pyrra's files: what each field becomes, and every way in which they are broken."""

from typing import Any

import pytest
import yaml

from covet_sre.slo.burn import Severity
from covet_sre.slo.indicator import CounterRatio, QueryRatio
from covet_sre.slo.window import RollingWindow

DAY = 1440
ERRORS = {"metric": 'http_requests_total{job="shop",code=~"5.."}'}
TOTAL = {"metric": 'http_requests_total{job="shop"}'}


def slo(indicator: Any = None, *, metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "pyrra.dev/v1alpha1",
        "kind": "ServiceLevelObjective",
        "metadata": {"name": "shop-errors", "namespace": "shop", **(metadata or {})},
        "spec": {
            "target": "99.5",
            "window": "4w",
            "indicator": {"ratio": {"errors": ERRORS, "total": TOTAL}} if indicator is None else indicator,
            **spec,
        },
    }


def text(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False)


# ---------------------------------------------------------------- sound


def test_a_ratio_becomes_an_exact_slo(import_text) -> None:
    outcome = import_text("pyrra", text(slo(description="Errors.\n", metadata={"labels": {"pyrra.dev/team": "a"}})))
    objective = outcome.objective
    assert objective.name == "shop-errors"
    assert objective.description == "Errors."
    assert float(objective.target) == 0.995
    assert objective.window == RollingWindow(28 * DAY)
    assert objective.labels == (("team", "a"),)
    assert isinstance(objective.indicator, CounterRatio)
    assert str(objective.indicator.total) == TOTAL["metric"]
    assert objective.indicator.bad is not None


def test_the_alerts_are_pyrras_own_four(import_text) -> None:
    alerts = import_text("pyrra", text(slo())).objective.alerts
    found = [(a.severity, a.threshold, a.long_minutes, a.short_minutes, a.for_minutes) for a in alerts]
    # For 28 days: slo/rules.go of Pyrra.
    assert found == [
        (Severity.PAGE, 14, 60, 5, 2),
        (Severity.PAGE, 7, 360, 30, 15),
        (Severity.WARNING, 2, DAY, 120, 60),
        (Severity.WARNING, 1, 4 * DAY, 360, 180),
    ]
    assert all(alert.min_bad == 0 and alert.confidence is None for alert in alerts)


def test_the_alert_windows_are_scaled_with_the_slos_window(import_text) -> None:
    alerts = import_text("pyrra", text(slo(window="2w"))).objective.alerts
    # Half of 28 days, each rounded to whole minutes; a half goes up.
    assert [(a.long_minutes, a.short_minutes, a.for_minutes) for a in alerts] == [
        (30, 3, 1),
        (180, 15, 8),
        (720, 60, 30),
        (2 * DAY, 180, 90),
    ]


def test_a_window_too_short_for_its_alerts_loses_them_with_a_word(import_text) -> None:
    outcome = import_text("pyrra", text(slo(window="1h")))
    assert len(outcome.objective.alerts) < 4
    assert any("has no shorter window left" in each.problem for each in outcome.warned("import-dropped"))


@pytest.mark.parametrize("alerting", [{"disabled": True}, {"burnrates": False}])
def test_disabled_alerts_are_none(import_text, alerting) -> None:
    assert import_text("pyrra", text(slo(alerting=alerting))).objective.alerts == ()


def test_the_alerts_name_and_known_severities_are_kept(import_text) -> None:
    alerting = {"name": "ShopIsBroken", "severities": {"fastBurn": "page", "slowBurn": "low", "longTermBurn": "email"}}
    outcome = import_text("pyrra", text(slo(alerting=alerting)))
    alerts = outcome.objective.alerts
    assert [alert.name for alert in alerts] == ["ShopIsBroken1h", "ShopIsBroken6h", "ShopIsBroken1d", "ShopIsBroken4d"]
    assert [alert.severity for alert in alerts] == [Severity.PAGE, Severity.PAGE, Severity.TICKET, Severity.WARNING]
    assert any("'email'" in each.problem for each in outcome.warned("import-changed"))


def test_success_and_total_are_good_and_total(import_text) -> None:
    indicator = import_text("pyrra", text(slo({"ratio": {"success": ERRORS, "total": TOTAL}}))).objective.indicator
    assert isinstance(indicator, CounterRatio)
    assert indicator.good is not None


def test_errors_and_success_add_up_to_the_total(import_text) -> None:
    ratio = {"errors": {"metric": "e_total"}, "success": {"metric": "s_total"}}
    indicator = import_text("pyrra", text(slo({"ratio": ratio}))).objective.indicator
    assert isinstance(indicator, QueryRatio)
    assert indicator.bad == "sum(increase(e_total[{{window}}]))"
    assert "vector(0)" not in indicator.total, "where both are missing, nothing is known"


def test_latency_is_the_bucket_of_the_total(import_text) -> None:
    latency = {"success": {"metric": 's_bucket{le="0.5"}'}, "total": {"metric": "s_count"}}
    indicator = import_text("pyrra", text(slo({"latency": latency}))).objective.indicator
    assert isinstance(indicator, CounterRatio)
    assert str(indicator.good) == 's_bucket{le="0.5"}'


def test_native_latency_is_a_share_of_a_native_histogram(import_text) -> None:
    native = {"total": {"metric": 'seconds{job="a"}'}, "latency": "200ms"}
    indicator = import_text("pyrra", text(slo({"latencyNative": native}))).objective.indicator
    assert isinstance(indicator, QueryRatio)
    histogram = 'sum(increase(seconds{job="a"}[{{window}}]))'
    assert indicator.total == f"histogram_count({histogram})"
    assert indicator.good == f"histogram_fraction(0, 0.2, {histogram}) * histogram_count({histogram})"


def test_a_bool_gauge_counts_its_samples(import_text) -> None:
    indicator = import_text("pyrra", text(slo({"bool_gauge": {"metric": "up"}}))).objective.indicator
    assert isinstance(indicator, QueryRatio)
    assert indicator.good == "sum(sum_over_time(up[{{window}}]))"
    assert indicator.total == "sum(count_over_time(up[{{window}}]))"


def test_grouping_becomes_the_breakdown_and_is_said(import_text) -> None:
    ratio = {"errors": ERRORS, "total": TOTAL, "grouping": ["handler", "method", "pod", "zone"]}
    outcome = import_text("pyrra", text(slo({"ratio": ratio})))
    assert outcome.objective.breakdown == ("handler", "method", "pod")
    assert any("share one budget" in each.problem for each in outcome.warned("import-changed"))


@pytest.mark.parametrize(
    ("metadata", "settings", "service", "warns"),
    [
        ({"labels": {"pyrra.dev/service": "Checkout"}}, {}, "checkout", False),
        ({}, {"service": "named"}, "named", False),
        ({}, {}, "shop", True),
        ({"namespace": ""}, {}, "shop-errors", True),
    ],
)
def test_the_service_is_named_or_guessed_with_a_word(import_text, metadata, settings, service, warns) -> None:
    outcome = import_text("pyrra", text(slo(metadata=metadata)), **settings)
    assert outcome.objective.service == service
    assert bool(outcome.warned("import-changed")) == warns


def test_annotations_are_kept_but_for_those_of_tools(import_text) -> None:
    annotations = {
        "pyrra.dev/runbook": "https://wiki.example/x",
        "team/mail": "a@example",
        "kubectl.kubernetes.io/last-applied-configuration": "{}",
    }
    outcome = import_text("pyrra", text(slo(metadata={"annotations": annotations})))
    assert outcome.objective.runbook == "https://wiki.example/x"
    assert "team/mail" in outcome.files["shop.yaml"]
    assert "kubectl" not in outcome.files["shop.yaml"]


DROPPED = {
    "absent: false": {"alerting": {"absent": False}},
    "a name for absent alerts": {"alerting": {"absentName": "Gone"}},
    "dynamic burn rates": {"alerting": {"burnRateType": "dynamic"}},
    "an alert name of several words": {"alerting": {"name": "it burns"}},
    "Thanos' strategy": {"partial_response_strategy": "warn"},
    "performance": {"performanceOverAccuracy": True},
}


@pytest.mark.parametrize("changes", DROPPED.values(), ids=DROPPED.keys())
def test_what_has_no_meaning_here_is_said(import_text, changes) -> None:
    [warning] = import_text("pyrra", text(slo(**changes))).warned("import-dropped")
    assert warning.location.line > 8


def test_what_the_cluster_adds_is_no_concern(import_text) -> None:
    document = slo(metadata={"uid": "x", "resourceVersion": "5", "managedFields": [{"a": 1}], "generation": 2})
    document["status"] = {"type": "PrometheusRule"}
    listed = {
        "apiVersion": "pyrra.dev/v1alpha1",
        "kind": "ServiceLevelObjectiveList",
        "metadata": {},
        "items": [document],
    }
    assert import_text("pyrra", text(listed)).objective.name == "shop-errors"


# ---------------------------------------------------------------- broken

WRONG = {
    "target as a number, as Pyrra's own example has it": (slo(target=99.5), "type-wrong"),
    "target that is no number": (slo(target="high"), "value-wrong"),
    "target 100": (slo(target="100"), "target-impossible"),
    "target 0": (slo(target="0"), "target-impossible"),
    "target above 100": (slo(target="101"), "target-impossible"),
    "target that is not a number": (slo(target="nan"), "target-impossible"),
    "no window": (slo(window=""), "value-wrong"),
    "a window of another spelling": (slo(window="28 days"), "value-wrong"),
    "a window of seconds": (slo(window="90s"), "value-wrong"),
    "no indicator": (slo({}), "contradiction"),
    "two indicators": (
        slo({"ratio": {"errors": ERRORS, "total": TOTAL}, "bool_gauge": {"metric": "up"}}),
        "contradiction",
    ),
    "a ratio of one metric": (slo({"ratio": {"errors": ERRORS}}), "contradiction"),
    "a ratio of three": (slo({"ratio": {"errors": ERRORS, "total": TOTAL, "success": ERRORS}}), "contradiction"),
    "an empty metric": (slo({"ratio": {"errors": {"metric": ""}, "total": TOTAL}}), "value-wrong"),
    "no metric": (slo({"ratio": {"errors": {}, "total": TOTAL}}), "field-missing"),
    "errors that are the total": (slo({"ratio": {"errors": TOTAL, "total": TOTAL}}), "contradiction"),
    "an expression": (slo({"ratio": {"errors": {"metric": "sum(rate(a[5m]))"}, "total": TOTAL}}), "query-wrong"),
    "no PromQL": (slo({"ratio": {"errors": {"metric": "a{"}, "total": TOTAL}}), "query-wrong"),
    "an offset": (slo({"ratio": {"errors": {"metric": "a offset 5m"}, "total": TOTAL}}), "query-wrong"),
    "latency without total": (slo({"latency": {"success": ERRORS}}), "field-missing"),
    "native latency without a duration": (slo({"latencyNative": {"total": TOTAL, "latency": "quick"}}), "value-wrong"),
    "a misspelt indicator": (slo({"boolGauge": {"metric": "up"}}), "field-unknown"),
    "matchers beside the metric, as in a pull request's example": (
        slo({"ratio": {"errors": {**ERRORS, "matchers": []}, "total": TOTAL}}),
        "field-unknown",
    ),
    "a misspelt alerting": (slo(alerting={"burnRates": False}), "field-unknown"),
    "no name": (slo(metadata={"name": ""}), "value-wrong"),
    "another kind": ({**slo(), "kind": "ServiceLevelObjectives"}, "value-wrong"),
    "another version": ({**slo(), "apiVersion": "pyrra.dev/v1"}, "kind-unknown"),
}


@pytest.mark.parametrize(("document", "code"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_an_error_with_its_place_and_nothing_is_made(import_text, document, code) -> None:
    outcome = import_text("pyrra", text(document))
    assert {error.code for error in outcome.errors} >= {code}
    assert all(error.location.line >= 1 and error.remedy for error in outcome.errors)
    assert not outcome.files


def test_two_slos_of_one_name_are_refused(import_text) -> None:
    error = import_text("pyrra", text(slo()), text(slo(metadata={"namespace": "other"}))).one_error()
    assert error.code == "reference-ambiguous"
