"""What a foreign expression counts, decided on the parsed expression."""

import promql_parser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.slo.indicator import Matcher, MatchOp, Selector
from covet_sre.spec.importing.event_queries import counts_events, event_queries, plain_counter, ratio_queries
from covet_sre.spec.promql import parse

W = "[{{.window}}]"
ALL = f"sum(rate(b_total{W}))"

PLAIN = {
    "a rate": (f"sum(rate(a_total{W}))", "a_total"),
    "an increase": (f"sum(increase(a_total{W}))", "a_total"),
    "spaces and lines": (f"sum (\n  rate( a_total {W} )\n)", "a_total"),
    "parentheses": (f"((sum((rate(a_total{W})))))", "a_total"),
    "by nothing": (f"sum by () (rate(a_total{W}))", "a_total"),
    "spaces in the template": ('sum(rate(a_total{x="1"}[{{ .window }}]))', 'a_total{x="1"}'),
    "our own template": ("sum(rate(a_total[{{window}}]))", "a_total"),
    "a name as a matcher": ('sum(rate({__name__="a_total",x="1"}[{{.window}}]))', 'a_total{x="1"}'),
    "zero where it is missing": (f"sum(rate(a_total{W})) or vector(0)", "a_total"),
    "zero of the total where it is missing": (f"sum(rate(a_total{W})) or 0 * {ALL}", "a_total"),
    "zero whatever the labels": (f"sum(rate(a_total{W})) OR on() vector(0)", "a_total"),
    "zero inside": (f"sum(rate(a_total{W}) or vector(0))", "a_total"),
}


@pytest.mark.parametrize(("query", "selector"), PLAIN.values(), ids=PLAIN.keys())
def test_a_sum_of_rates_is_the_counter_itself(query, selector) -> None:
    total = ALL.replace("rate", "increase") if "increase" in query else ALL
    found = event_queries(query, total)
    assert (found.part, found.part_query, found.total_query, found.is_counter) == ("bad", selector, "b_total", True)
    assert not found.remarks


NOT_PLAIN = {
    "another function": f"sum(irate(a_total{W}))",
    "groups": f"sum by (x) (rate(a_total{W}))",
    "groups left out": f"sum without (x) (rate(a_total{W}))",
    "no sum": f"rate(a_total{W})",
    "a maximum": f"max(rate(a_total{W}))",
    "an offset": f"sum(rate(a_total{W} offset 5m))",
    "a moment": f"sum(rate(a_total{W} @ 100))",
    "a fixed range beside it": f"sum(rate(a_total[5m])) + sum(rate(a_total{W}))",
    "a subquery": "sum(rate(a_total[{{.window}}:1m]))",
    "a multiple": f"2 * sum(rate(a_total{W}))",
    "a metric by pattern": f'sum(rate({{__name__=~"a_.*"}}{W}))',
    "another metric whatever the labels": f"sum(rate(a_total{W})) or on() sum(rate(c_total{W}))",
    "something added": f"sum(rate(a_total{W})) + 1",
    "something where it is missing": f"sum(rate(a_total{W})) or vector(1)",
    "a comparison": f"sum(rate(a_total{W})) > 5",
}


@pytest.mark.parametrize("query", NOT_PLAIN.values(), ids=NOT_PLAIN.keys())
def test_anything_else_stays_an_expression(query) -> None:
    found = event_queries(query, ALL)
    assert not found.is_counter
    assert "{{window}}" in found.part_query


def test_the_total_without_good_events_is_an_slo_of_good_events() -> None:
    found = event_queries(f"{ALL} - sum(rate(good_total{W}))", ALL)
    assert (found.part, found.part_query, found.total_query, found.is_counter) == (
        "good",
        "good_total",
        "b_total",
        True,
    )
    another = event_queries(f"sum(rate(other_total{W})) - sum(rate(good_total{W}))", ALL)
    assert not another.is_counter


def test_a_share_of_good_events_is_told_from_one_of_bad_events() -> None:
    assert event_queries(f"sum(rate(a_total{W}))", ALL, "good").part == "good"
    assert event_queries(f"{ALL} - sum(rate(a_total{W}))", ALL, "good").part == "bad"


RATIOS = {
    f"sum(rate(a_total{W})) / {ALL}": ("bad", "a_total"),
    f"(sum(rate(a_total{W}))) / ({ALL})": ("bad", "a_total"),
    f"1 - sum(rate(a_total{W})) / {ALL}": ("good", "a_total"),
    f"1 - (sum(rate(a_total{W})) / {ALL})": ("good", "a_total"),
    f"({ALL} - sum(rate(a_total{W}))) / {ALL}": ("good", "a_total"),
}


@pytest.mark.parametrize(("query", "expected"), RATIOS.items())
def test_a_quotient_of_events_is_taken_apart(query, expected) -> None:
    found = ratio_queries(query)
    assert found is not None
    assert (found.part, found.part_query, found.is_counter) == (*expected, True)


NO_RATIOS = [
    f"avg_over_time(ratio{W})",
    f"sum(rate(a_total{W})) / {ALL} / 2",
    f"2 - sum(rate(a_total{W})) / {ALL}",
    f"sum by (x) (rate(a_total{W})) / {ALL}",
    f"sum(rate(a_total{W})) / on () {ALL}",
    f"sum(rate(a_total{W})) / {ALL.replace('rate', 'increase')}",
    f"{ALL} - sum(rate(a_total{W}))",
]


@pytest.mark.parametrize("query", NO_RATIOS)
def test_what_is_no_quotient_of_events_stays_whole(query) -> None:
    assert ratio_queries(query) is None


GROUPED = {
    f"sum by (x) (rate(a_total{W}))": True,
    f"sum without (x) (rate(a_total{W}))": True,
    f"rate(a_total{W})": True,
    f"1 + rate(a_total{W})": True,
    f"clamp_min(rate(a_total{W}), 0)": True,
    f"sum(rate(a_total{W})) + sum(rate(c_total{W}))": False,
    f"max(rate(a_total{W}))": False,
    "sum_over_time(count(a < 1)[{{.window}}:])": False,
    f"sum(rate(a_total{W})) or vector(1)": False,
}


@pytest.mark.parametrize(("query", "has_groups"), GROUPED.items())
def test_groups_are_told_of_where_there_are_some(query, has_groups) -> None:
    assert any("for each group" in remark for remark in event_queries(query, ALL).remarks) == has_groups


def test_a_rate_beside_an_increase_is_told_of() -> None:
    found = event_queries(f"sum(rate(a_total{W}))", f"sum(increase(b_total{W}))")
    assert not found.is_counter
    assert len(found.remarks) == 1


@pytest.mark.parametrize("query", ["sum(", "", "1", f"sum(rate(a{W}", "{{.window}}", "sum(rate(a[{{.other}}]))"])
def test_what_is_no_promql_is_refused(query) -> None:
    with pytest.raises(ValueError, match=r"."):
        event_queries(query, ALL)


def test_counters_of_openslo_are_a_selector_or_a_sum_of_one() -> None:
    assert plain_counter('sum(a{x="1"})') == 'a{x="1"}'
    assert plain_counter(" a ") == "a"
    assert plain_counter("max(a)") is None
    assert plain_counter("sum by (x) (a)") is None


# ---------------------------------------------------------------- any expression

METRICS = st.sampled_from(["a_total", 'b_total{x="1",y!~"5.."}', "c_total{x='rate(d[5m])'}"])
RATES = METRICS.map(lambda metric: f"sum(rate({metric}{W}))")
LINEAR = st.recursive(
    RATES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-"]), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"3 * ({text})"),
        inner.map(lambda text: f"({text}) / 2"),
        inner.map(lambda text: f"({text} or vector(0))"),
        inner.map(lambda text: f"clamp_min({text}, 0)"),
        inner.map(lambda text: f"max({text})"),
    ),
    max_leaves=6,
)


def tree(text: str) -> str:
    """The parsed expression as the parser prints it, without the spelling of the text."""
    return str(promql_parser.parse(text.replace(W, "[5m]").replace("[{{window}}]", "[5m]")))


@given(LINEAR)
def test_a_linear_expression_differs_from_its_original_in_its_rates_alone(text) -> None:
    converted = counts_events(text)
    assert converted is not None
    # The one place where the text stands in a matcher's value is put aside.
    aside = tree(text).replace("rate(d[5m])", "d")
    assert tree(converted).replace("rate(d[5m])", "d") == aside.replace("rate(", "increase(")


@given(
    LINEAR,
    st.sampled_from(["* sum(rate(a_total[{{.window}}]))", "+ 1", "> 5", "^ 2", "/ sum(rate(a_total[{{.window}}]))"]),
)
def test_what_is_not_linear_counts_no_events(text, rest) -> None:
    assert counts_events(f"({text}) {rest}") is None


VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(VALUES, VALUES)
def test_no_label_value_breaks_out_of_its_quotes(first, second) -> None:
    matchers = (Matcher("a", MatchOp.EQUAL, first), Matcher("b", MatchOp.NOT_EQUAL, second))
    selector = Selector("requests_total", matchers)
    written = str(selector)
    try:
        assert parse(written) == selector
    except ValueError:
        return  # the parser does not take every character, and the file would be refused
    found = event_queries(f"sum(rate({written}{W}))", f"sum(rate(requests_total{W}))")
    assert found.is_counter or "window" in (first + second).lower()
    assert parse(found.part_query) == selector or not found.is_counter
