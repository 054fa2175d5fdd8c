"""Generated rules: what Prometheus loads, what they are called, and that no text of a user runs in them."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.flows.declaration import Declaration
from covet_sre.flows.generating import Generator
from covet_sre.integrations.grafana import GRAFANA
from covet_sre.integrations.prometheus.rules import HANDBOOK, OPERATOR, RULES
from covet_sre.integrations.prometheus.rules.document import groups_text
from covet_sre.integrations.prometheus.rules.objectives import RuleTexts, groups, subject_of
from covet_sre.slo.burn import BurnAlert, Severity
from covet_sre.slo.indicator import Comparison, CounterRatio, Matcher, MatchOp, QueryRatio, Selector
from tests.generated.declared import QUERIES, declared, every_kind, handbook, slo


def written(generator: Generator, declaration: Declaration, folder: Path) -> list[Path]:
    paths: list[Path] = []
    for name, text in generator.generate(declaration).files.items():
        paths.append(folder / name)
        paths[-1].write_text(text)
    return paths


def loaded(generator: Generator, declaration: Declaration) -> dict[str, Any]:
    return {name: yaml.safe_load(text) for name, text in generator.generate(declaration).files.items()}


def rules(generator: Generator, declaration: Declaration) -> Iterator[dict[str, Any]]:
    for document in loaded(generator, declaration).values():
        for group in (document.get("spec") or document)["groups"]:
            yield from group["rules"]


def alert(declaration: Declaration, name: str, generator: Generator = RULES) -> dict[str, Any]:
    found = [rule for rule in rules(generator, declaration) if rule.get("alert") == name]
    assert len(found) == 1, name
    return found[0]


@pytest.mark.prometheus
@pytest.mark.parametrize("declaration", [handbook(), every_kind()], ids=["the handbook", "every kind"])
@pytest.mark.parametrize("generator", [RULES, HANDBOOK], ids=["our profile", "the handbook's profile"])
def test_promtool_accepts_them(declaration: Declaration, generator: Generator, tmp_path: Path) -> None:
    paths = written(generator, declaration, tmp_path)
    assert paths
    done = subprocess.run(["promtool", "check", "rules", *paths], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("generator", [RULES, HANDBOOK, OPERATOR], ids=["ours", "handbook", "operator"])
def test_every_expression_is_promql_and_every_name_is_unique_for_its_labels(generator: Generator) -> None:
    seen: set[tuple[object, ...]] = set()
    for rule in (*rules(generator, handbook()), *rules(generator, every_kind())):
        promql_parser.parse(rule["expr"])
        assert not re.search(r"\d[eE][-+]?\d|\d\.\d{16}", rule["expr"]), "decimals, not float noise"
        identity = (rule.get("record") or rule.get("alert"), *sorted((rule.get("labels") or {}).items()))
        assert identity not in seen
        seen.add(identity)
    assert len(seen) > 10


def test_the_handbooks_names_come_out() -> None:
    names = {rule.get("record") or rule.get("alert") for rule in rules(RULES, handbook())}
    assert names >= {
        "covet:sli_api_availability_rate5m",
        "covet:sli_api_availability_rate30d",
        "covet:sli_api_latency_p95_5m",
        "covet:sli_db_latency_p99_5m",
        "APIErrorBudgetHigh",
        "APIErrorBudgetCritical",
    }
    high, critical = (alert(handbook(), name) for name in ("APIErrorBudgetHigh", "APIErrorBudgetCritical"))
    assert (high["labels"]["severity"], high["labels"]["service"], high["for"]) == ("warning", "api", "5m")
    assert (critical["labels"]["severity"], critical["labels"]["service"], critical["for"]) == ("critical", "api", "1m")
    assert high["expr"].endswith("> 0.0005")
    assert critical["expr"].endswith("> 0.0009")


def test_each_pair_of_windows_has_an_alert_that_is_named_for_it() -> None:
    found = {
        rule["alert"]: set(re.findall(r"_rate(\w+)\{", rule["expr"]))
        for rule in rules(RULES, declared(slo("availability")))
        if "alert" in rule and rule["alert"].startswith("ErrorBudgetBurn")
    }
    assert found == {
        "ErrorBudgetBurn1h": {"1h", "5m"},
        "ErrorBudgetBurn6h": {"6h", "30m"},
        "ErrorBudgetBurn1d": {"1d", "2h"},
        "ErrorBudgetBurn3d": {"3d", "6h"},
    }


def test_every_longer_window_is_derived_from_what_is_recorded_once() -> None:
    raw = [
        rule["record"]
        for rule in rules(RULES, declared(slo("availability")))
        if "record" in rule and "requests_total" in rule["expr"]
    ]
    assert raw == ["covet:slo_errors_increase5m", "covet:slo_events_increase5m"]


@pytest.mark.parametrize("generator", [RULES, HANDBOOK, OPERATOR], ids=["ours", "handbook", "operator"])
def test_the_same_files_give_the_same_bytes(generator: Generator) -> None:
    assert generator.generate(every_kind()) == generator.generate(every_kind())


def test_a_calendar_and_labels_that_cannot_be_said_are_remarked() -> None:
    remarks = {(remark.code, remark.field): remark.problem for remark in RULES.generate(every_kind()).remarks}
    assert "no calendar" in remarks["target-cannot", "by-calendar timeWindow"]
    assert "severity" in remarks["target-cannot", "labelled metadata.labels"]
    labels = [rule["labels"] for rule in rules(RULES, every_kind()) if rule.get("labels", {}).get("slo") == "labelled"]
    assert {one.get("app_kubernetes_io_name") for one in labels if "severity" in one} == {"shop"}


# ---------------------------------------------------------------- hostile text


_TRICKY = "{}\"'`\\\n\r\t:#$-|>&*!%@ \ue000\ue001\x00\x85\u2028\ufeff\ufffe"
HOSTILE = st.text(
    alphabet=st.one_of(
        st.sampled_from("{}\"'`\\\n\r\t:#$-|>&*!%@ \ue000\ue001\x00\x85\u2028\ufeff\ufffe"),
        st.characters(codec="utf-8"),
    ),
    min_size=1,
    max_size=30,
)


def with_texts(title: str, description: str, label: str, value: str) -> Declaration:
    """An objective with these texts, put in behind the reader's back."""
    declaration = declared(slo("availability"))
    (objective,) = declaration.objectives
    total = Selector("requests_total", (Matcher("path", MatchOp.EQUAL, value),))
    bad = Selector("requests_total", (*total.matchers, Matcher("code", MatchOp.EQUAL, "500")))
    alerts = (BurnAlert("Mine", Severity.PAGE, 2.0, 60, description=description), *objective.alerts)
    changed = replace(
        objective,
        display_name=title,
        alerts=alerts,
        labels=(("team", label),),
        indicator=CounterRatio("prometheus", total, None, bad),
    )
    return replace(declaration, objectives=(changed,))


@settings(max_examples=200, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_no_text_breaks_out_of_its_place(title: str, description: str, label: str, value: str) -> None:
    every = rules(RULES, with_texts(title, description, label, value))
    found = {rule.get("record") or rule.get("alert"): rule for rule in every}
    mine, burn = found["Mine"], found["ErrorBudgetBurn1h"]
    assert shown(mine["annotations"]["summary"]) == description
    assert shown(mine["labels"]["team"]) == label
    assert shown(burn["annotations"]["summary"]) == f"{title} burns its error budget 14.4 times too fast"
    assert found["covet:slo_info"]["labels"]["title"] == title
    inside = re.fullmatch(
        r"sum\(increase\((.*)\[5m\]\)\) < \+Inf", found["covet:slo_events_increase5m"]["expr"], re.DOTALL
    )
    assert inside is not None
    parsed = promql_parser.parse(inside[1])
    assert isinstance(parsed, promql_parser.VectorSelector)
    assert [matcher.value for matcher in parsed.matchers.matchers] == [value]


def shown(template: str) -> str:
    """What Go's templates make of text in which nothing but string literals is run."""

    def literal(found: re.Match[str]) -> str:
        return found[1].replace("\\ue000", "\ue000")

    text = re.sub(r'\{\{ "((?:\{\{|\\ue000))" \}\}', literal, template)
    assert re.sub(r'\{\{ "(?:\{\{|\\ue000)" \}\}', "", template).count("{{") == 0
    return text


@pytest.mark.prometheus
def test_a_title_that_is_a_template_is_shown_and_not_run(tmp_path: Path) -> None:
    """Asked of Prometheus itself: promtool compares the annotation that it rendered."""
    title = "{{ $externalURL }} `{{` \ue000"
    declaration = with_texts(title, title, "{{ $value }}", "/a")
    (path,) = written(RULES, declaration, tmp_path)
    test = tmp_path / "title.test.yaml"
    series = [
        {"series": 'requests_total{path="/a",code="500"}', "values": "0+10x120"},
        {"series": 'requests_total{path="/a",code="200"}', "values": "0+10x120"},
    ]
    labels = {"severity": "critical", "service": "shop", "slo": "availability", "team": "{{ $value }}"}
    annotations = {"summary": title, "description": rendered(alert(declaration, "Mine")["annotations"]["description"])}
    expected = [{"exp_labels": labels, "exp_annotations": annotations}]
    document = {
        "rule_files": [path.name],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": series,
                "alert_rule_test": [{"eval_time": "100m", "alertname": "Mine", "exp_alerts": expected}],
            }
        ],
    }
    test.write_text(yaml.safe_dump(document, allow_unicode=True))
    done = subprocess.run(["promtool", "test", "rules", test.name], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def rendered(description: str) -> str:
    """Half of the events were bad, and the whole budget is far overspent."""
    text = description.replace("{{ $value | humanizePercentage }}", "50%")
    return re.sub(r"\{\{ with query.*\{\{ end \}\}", "-4.99e+04%", text)


# ---------------------------------------------------------------- templates


def test_filled_templates_say_what_direct_rules_say() -> None:
    """Rules that share a template are those that each objective would get by itself."""
    for declaration in (handbook(), every_kind()):
        texts = RuleTexts()
        for objective in declaration.objectives:
            labels = RuleTexts()._alert_labels(objective)
            direct = groups_text(groups(subject_of(objective, labels), str(objective.budget_window)))
            assert texts.of(objective) == direct, objective.name


def test_a_mark_of_the_templates_in_a_query_is_only_text() -> None:
    query = 'sum(increase(calls_total{path="\ue000slo\ue001"}[{{window}}]))'
    marked = declared(slo("marked", QUERIES)).objectives[0]
    indicator = QueryRatio("prometheus", query, None, query)
    first, second = (replace(marked, indicator=indicator, name=name) for name in ("first", "second"))
    texts = RuleTexts()
    assert texts.of(first).count("\ue000slo\ue001") == texts.of(second).count("\ue000slo\ue001") > 0


@settings(max_examples=60, deadline=None)
@given(
    threshold=st.floats(0.01, 500).map(lambda value: float(f"{value:.4g}")),
    long=st.integers(1, 60_000),
    short=st.one_of(st.none(), st.integers(1, 5000)),
    op=st.sampled_from(list(Comparison)),
    for_minutes=st.integers(0, 90),
    min_bad=st.integers(0, 9),
    confidence=st.one_of(st.none(), st.sampled_from([0.5, 0.9, 0.95, 0.999])),
)
def test_any_alert_that_the_files_can_declare_becomes_promql(
    threshold: float,
    long: int,
    short: int | None,
    op: Comparison,
    for_minutes: int,
    min_bad: int,
    confidence: float | None,
) -> None:
    declaration = declared(slo("availability"))
    mine = BurnAlert("Mine", Severity.PAGE, threshold, long, short, op, for_minutes, None, min_bad, confidence)
    objective = replace(declaration.objectives[0], alerts=(mine,))
    changed = replace(declaration, objectives=(objective,))
    rule = alert(changed, "Mine")
    promql_parser.parse(rule["expr"])
    asked = set(re.findall(r"covet:\w+", rule["expr"]))
    assert asked <= {each["record"] for each in rules(RULES, changed) if "record" in each}, (
        "what it asks for is recorded"
    )


# ---------------------------------------------------------------- the operator


def test_a_prometheusrule_has_just_what_its_published_definition_allows() -> None:
    """Contract-tested: the fields of the definition of monitoring.coreos.com/v1, of groups and of rules."""
    for name, document in loaded(OPERATOR, handbook()).items():
        assert name.endswith(".prometheusrule.yaml")
        assert (document["apiVersion"], document["kind"]) == ("monitoring.coreos.com/v1", "PrometheusRule")
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", document["metadata"]["name"])
        assert set(document) == {"apiVersion", "kind", "metadata", "spec"}
        names = [group["name"] for group in document["spec"]["groups"]]
        assert len(names) == len(set(names))
        for group in document["spec"]["groups"]:
            assert set(group) == {"name", "interval", "rules"}
            assert re.fullmatch(r"\d+[mh]", group["interval"])
            for rule in group["rules"]:
                assert set(rule) - {"for", "labels", "annotations"} in ({"record", "expr"}, {"alert", "expr"})
                assert all(isinstance(value, str) for value in (*rule.get("labels", {}).values(), rule["expr"]))


def test_the_operators_groups_are_those_of_the_rule_files() -> None:
    plain = {name.split(".")[0]: document["groups"] for name, document in loaded(RULES, every_kind()).items()}
    wrapped = {
        name.split(".")[0]: document["spec"]["groups"] for name, document in loaded(OPERATOR, every_kind()).items()
    }
    assert plain == wrapped


# ---------------------------------------------------------------- who asks for what is recorded


def test_dashboards_ask_for_nothing_that_the_rules_do_not_record() -> None:
    for declaration in (handbook(), every_kind()):
        recorded = {rule["record"] for rule in rules(RULES, declaration) if "record" in rule}
        for text in GRAFANA.generate(declaration).files.values():
            asked = set(re.findall(r"covet:\w+", text))
            assert len(asked) > 3
            assert asked <= recorded
