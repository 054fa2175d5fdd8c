"""Sloth's files: what each field becomes, and every way in which they are broken."""

import copy
from typing import Any

import pytest
import yaml

from covet_sre.slo.burn import Severity, multi_window_alerts
from covet_sre.slo.indicator import CounterRatio, QueryRatio, QueryRaw
from covet_sre.slo.window import RollingWindow

DAY = 1440
ERRORS = 'sum(rate(http_requests_total{job="shop",code=~"5.."}[{{.window}}]))'
TOTAL = 'sum(rate(http_requests_total{job="shop"}[{{.window}}]))'


def specification(**changes: Any) -> dict[str, Any]:
    slo = {
        "name": "requests-availability",
        "objective": 99.9,
        "description": "Requests that are answered.",
        "sli": {"events": {"error_query": ERRORS, "total_query": TOTAL}},
        "alerting": {"page_alert": {}, "ticket_alert": {}},
    }
    slo |= changes
    return {"version": "prometheus/v1", "service": "shop", "labels": {"owner": "team-a"}, "slos": [slo]}


def text(document: dict[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False)


def kubernetes(document: dict[str, Any]) -> dict[str, Any]:
    """The same specification as the operator's object."""
    spec = copy.deepcopy({key: value for key, value in document.items() if key != "version"})

    def camel(value: Any) -> Any:
        if isinstance(value, list):
            return [camel(each) for each in value]
        if not isinstance(value, dict):
            return value
        kept = ("labels", "annotations")
        return {
            "".join([key.split("_")[0], *(word.title() for word in key.split("_")[1:])]): inner
            if key in kept
            else camel(inner)
            for key, inner in value.items()
        }

    return {
        "apiVersion": "sloth.slok.dev/v1",
        "kind": "PrometheusServiceLevel",
        "metadata": {"name": "shop", "namespace": "monitoring", "creationTimestamp": None},
        "spec": camel(spec),
    }


# ---------------------------------------------------------------- sound


@pytest.mark.parametrize("form", [lambda document: document, kubernetes], ids=["plain", "kubernetes"])
def test_events_of_counters_become_an_exact_slo(import_text, form) -> None:
    outcome = import_text("sloth", text(form(specification())))
    assert not outcome.findings
    objective = outcome.objective
    assert objective.name == "shop-requests-availability"
    assert objective.display_name == "requests-availability"
    assert objective.service == "shop"
    assert float(objective.target) == 0.999
    assert objective.window == RollingWindow(30 * DAY)
    assert objective.labels == (("owner", "team-a"),)
    assert objective.description == "Requests that are answered."
    assert isinstance(objective.indicator, CounterRatio)
    assert str(objective.indicator.bad) == 'http_requests_total{code=~"5..",job="shop"}'
    assert objective.alerts == multi_window_alerts(30 * DAY)


def test_a_kubernetes_list_is_as_its_items(import_text) -> None:
    items = [kubernetes(specification(name="one")), kubernetes(specification(name="two"))]
    listed = {"apiVersion": "v1", "kind": "List", "items": items}
    assert [one.name for one in import_text("sloth", text(listed)).declaration.objectives] == ["shop-one", "shop-two"]


def test_the_period_is_the_one_that_sloth_was_given(import_text) -> None:
    outcome = import_text("sloth", text(specification()), window_minutes=28 * DAY)
    assert outcome.objective.window == RollingWindow(28 * DAY)
    # As Sloth computes them: 2 % of 28 days within an hour.
    assert outcome.objective.alerts[0].threshold == 13.44


def test_a_ratio_that_is_no_quotient_of_events_stays_a_ratio(import_text) -> None:
    outcome = import_text(
        "sloth", text(specification(sli={"raw": {"error_ratio_query": "avg_over_time(x[{{.window}}])"}}))
    )
    assert outcome.objective.indicator == QueryRaw("prometheus", "avg_over_time(x[{{window}}])", of_success=False)
    [warning] = outcome.warned("import-changed")
    assert "each minute weighs the same" in warning.problem
    assert warning.location.line == 11


def test_a_ratio_of_events_is_taken_apart(import_text) -> None:
    outcome = import_text("sloth", text(specification(sli={"raw": {"error_ratio_query": f"({ERRORS})\n/\n({TOTAL})"}})))
    assert isinstance(outcome.objective.indicator, CounterRatio)
    assert not outcome.findings


def test_expressions_keep_their_place_and_count_events(import_text) -> None:
    sli = {"events": {"error_query": f"{ERRORS} + {ERRORS.replace('http', 'grpc')}", "total_query": TOTAL}}
    indicator = import_text("sloth", text(specification(sli=sli))).objective.indicator
    assert isinstance(indicator, QueryRatio)
    assert indicator.total == 'sum(increase(http_requests_total{job="shop"}[{{window}}]))'
    assert "rate(" not in str(indicator.bad)


def test_what_cannot_be_understood_is_asked_as_it_is_and_said(import_text) -> None:
    error = ERRORS.replace("rate(", "irate(")
    outcome = import_text("sloth", text(specification(sli={"events": {"error_query": error, "total_query": TOTAL}})))
    indicator = outcome.objective.indicator
    assert isinstance(indicator, QueryRatio)
    assert indicator.bad == error.replace("{{.window}}", "{{window}}")
    assert outcome.warned("import-changed")


def test_groups_are_added_up_and_said(import_text) -> None:
    grouped = {
        "error_query": ERRORS.replace("sum(", "sum by (handler) ("),
        "total_query": TOTAL.replace("sum(", "sum by (handler) ("),
    }
    outcome = import_text("sloth", text(specification(sli={"events": grouped})))
    assert len(outcome.warned("import-changed")) == 2


def test_labels_of_the_slo_stand_before_those_of_the_service(import_text) -> None:
    outcome = import_text("sloth", text(specification(labels={"owner": "team-b", "tier": "1"})))
    assert outcome.objective.labels == (("owner", "team-b"), ("tier", "1"))


def test_a_runbook_is_kept_and_what_has_no_place_is_said(import_text) -> None:
    alerting = {
        "name": "ShopIsBroken",
        "labels": {"category": "availability"},
        "annotations": {"runbook": "https://wiki.example/shop", "summary": "broken"},
        "page_alert": {"labels": {"severity": "critical"}},
        "ticket_alert": {"labels": {"severity": "warning"}, "for": "5m"},
    }
    outcome = import_text("sloth", text(specification(alerting=alerting)))
    assert outcome.objective.runbook == "https://wiki.example/shop"
    of_slo, of_name = outcome.warned("import-dropped")
    assert of_slo.problem == "not carried over: labels, annotations, for"
    assert "ShopIsBroken" in of_name.problem


def test_the_names_of_alerts_are_told_of_once_for_all_slos(import_text) -> None:
    document = specification(alerting={"name": "First"})
    document["slos"] += [
        document["slos"][0] | {"name": f"other-{number}", "alerting": {"name": f"Other{number}"}} for number in range(5)
    ]
    [warning] = import_text("sloth", text(document)).warned("import-dropped")
    assert "First, Other0, Other1 and 3 more" in warning.problem
    assert warning.field == "slos[0].alerting.name"


# ---------------------------------------------------------------- alerts


@pytest.mark.parametrize(("disabled", "left"), [("page_alert", Severity.TICKET), ("ticket_alert", Severity.PAGE)])
def test_a_disabled_alert_leaves_the_other_as_it_is_by_default(import_text, disabled, left) -> None:
    outcome = import_text("sloth", text(specification(alerting={disabled: {"disable": True}})))
    usual = {alert.name: alert for alert in multi_window_alerts(30 * DAY) if alert.severity is left}
    alerts = {alert.name: alert for alert in outcome.objective.alerts}
    assert set(alerts) == set(usual)
    for name, alert in alerts.items():
        same = ("severity", "threshold", "long_minutes", "short_minutes", "min_bad", "confidence")
        assert [getattr(alert, field) for field in same] == [getattr(usual[name], field) for field in same]


def test_with_both_alerts_disabled_there_are_none(import_text) -> None:
    alerting = {"page_alert": {"disable": True}, "ticket_alert": {"disable": True}}
    assert import_text("sloth", text(specification(alerting=alerting))).objective.alerts == ()


def test_slos_of_a_service_share_their_alert_policies(import_text) -> None:
    document = specification(alerting={"page_alert": {"disable": True}})
    document["slos"].append(document["slos"][0] | {"name": "other"})
    outcome = import_text("sloth", text(document))
    assert outcome.files["shop.yaml"].count("kind: AlertPolicy\n") == 2
    assert [len(objective.alerts) for objective in outcome.declaration.objectives] == [2, 2]


WINDOWS = """
sloPeriod: 7d
page:
  quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
  slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
ticket:
  quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
  slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
"""
VERSIONED = f"version: alertWindows/v1{WINDOWS}"
AS_A_KIND = f"apiVersion: sloth.slok.dev/v1\nkind: AlertWindows\nspec:{WINDOWS.replace(chr(10), chr(10) + '  ')}\n"


@pytest.mark.parametrize("windows", [VERSIONED, AS_A_KIND], ids=["version", "kind"])
def test_alert_windows_become_alert_policies(import_text, windows) -> None:
    outcome = import_text("sloth", text(specification()), windows, window_minutes=7 * DAY)
    found = [
        (alert.severity.value, alert.long_minutes, alert.short_minutes, alert.threshold)
        for alert in outcome.objective.alerts
    ]
    # Sloth's factor is the share of the budget times the period, over the long window.
    assert found == [
        ("page", 60, 5, pytest.approx(0.08 * 168)),
        ("page", 360, 30, pytest.approx(0.125 * 28)),
        ("ticket", 1440, 120, pytest.approx(0.2 * 7)),
        ("ticket", 4320, 360, pytest.approx(0.42 * 7 / 3)),
    ]


def test_alert_windows_alone_are_nothing_to_import(import_text) -> None:
    assert import_text("sloth", VERSIONED, window_minutes=7 * DAY).one_error().code == "file-empty"


def test_alert_windows_of_another_period_are_not_used_and_said(import_text) -> None:
    outcome = import_text("sloth", text(specification()), VERSIONED)
    assert outcome.objective.alerts == multi_window_alerts(30 * DAY)
    [warning] = outcome.warned("import-dropped")
    assert "--window 7d" in warning.remedy


# ---------------------------------------------------------------- broken


def broken(path: str, value: Any = None, *, remove: bool = False) -> dict[str, Any]:
    document = specification()
    inner: Any = document
    *parents, last = path.split(".")
    for step in parents:
        inner = inner[int(step)] if isinstance(inner, list) else inner[step]
    if remove:
        del inner[last]
    else:
        inner[last] = value
    return document


MISSPELT = {
    "page alert in camelCase, as Sloth's own fixtures have it": ("slos.0.alerting.pageAlert", {}, "'page_alert'"),
    "error query in camelCase": ("slos.0.sli.events.errorQuery", "x", "'error_query'"),
    "a label too many letters": ("slos.0.lables", {}, "'labels'"),
    "objectives": ("slos.0.objectiv", 1, "'objective'"),
    "at the top": ("slo", [], "'slos'"),
}


@pytest.mark.parametrize(("path", "value", "near"), MISSPELT.values(), ids=MISSPELT.keys())
def test_a_misspelt_key_is_an_error_that_names_the_nearest(import_text, path, value, near) -> None:
    error = import_text("sloth", text(broken(path, value))).one_error()
    assert error.code == "field-unknown"
    assert near in error.remedy
    assert error.location.line > 1 or path == "slo"


WRONG = {
    "no version": (broken("version", remove=True), "kind-unknown"),
    "another version": (broken("version", "prometheus/v2"), "kind-unknown"),
    "no service": (broken("service", remove=True), "field-missing"),
    "a service without letters": (broken("service", "---"), "value-wrong"),
    "no SLOs": (broken("slos", []), "value-wrong"),
    "SLOs that are no list": (broken("slos", {"a": 1}), "type-wrong"),
    "no name": (broken("slos.0.name", remove=True), "field-missing"),
    "an empty name": (broken("slos.0.name", ""), "value-wrong"),
    "no objective": (broken("slos.0.objective", remove=True), "field-missing"),
    "objective as text": (broken("slos.0.objective", "99.9"), "type-wrong"),
    "objective 100": (broken("slos.0.objective", 100), "target-impossible"),
    "objective 0": (broken("slos.0.objective", 0), "target-impossible"),
    "objective above 100": (broken("slos.0.objective", 101), "target-impossible"),
    "objective below 0": (broken("slos.0.objective", -1), "target-impossible"),
    "no sli": (broken("slos.0.sli", remove=True), "field-missing"),
    "an empty sli": (broken("slos.0.sli", {}), "contradiction"),
    "two slis": (
        broken("slos.0.sli.raw", {"error_ratio_query": "a[{{.window}}]"}),
        "contradiction",
    ),
    "no error query": (broken("slos.0.sli.events.error_query", remove=True), "field-missing"),
    "no total query": (broken("slos.0.sli.events.total_query", remove=True), "field-missing"),
    "an error query that is no text": (broken("slos.0.sli.events.error_query", 5), "type-wrong"),
    "an empty error query": (broken("slos.0.sli.events.error_query", ""), "query-wrong"),
    "an error query that is no PromQL": (
        broken("slos.0.sli.events.error_query", "sum(rate(x[{{.window}}])"),
        "query-wrong",
    ),
    "another template": (broken("slos.0.sli.events.error_query", "sum(rate(x[{{.windows}}]))"), "query-wrong"),
    "no window in a query": (broken("slos.0.sli.events.error_query", "sum(rate(x[5m]))"), "query-window"),
    "equal queries": (broken("slos.0.sli.events.error_query", TOTAL), "contradiction"),
    "a plugin": (broken("slos.0.sli", {"plugin": {"id": "sloth-common/kubernetes/apiserver"}}), "import-unsupported"),
    "labels that are no text": (broken("labels", {"a": 1}), "type-wrong"),
    "disable as text": (broken("slos.0.alerting.page_alert", {"disable": "yes"}), "type-wrong"),
}


@pytest.mark.parametrize(("document", "code"), WRONG.values(), ids=WRONG.keys())
def test_what_is_wrong_is_an_error_with_its_place_and_nothing_is_made(import_text, document, code) -> None:
    outcome = import_text("sloth", text(document))
    error = outcome.one_error()
    assert error.code == code
    assert error.location.line >= 1
    assert error.remedy
    assert not outcome.files


def test_every_mistake_is_told_at_once(import_text) -> None:
    document = broken("slos.0.sli.events", {"error_query": "sum(", "total_query": "sum(rate(x[5m]))"})
    document["slos"][0]["objective"] = 100
    codes = sorted(error.code for error in import_text("sloth", text(document)).errors)
    assert codes == ["query-window", "query-wrong", "target-impossible"]


def test_two_slos_of_one_name_are_refused_also_across_files(import_text) -> None:
    error = import_text("sloth", text(specification()), text(specification())).one_error()
    assert error.code == "reference-ambiguous"
    assert "0.yaml:" in error.problem


def test_two_services_that_would_have_one_name_are_refused(import_text) -> None:
    other = text(broken("service", "Shop"))
    error = import_text("sloth", text(specification()), other).one_error()
    assert error.code == "reference-ambiguous"
    assert "'shop' and 'Shop'" in error.problem


def test_a_name_that_ours_may_not_have_is_changed_and_said(import_text) -> None:
    outcome = import_text("sloth", text(specification(name="Requests_Availability.v2")))
    assert outcome.objective.name == "shop-requests-availability-v2"
    assert outcome.objective.display_name == "Requests_Availability.v2"
    assert outcome.warned("import-renamed")


def test_names_that_are_too_long_stay_different(import_text) -> None:
    document = specification(name="a" * 80 + "1")
    document["slos"].append(document["slos"][0] | {"name": "a" * 80 + "2"})
    outcome = import_text("sloth", text(document))
    names = [objective.name for objective in outcome.declaration.objectives]
    assert len(set(names)) == len(outcome.warned("import-renamed")) == 2
    assert all(len(name) <= 63 for name in names)


def test_what_our_own_reader_finds_is_told_at_the_place_in_the_original(import_text) -> None:
    outcome = import_text("sloth", text(specification(objective=80)))
    [warning] = outcome.warned("never-fires")[:1]
    assert warning.location.file.endswith("0.yaml")
    assert warning.field == "slos[0]"


@pytest.mark.parametrize(
    ("version", "word"),
    [
        ("apiVersion: openslo/v1alpha", "import openslo"),
        ("apiVersion: openslo/v1", "needs no import"),
        ("apiVersion: pyrra.dev/v1alpha1", "import pyrra"),
        ("apiVersion: covet-sre/v1", "already"),
        ("groups: []", "prometheus/v1"),
    ],
)
def test_another_tools_file_is_named_as_such(import_text, version, word) -> None:
    error = import_text("sloth", f"{version}\nkind: X\n").one_error()
    assert error.code == "kind-unknown"
    assert word in error.remedy


def test_a_plugin_chain_is_told_of(import_text) -> None:
    document = specification(plugins={"chain": [{"id": "sloth.dev/contrib/x/v1", "config": {"a": 1}, "priority": 5}]})
    document["slo_plugins"] = {"overridePrevious": True, "chain": [{"id": "sloth.dev/core/y/v1"}]}
    warnings = import_text("sloth", text(document)).warned("import-dropped")
    assert [
        "'sloth.dev/contrib/x/v1'" in each.problem or "'sloth.dev/core/y/v1'" in each.problem for each in warnings
    ] == [True, True]


def test_rule_intervals_and_info_labels_are_told_of(import_text) -> None:
    document = specification(interval={"all": "1m"}, infoLabels={"a": "b"})
    assert len(import_text("sloth", text(document)).warned("import-dropped")) == 2
