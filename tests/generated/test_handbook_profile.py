"""`--profile handbook` gives the handbook's own expressions, and says what it has no words for."""

import re

import promql_parser
import pytest

from covet_sre.integrations.prometheus.rules import HANDBOOK
from tests.generated.declared import declared, handbook, slo
from tests.generated.test_rules import alert, rules

#: As the handbook prints them.
RECORDED = {
    "covet:sli_api_availability_rate5m": """
      (
        sum(rate(http_requests_total{job="covet", code!~"5.."}[5m]))
        /
        sum(rate(http_requests_total{job="covet"}[5m]))
      )""",
    "covet:sli_api_availability_rate30d": "avg_over_time(covet:sli_api_availability_rate5m[30d])",
    "covet:sli_api_latency_p95_5m": """
      histogram_quantile(0.95,
        sum(rate(http_request_duration_seconds_bucket{job="covet"}[5m])) by (le)
      )""",
    "covet:sli_db_latency_p99_5m": """
      histogram_quantile(0.99,
        sum(rate(db_query_duration_seconds_bucket{job="covet"}[5m])) by (le)
      )""",
}
ALERTS = {
    "APIErrorBudgetHigh": ("(1 - covet:sli_api_availability_rate30d) > 0.0005", "5m", "warning"),
    "APIErrorBudgetCritical": ("(1 - covet:sli_api_availability_rate30d) > 0.0009", "1m", "critical"),
    "APILatencyHigh": ("covet:sli_api_latency_p95_5m > 0.75", None, "warning"),
}


def normal(expression: str) -> str:
    """As Prometheus' grammar prints it, outer parentheses and the order of matchers apart."""
    parsed = promql_parser.parse(expression)
    while isinstance(parsed, promql_parser.ParenExpr):
        parsed = parsed.expr
    text = re.sub(r"\((1 - [\w:]+)\)", r"\1", parsed.prettify())
    return re.sub(r"\{([^}]*)\}", lambda found: "{" + ",".join(sorted(found[1].split(","))) + "}", text)


@pytest.mark.parametrize("name", list(RECORDED))
def test_recorded_expressions_are_the_handbooks(name: str) -> None:
    (found,) = [rule["expr"] for rule in rules(HANDBOOK, handbook()) if rule.get("record") == name]
    assert normal(found) == normal(RECORDED[name])


@pytest.mark.parametrize("name", list(ALERTS))
def test_alerts_are_the_handbooks(name: str) -> None:
    expression, wait, severity = ALERTS[name]
    found = alert(handbook(), name, HANDBOOK)
    assert normal(found["expr"]) == normal(expression)
    assert found.get("for") == wait
    assert found["labels"] == {"severity": severity, "service": "api"}


def test_the_annotation_prints_the_share_of_the_budget_and_not_the_error_ratio() -> None:
    description = alert(handbook(), "APIErrorBudgetHigh", HANDBOOK)["annotations"]["description"]
    assert "(1 - covet:sli_api_availability_rate30d) / 0.001" in description
    assert description.endswith("consumed")


def test_a_single_window_of_another_length_is_an_average_too() -> None:
    found = {rule.get("record"): rule["expr"] for rule in rules(HANDBOOK, handbook())}
    assert found["covet:sli_jobs_within_sla_rate1h"] == "avg_over_time(covet:sli_jobs_within_sla_rate5m[1h])"
    assert normal(alert(handbook(), "JobsLate", HANDBOOK)["expr"]) == normal(
        "1 - covet:sli_jobs_within_sla_rate1h > 0.1"
    )


def test_what_the_handbook_has_no_words_for_is_remarked() -> None:
    query = "{ratioMetric: {rawType: failure, raw: {metricSource: {spec: {query: 'failing_share'}}}, counter: false}}"
    remarks = HANDBOOK.generate(declared(slo("raw", query))).remarks
    assert [(remark.code, remark.field) for remark in remarks] == [("target-cannot", "raw indicator")]


def test_weighting_by_time_is_an_average_of_ratios_in_our_profile_too() -> None:
    from covet_sre.integrations.prometheus.rules import RULES

    by_time = declared(slo("shop-availability", annotations='covet-sre/weighting: "time"'))
    found = {rule["record"]: rule["expr"] for rule in rules(RULES, by_time) if "record" in rule}
    labels = '{service="shop",slo="shop-availability"}'
    literal = f"avg_over_time(covet:sli_shop_availability_rate5m{labels}[30d])"
    assert found["covet:sli_shop_availability_rate30d"] == literal
    assert found["covet:slo_period_error_ratio"] == f"1 - covet:sli_shop_availability_rate30d{labels}"
