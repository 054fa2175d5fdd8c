"""SLIs -> indicators: plain counters are read exactly, expressions are asked by the minute, the rest is refused."""

import pytest

from covet_sre.errors import Level
from covet_sre.slo.indicator import (
    Comparison,
    CounterRatio,
    Matcher,
    MatchOp,
    QueryRatio,
    QueryRaw,
    QueryThreshold,
    Selector,
)

RATIO = "SLI.spec.ratioMetric"
QUERY = f"{RATIO}.total.metricSource.spec.query"
BAD_QUERY = f"{RATIO}.bad.metricSource.spec.query"


def indicator_of(files):
    return files.read().objectives[0].indicator


def expressions(files, bad="sum(increase(bad[{{window}}]))", total="sum(increase(total[{{window}}]))"):
    return files.change(BAD_QUERY, bad).change(QUERY, total)


def test_plain_counter_selectors_are_the_exact_kind(files):
    assert indicator_of(files) == CounterRatio(
        source="prometheus",
        total=Selector("requests_total", ()),
        good=None,
        bad=Selector("requests_total", (Matcher("code", MatchOp.MATCHES, "5.."),)),
    )


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ('a{z="1",b=~"2",b!="3"}', 'a{b!="3",b=~"2",z="1"}'),
        ('{__name__="a",b="c"}', 'a{b="c"}'),
        ("a{b='c',}", 'a{b="c"}'),
        ('  a{b="c"}\n', 'a{b="c"}'),
        ('a{b="c",b="c"}', 'a{b="c"}'),
        ('a{b="\\"\\n"}', 'a{b="\\"\\n"}'),
        ("a:b:c", "a:b:c"),
    ],
)
def test_two_spellings_of_one_selector_are_equal(files, query, canonical):
    assert str(indicator_of(files.change(QUERY, query)).total) == canonical


def test_good_events_are_read_as_good(files):
    ratio = files.documents["SLI"]["spec"]["ratioMetric"]
    ratio["good"] = ratio.pop("bad")
    read = indicator_of(files)
    assert read.bad is None
    assert read.good == read.part


def test_expressions_with_the_window_are_the_query_kind(files):
    assert indicator_of(expressions(files)) == QueryRatio(
        "prometheus", "sum(increase(total[{{window}}]))", None, "sum(increase(bad[{{window}}]))"
    )


@pytest.mark.parametrize("spelling", ["{{.window}}", "{{ .window }}", "{{ window }}", "{{.Window}}"])
def test_another_tools_spelling_of_the_window_is_read_with_a_warning(files, spelling):
    finding = expressions(files, total=f"sum(increase(total[{spelling}]))").one_finding()
    assert (finding.level, finding.code) == (Level.WARNING, "query-spelling")
    assert indicator_of(files).total == "sum(increase(total[{{window}}]))"


def test_a_threshold_metric_compares_a_value_with_the_bound_of_the_objective(files, make):
    files.change("SLI.spec", {"thresholdMetric": make["metric"]("queue_length")})
    files.change("SLO.spec.objectives.0", {"target": 0.99, "op": "lte", "value": 100})
    assert indicator_of(files) == QueryThreshold("prometheus", "queue_length", Comparison.LTE, 100.0)


def test_a_threshold_metric_without_its_bound_is_an_error(files, make):
    files.change("SLI.spec", {"thresholdMetric": make["metric"]("queue_length")})
    assert files.one_finding().problem == "a thresholdMetric needs op and value"


@pytest.mark.parametrize(("kind", "of_success"), [("success", True), ("failure", False)])
def test_a_raw_metric_gives_the_ratio_itself(files, make, kind, of_success):
    files.change(RATIO, {"counter": False, "rawType": kind, "raw": make["metric"]("job:availability:ratio")})
    assert indicator_of(files) == QueryRaw("prometheus", "job:availability:ratio", of_success)


REFUSED = {
    "an expression without the window": ("sum(increase(total[5m]))", "without {{window}}"),
    "a selector beside an expression": ("requests_total{a='b'}", "both must be of one kind"),
    "broken PromQL": ("sum(requests_total", "unclosed left parenthesis"),
    "an empty query": ("", "no expression"),
    "nothing but a window": ("{{window}}", "selects no metric"),
    "a selector without a metric": ("{job='covet'}", "names no metric"),
    "a metric named by a pattern": ("{__name__=~'http_.*'}", "named exactly"),
    "an offset": ("requests_total offset 5m", "'offset'"),
    "a regular expression of another language": ("x{a=~'[[:alpha:]]'}", "regular expression"),
    "a query as long as a book": ("x" * 5000, "at most 4,096"),
    "a query nested like an onion": ("(" * 400 + "x" + ")" * 400, "nested more than 64 deep"),
    "a query of a thousand minus signs": ("-" * 1000 + "x", "more than 256 operators"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_query_that_cannot_be_read_is_an_error_at_its_place(files, what):
    query, words = REFUSED[what]
    expressions(files, total=query)
    errors = [finding for finding in files.findings() if finding.level is Level.ERROR]
    assert len(errors) == 1
    assert words in errors[0].problem
    assert errors[0].field == "spec.ratioMetric.total.metricSource.spec.query"


def test_a_query_that_is_no_text_is_an_error(files):
    assert "is 5" in files.change(QUERY, 5).one_finding().problem


def test_a_metric_source_has_no_field_but_query(files):
    files.change(f"{RATIO}.total.metricSource.spec", {"query": "requests_total", "querry": "x"})
    assert files.one_finding().remedy == "did you mean 'query'?"


def test_plain_selectors_that_are_no_counters_are_an_error(files):
    finding = files.change(f"{RATIO}.counter", False).one_finding()
    assert finding.field == "spec.ratioMetric.counter"
    assert "counter: true" in finding.remedy


def test_bad_and_total_must_differ(files):
    assert "would always be 0 %" in files.change(BAD_QUERY, "requests_total{}").one_finding().problem


@pytest.mark.parametrize(
    ("bound", "canonical"),
    [("0.50", "0.5"), ("00.5", "0.5"), (".5", "0.5"), ("5e-1", "0.5"), ("1.00", "1.0"), ("inf", "+Inf")],
)
def test_a_bound_that_is_written_as_no_bucket_is_warned_of(files, bound, canonical):
    files.change(BAD_QUERY, f'x_bucket{{le="{bound}"}}')
    finding = files.one_finding()
    assert (finding.level, finding.code) == (Level.WARNING, "query-bound")
    assert f'le="{canonical}"' in finding.remedy


@pytest.mark.parametrize("bound", ["0.5", "1", "1.0", "+Inf", "0.25", "10", "1e-05"])
def test_a_bound_in_the_form_of_client_libraries_is_accepted(files, bound):
    assert files.change(BAD_QUERY, f'x_bucket{{le="{bound}"}}').findings() == []


def test_a_histogram_without_a_bound_counts_an_event_several_times(files):
    finding = files.change(QUERY, "x_bucket").one_finding()
    assert finding.code == "query-buckets"
    assert "x_count" in finding.remedy


# ---------------------------------------------------------------- sources of the metrics


def second_source(files, kind="prometheus"):
    connection = {"url": "http://127.0.0.1:9091"} if kind == "prometheus" else {
        "targets": ["http://127.0.0.1:8000/metrics"], "interval": "15s"}  # fmt: skip
    files.more.append(
        {
            "apiVersion": "openslo/v1",
            "kind": "DataSource",
            "metadata": {"name": "other"},
            "spec": {"type": kind, "connectionDetails": connection},
        }
    )
    return files


def name_source(files, part, **values):
    files.documents["SLI"]["spec"]["ratioMetric"][part]["metricSource"].update(values)
    return files


def test_without_any_source_the_lines_to_add_are_shown(files):
    del files.documents["DataSource"]
    findings = files.findings()
    assert {finding.problem for finding in findings} == {"there is no DataSource"}
    assert "connectionDetails: {url: http://127.0.0.1:9090}" in findings[0].remedy


def test_with_two_sources_one_must_be_named(files):
    findings = second_source(files).findings()
    assert len(findings) == 2
    assert "metricSourceRef: prometheus" in findings[0].remedy


def test_a_type_chooses_the_source(files):
    second_source(files, "scrape")
    name_source(name_source(files, "bad", type="Prometheus"), "total", type="prometheus")
    assert indicator_of(files).source == "prometheus"


def test_a_type_that_is_not_the_named_sources_is_an_error(files):
    name_source(files, "total", metricSourceRef="prometheus", type="scrape")
    assert "'prometheus' is of type prometheus" in files.one_finding().problem


def test_both_parts_come_from_one_source(files):
    second_source(files)
    name_source(name_source(files, "bad", metricSourceRef="prometheus"), "total", metricSourceRef="other")
    assert "read both from the same DataSource" in files.one_finding().remedy


def test_an_unknown_source_gets_a_suggestion(files):
    name_source(files, "total", metricSourceRef="promethius")
    assert "did you mean 'prometheus'?" in files.one_finding().remedy


def test_an_expression_needs_a_source_with_promql(files):
    files.change(
        "DataSource.spec", {"type": "scrape", "connectionDetails": {"targets": ["http://a/m"], "interval": "5s"}}
    )
    finding = expressions(files).one_finding()
    assert finding.code == "query-source"


def test_one_mistake_in_a_shared_sli_is_one_finding(files, make):
    other = make["SLO"]()
    other["metadata"]["name"] = "other"
    files.more.append(other)
    assert files.change(QUERY, "sum(").one_finding().code == "query-wrong"


def test_an_sli_that_nobody_refers_to_is_checked_too(files, make):
    unused = make["SLI"]("unused")
    unused["spec"]["ratioMetric"]["total"] = make["metric"]("sum(")
    files.more.append(unused)
    assert files.one_finding().code == "query-wrong"
