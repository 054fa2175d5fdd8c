"""What `generate sloth` writes: the same objectives for Sloth, and a remark for each thing that it cannot say."""

from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

from covet_sre.flows.declaration import Declaration
from covet_sre.slo.indicator import CounterRatio, QueryRatio
from covet_sre.spec import read_documents, read_paths
from covet_sre.spec.exporting.sloth import SLOTH
from covet_sre.spec.findings import Findings
from covet_sre.spec.importing.collection import Collection, ImportSettings
from covet_sre.spec.importing.sloth import import_sloth
from covet_sre.spec.yaml_documents import read_yaml

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "covetpy" / "reliability"
BASE = """\
apiVersion: openslo/v1
kind: Service
metadata: {name: api}
spec: {}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: prometheus}
spec: {type: prometheus, connectionDetails: {url: 'http://127.0.0.1:9090'}}
---
"""
BAD = {"bad": "errors_total", "total": "requests_total"}
GOOD = {"good": 's_bucket{le="0.5"}', "total": "s_count"}
EXPRESSIONS = {"bad": "sum(increase(a[{{window}}]))", "total": "sum(increase(b[{{window}}]))"}
OF_GOOD = {"good": "sum(increase(a[{{window}}]))", "total": "sum(increase(b[{{window}}]))"}


def ratio(queries: dict[str, str], **fields: Any) -> dict[str, Any]:
    parts = {name: {"metricSource": {"spec": {"query": query}}} for name, query in queries.items()}
    return {"ratioMetric": {"counter": "[" not in str(queries), **fields, **parts}}


def declared(sli: dict[str, Any], objective: dict[str, Any] | None = None, **changes: Any) -> Declaration:
    spec = {
        "service": "api",
        "indicator": {"metadata": {"name": "x"}, "spec": sli},
        "budgetingMethod": "Occurrences",
        "timeWindow": [{"duration": "30d", "isRolling": True}],
        "objectives": [{"target": 0.9995} if objective is None else objective],
        **changes.get("spec", {}),
    }
    metadata = {"name": "api-slo", **changes.get("metadata", {})}
    document = {"apiVersion": "openslo/v1", "kind": "SLO", "metadata": metadata, "spec": spec}
    return read_documents({"a.yaml": BASE + yaml.safe_dump(document, sort_keys=False)})


def exported(declaration: Declaration) -> dict[str, Any]:
    """The only SLO that Sloth gets."""
    [text] = SLOTH.generate(declaration).files.values()
    specification = yaml.safe_load(text)
    assert (specification["version"], specification["service"]) == ("prometheus/v1", "api")
    [slo] = specification["slos"]
    return slo


def remarks(declaration: Declaration) -> str:
    found = SLOTH.generate(declaration).remarks
    assert all(remark.code == "target-cannot" and remark.location.line and remark.remedy for remark in found)
    return "\n".join(remark.problem for remark in found)


def test_bad_events_are_rates_over_sloths_window() -> None:
    slo = exported(declared(ratio(BAD)))
    assert slo["objective"] == 99.95
    assert slo["sli"]["events"] == {
        "error_query": "sum(rate(errors_total[{{.window}}]))",
        "total_query": "sum(rate(requests_total[{{.window}}]))",
    }


def test_good_events_are_what_is_left_of_the_total() -> None:
    events = exported(declared(ratio(GOOD)))["sli"]["events"]
    assert events["error_query"] == 'sum(rate(s_count[{{.window}}])) - sum(rate(s_bucket{le="0.5"}[{{.window}}]))'


EVERY_KIND = {
    "bad": (ratio(BAD), None),
    "good": (ratio(GOOD), None),
    "expressions": (ratio(EXPRESSIONS), None),
    "expressions of good": (ratio(OF_GOOD), None),
    "raw failure": (ratio({"raw": "avg(x)"}, rawType="failure"), None),
    "raw success": (ratio({"raw": "avg(x)"}, rawType="success"), None),
    "raw over the window": (ratio({"raw": "avg(avg_over_time(x[{{window}}]))"}, rawType="success"), None),
    "a threshold": (
        {"thresholdMetric": {"metricSource": {"spec": {"query": "max(lag)"}}}},
        {"op": "lte", "value": 0.25, "target": 0.99},
    ),
}


@pytest.mark.parametrize(("sli", "objective"), EVERY_KIND.values(), ids=EVERY_KIND.keys())
def test_every_query_is_promql_over_sloths_window(sli, objective) -> None:
    slo = exported(declared(sli, objective))
    queries = [query for kind in slo["sli"].values() for query in kind.values()]
    assert queries
    for query in queries:
        assert "{{.window}}" in query
        assert "{{window}}" not in query
        promql_parser.parse(query.replace("{{.window}}", "5m"))


def test_a_threshold_is_broken_by_the_other_side_of_its_bound() -> None:
    sli, objective = EVERY_KIND["a threshold"]
    assert exported(declared(sli, objective))["sli"]["events"] == {
        "error_query": "sum(sum_over_time(((max(lag)) > bool 0.25)[{{.window}}:1m]))",
        "total_query": "sum(count_over_time((max(lag))[{{.window}}:1m]))",
    }


@pytest.mark.parametrize("queries", [BAD, GOOD, EXPRESSIONS, OF_GOOD])
def test_what_comes_back_by_import_is_the_same(queries) -> None:
    before = declared(
        ratio(queries), metadata={"labels": {"team": "a"}, "annotations": {"covet-sre/runbook": "https://w/x"}}
    )
    into = Collection(ImportSettings("http://127.0.0.1:9090"))
    [(name, text)] = SLOTH.generate(before).files.items()
    import_sloth(read_yaml(text, name, into.findings), into)
    [after] = read_documents(into.files([])).objectives
    [objective] = before.objectives
    assert (after.target, after.window, after.labels, after.runbook) == (
        objective.target,
        objective.window,
        objective.labels,
        objective.runbook,
    )
    assert set(after.alerts) == set(objective.alerts)
    if queries in (BAD, GOOD):
        assert isinstance(objective.indicator, CounterRatio)
        assert after.indicator == objective.indicator
    else:
        assert isinstance(after.indicator, QueryRatio)


def test_the_handbooks_files_are_sound_for_our_own_import() -> None:
    generated = SLOTH.generate(read_paths([EXAMPLES]))
    assert set(generated.files) == {"api.sloth.yaml", "database.sloth.yaml", "jobs.sloth.yaml"}
    assert all(SLOTH.kind.mark in text.splitlines()[0] for text in generated.files.values())
    into = Collection(ImportSettings("http://127.0.0.1:9090"), findings=Findings())
    for name, text in generated.files.items():
        import_sloth(read_yaml(text, name, into.findings), into)
    assert into.files([])
    assert generated == SLOTH.generate(read_paths([EXAMPLES]))


# ---------------------------------------------------------------- alerts and remarks


def test_switched_off_alerts_are_disabled() -> None:
    off = declared(ratio(BAD), metadata={"annotations": {"covet-sre/burn-rate-alerts": "off"}})
    alerting = exported(off)["alerting"]
    assert (alerting["page_alert"], alerting["ticket_alert"]) == ({"disable": True}, {"disable": True})
    assert "guards" not in remarks(off)


CONDITION = {
    "kind": "AlertCondition",
    "metadata": {"name": "mine"},
    "spec": {"severity": "page", "condition": {"kind": "burnrate", "op": "gt", "threshold": 5, "lookbackWindow": "1h"}},
}
TARGET = {"kind": "AlertNotificationTarget", "metadata": {"name": "team"}, "spec": {"target": "slack"}}
POLICY = {
    "kind": "AlertPolicy",
    "metadata": {"name": "mine"},
    "spec": {"conditions": [CONDITION], "notificationTargets": [TARGET]},
}
IN_A_DEFAULTS_PLACE = {
    **POLICY,
    "spec": {
        "conditions": [{**CONDITION, "metadata": {"name": "x", "displayName": "ErrorBudgetBurn1h"}}],
        "notificationTargets": [TARGET],
    },
}
CALENDAR = {"startTime": "2026-01-01 00:00:00", "timeZone": "UTC"}
SLICES = {"target": 0.99, "timeSliceTarget": 0.9, "timeSliceWindow": "5m"}

CANNOT = {
    "guards": ({}, "guards for low traffic"),
    "another built-in period": ({"spec": {"timeWindow": [{"duration": "28d", "isRolling": True}]}}, "period 28d"),
    "another period": (
        {"spec": {"timeWindow": [{"duration": "7d", "isRolling": True}]}},
        "no alert windows of its own",
    ),
    "a short window": ({"spec": {"timeWindow": [{"duration": "1h", "isRolling": True}]}}, "compliance over 1h"),
    "a calendar": ({"spec": {"timeWindow": [{"duration": "1M", "calendar": CALENDAR}]}}, "no calendar windows"),
    "slices": ({"spec": {"budgetingMethod": "Timeslices", "objectives": [SLICES]}}, "no time slices"),
    "an alert of our own": ({"spec": {"alertPolicies": [POLICY]}}, "Mine is left out"),
    "one of a pair": ({"spec": {"alertPolicies": [IN_A_DEFAULTS_PLACE]}}, "stands for both pairs"),
    "a breakdown": ({"metadata": {"annotations": {"covet-sre/breakdown": "route"}}}, "who spent the budget"),
    "a name of one character": ({"metadata": {"name": "a"}}, "single character"),
    "labels": ({"metadata": {"labels": {"a.b": "c", "two": ["x", "y"]}}}, "a.b, two"),
}


@pytest.mark.parametrize(("changes", "words"), CANNOT.values(), ids=CANNOT.keys())
def test_what_sloth_cannot_express_is_remarked(changes, words) -> None:
    assert words in remarks(declared(ratio(BAD), **changes))


def test_an_objective_of_zero_is_left_out_with_a_remark() -> None:
    declaration = declared(ratio(BAD), {"target": 0})
    assert not SLOTH.generate(declaration).files
    assert "0 %" in remarks(declaration)


def test_scraped_sources_and_several_sources_are_remarked() -> None:
    assert "scraped by Covet SRE itself" in remarks(read_paths([EXAMPLES]))
