"""Reliability files against what a Prometheus has: each mismatch with the remedy that mends it."""

import pytest

from covet_sre.errors import Level
from covet_sre.spec.against_metrics import MetricFacts, judge, uses

METRIC = "http_requests_total"
BAD = 'http_requests_total{code=~"5..",job="covet"}'
TOTAL = 'http_requests_total{job="covet"}'
RATIO = "SLI.spec.ratioMetric"


def series(**labels):
    return [{"job": "covet", "instance": "a", **labels}]


GOOD_SERIES = [
    {"job": "covet", "method": "GET", "route": route, "code": code}
    for route in ("/orders", "/orders/{id}")
    for code in ("200", "404", "500")
]


@pytest.fixture
def counting(files):
    """The files over `http_requests_total`."""
    files.change(f"{RATIO}.bad.metricSource.spec.query", BAD)
    return files.change(f"{RATIO}.total.metricSource.spec.query", TOTAL)


def facts(by_metric, **more):
    values = {"names": sorted(by_metric), "series": by_metric, "sums": {}, "kinds": {}, **more}
    return MetricFacts(**values)


def judged(files, known):
    return judge(files.read(), known)


def test_files_that_fit_have_no_findings(counting):
    known = facts(
        {METRIC: GOOD_SERIES}, sums={BAD: 5.0, TOTAL: 100.0}, kinds={METRIC: "counter"}, retention_minutes=43200
    )
    assert judged(counting, known) == []


def test_a_metric_that_is_missing_gets_the_nearest_names(counting):
    found = judged(counting, facts({"http_request_total": [], "up": []}))
    assert {finding.code for finding in found} == {"metric-missing"}
    assert found[0].problem == "there is no metric http_requests_total"
    assert found[0].remedy == "did you mean http_request_total?"
    assert found[0].location.line > 0


def test_the_suffix_of_a_counter_is_tried_first(counting):
    found = judged(counting, facts({"http_requests": [], "http_requests_totals": []}))
    assert found[0].remedy.startswith("did you mean http_requests or ")


def test_a_label_that_is_missing_gets_the_one_whose_values_look_alike(counting):
    known = [{"job": "covet", "status": code, "endpoint": "/"} for code in ("200", "404", "503")]
    found = judged(counting, facts({METRIC: known}))
    assert [finding.code for finding in found] == ["label-missing"]
    assert found[0].problem == "no series of http_requests_total has a label 'code'"
    assert found[0].remedy == "'status' looks alike (values: 200, 404, 503): write status=~\"5..\""


def test_a_label_that_looks_alike_by_name_is_found_before_anything_went_wrong(counting):
    known = [{"job": "covet", "status": "200", "size": "500"}]
    (finding,) = judged(counting, facts({METRIC: known}))
    assert "'status' looks alike" in finding.remedy or "'size' looks alike" in finding.remedy
    (finding,) = judged(counting, facts({METRIC: [{"job": "covet", "status": "200"}]}))
    assert finding.remedy == "'status' looks alike (values: 200): write status=~\"5..\""


def test_a_negative_matcher_on_a_missing_label_would_call_everything_good(counting):
    ratio = counting.documents["SLI"]["spec"]["ratioMetric"]
    del ratio["bad"]
    ratio["good"] = {"metricSource": {"spec": {"query": 'http_requests_total{job="covet",code!~"5.."}'}}}
    (finding,) = judged(counting, facts({METRIC: [{"job": "covet", "status": "500"}]}))
    assert (finding.level, finding.code) == (Level.ERROR, "label-missing")
    assert 'status!~"5.."' in finding.remedy


def test_series_without_a_label_can_be_asked_for(counting):
    counting.change(f"{RATIO}.total.metricSource.spec.query", 'http_requests_total{canary=""}')
    assert judged(counting, facts({METRIC: GOOD_SERIES})) == []


def test_errors_that_never_happened_are_a_warning_and_missing_totals_an_error(counting):
    known = [{"job": "covet", "code": "200"}]
    (finding,) = judged(counting, facts({METRIC: known}))
    assert (finding.level, finding.code) == (Level.WARNING, "value-missing")
    found = judged(counting, facts({METRIC: [{"job": "cowet", "code": "500"}]}))
    assert [finding.level for finding in found] == [Level.ERROR, Level.WARNING]
    assert found[0].remedy == 'did you mean job="cowet"?'


def test_matchers_that_match_alone_but_not_together(counting):
    known = [{"job": "covet", "code": "200"}, {"job": "other", "code": "500"}]
    (finding,) = judged(counting, facts({METRIC: known}))
    assert finding.code == "series-missing"


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        (["0.1", "0.25", "0.75", "1.0", "+Inf"], "the nearest: 0.1, 0.25, 0.75, 1.0"),
        (["0.50", "1"], 'there it is written le="0.50"'),
    ],
)
def test_a_bound_that_is_no_bucket_gets_the_nearest(counting, bounds, words):
    ratio = counting.documents["SLI"]["spec"]["ratioMetric"]
    del ratio["bad"]
    ratio["good"] = {"metricSource": {"spec": {"query": 'seconds_bucket{le="0.5"}'}}}
    ratio["total"] = {"metricSource": {"spec": {"query": "seconds_count"}}}
    known = {"seconds_bucket": [{"le": bound} for bound in bounds], "seconds_count": [{}]}
    (finding,) = judged(counting, facts(known))
    assert (finding.level, finding.code) == (Level.ERROR, "bound-missing")
    assert words in finding.remedy


@pytest.mark.parametrize("label", ["endpoint", "path", "route"])
def test_raw_paths_as_label_values_are_warned_of(counting, label):
    known = [{"job": "covet", "code": "500", label: f"/orders/{number}"} for number in range(3)]
    (finding,) = judged(counting, facts({METRIC: known}))
    assert (finding.level, finding.code) == (Level.WARNING, "label-raw-path")
    assert "3 of /orders/*" in finding.problem


def test_route_templates_are_no_raw_paths(counting):
    known = [{"job": "covet", "code": "500", "route": route} for route in ("/v1/a", "/v2/a", "/a/{id}", "/a/1")]
    assert judged(counting, facts({METRIC: known})) == []


def test_a_gauge_is_no_counter(counting):
    found = judged(counting, facts({METRIC: GOOD_SERIES}, kinds={METRIC: "gauge"}))
    assert {finding.code for finding in found} == {"metric-kind"}


def test_a_part_above_its_total_is_an_error(counting):
    found = judged(counting, facts({METRIC: GOOD_SERIES}, sums={BAD: 120.0, TOTAL: 100.0}))
    assert [finding.code for finding in found] == ["part-above-total"]
    # One scrape apart is no mistake.
    assert judged(counting, facts({METRIC: GOOD_SERIES}, sums={BAD: 100.5, TOTAL: 100.0})) == []


def test_a_retention_shorter_than_the_budgets_window_is_warned_of(counting):
    (finding,) = judged(counting, facts({METRIC: GOOD_SERIES}, retention_minutes=15 * 1440))
    assert finding.problem == "the budget runs over 30d, and this Prometheus keeps 15d"


def test_a_breakdown_label_that_no_series_has_is_an_error(counting):
    counting.annotate("SLO", breakdown="route,tenant")
    (finding,) = judged(counting, facts({METRIC: GOOD_SERIES}))
    assert "'tenant' of covet-sre/breakdown" in finding.problem


def test_the_metrics_inside_an_expression_are_looked_at_too(files):
    files.change(f"{RATIO}.bad.metricSource.spec.query", "sum(increase(bad_total{a='b'}[{{window}}]))")
    files.change(f"{RATIO}.total.metricSource.spec.query", "sum(increase(all_total[{{window}}])) + sum(up)")
    assert [str(use.selector) for use in uses(files.read())] == ["all_total", "up", 'bad_total{a="b"}']
    found = judged(files, facts({"all_total": [{}], "up": [{}]}))
    assert [finding.problem for finding in found] == ["there is no metric bad_total"]


def test_the_indicator_of_an_alert_is_looked_at_too(counting, make):
    counting.more.append(make["SLI"]("other"))
    counting.with_alerts().annotate("AlertCondition", sli="other")
    found = judged(counting, facts({METRIC: GOOD_SERIES}))
    assert {finding.field for finding in found} == {
        "availability alert BurningFast bad",
        "availability alert BurningFast total",
    }
