"""Selectors that are read without the PromQL parser: exactly what the parser gives, or left to it."""

import promql_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.slo.indicator import Matcher, MatchOp, Selector
from covet_sre.spec import promql
from covet_sre.spec.plain_selectors import MAX_CHARACTERS, MAX_MATCHERS, plain_selector


def is_plain(query):
    """Whether it is read without the parser; then the parser, with all our checks, must give the same selector."""
    plain = plain_selector(query)
    if plain is None:
        return False
    assert plain == promql.parsed(query), query
    assert str(plain) == str(promql.parsed(query)), query
    return True


@pytest.mark.parametrize(
    ("query", "selector"),
    {
        "requests_total": Selector("requests_total", ()),
        "requests_total{}": Selector("requests_total", ()),
        'x_count{b="1", a!="2",b="1"}': Selector(
            "x_count", (Matcher("a", MatchOp.NOT_EQUAL, "2"), Matcher("b", MatchOp.EQUAL, "1"))
        ),
        'x_bucket{le="0.5",code=~"5..|4.*",a!~"b.+"}': Selector(
            "x_bucket",
            (
                Matcher("a", MatchOp.NOT_MATCHES, "b.+"),
                Matcher("code", MatchOp.MATCHES, "5..|4.*"),
                Matcher("le", MatchOp.EQUAL, "0.5"),
            ),
        ),
        'a:b_total{by="é ☃ \'#`"}': Selector("a:b_total", (Matcher("by", MatchOp.EQUAL, "é ☃ '#`"),)),
        'x_total{a=""}': Selector("x_total", (Matcher("a", MatchOp.EQUAL, ""),)),
    }.items(),
)
def test_a_common_selector_is_read_without_the_parser(query, selector):
    assert is_plain(query)
    assert plain_selector(query) == selector


@pytest.mark.parametrize(
    "query",
    [
        "", " ", "requests", "sum", "inf", "nan_", "histogram_count", 'x_total{a="b"} ', ' x_total{a="b"}',
        'x_total {a="b"}', 'x_total{ a="b"}', 'x_total{a="b",}', "x_total{,}", 'x_total{a="b" }', "x_total{a='b'}",
        "x_total{a=`b`}", 'x_total{a="\\n"}', 'x_total{a="b\n"}', 'x_total{a="b"c="d"}', '{__name__="x_total"}',
        'x_total{__name__="x_total"}', 'x_total{__name__=~"x"}', 'x_total{"a"="b"}', 'x_total{a="b" or a="c"}',
        'x_total{a="b"}[5m]', 'x_total{a="b"} offset 5m', 'x_total{a=~"("}', 'x_total{a=~"[0-9]"}', 'x_total{a=~"*"}',
        'x_total{a=~"a**"}', 'x_total{a=~"a{2}"}', 'x_total{a=~"é"}', 'x_total{a=~"(?i)a"}',
        'x_total{a="{{window}}"}', 'x_total{a=="b"}', 'x_total{a!"b"}', 'x_total{a="b"}}', 'x_total{{a="b"}',
        'x_total{a="b"', 'x_total{1a="b"}', '1x_total{a="b"}', "x_total-1", 'é_total{a="b"}', 'x_total{é="b"}',
        f'x_total{{a="{"b" * MAX_CHARACTERS}"}}',
        "x_total{" + ",".join(f'a{n}="b"' for n in range(MAX_MATCHERS + 1)) + "}",
        'x_total{a=~"' + "." * 61 + '"}',
    ],
)  # fmt: skip
def test_any_other_query_is_left_to_the_parser(query):
    assert not is_plain(query)


WORDS = """a le job code __name__ __a by without on ignoring group_left group_right offset bool and or unless atan2
start
end inf nan Inf NaN sum count avg min max topk bottomk count_values quantile stddev histogram_count histogram_sum
absent rate increase time vector scalar label_replace smoothed anchored step range limitk limit_ratio"""
NAMES = st.one_of(
    st.sampled_from(WORDS.split()),
    st.builds(
        lambda word, end: word + end,
        st.sampled_from(WORDS.split()),
        st.sampled_from(["_total", "_count", "_bucket"]),
    ),
    st.from_regex(r"[a-zA-Z_:][a-zA-Z0-9_:]{0,6}(_total)?", fullmatch=True),
)  # fmt: skip
OPS = st.sampled_from(["=", "!=", "=~", "!~", "==", "~", "=!", " = "])
TEXTS = st.one_of(
    st.sampled_from([
        "", "5..", ".*", "a|b", "2xx|3xx", "|", ".", "..*", ".+.+", "-", "/a/b-c", "0.5", "+Inf", "a{2}", "(a)",
        "[0-9]+", "\\\\d", "\\",
    ]),
    st.text(max_size=8),
    st.text(alphabet='ab.*+?|()[]{}^$\\"-/', max_size=8),
)  # fmt: skip
QUOTES = st.sampled_from(['"', '"', '"', "'", "`"])
MATCHERS = st.builds(lambda name, op, quote, text: f"{name}{op}{quote}{text}{quote}", NAMES, OPS, QUOTES, TEXTS)
QUERIES = st.builds(
    lambda name, opening, matchers, comma, closing: name + opening + comma.join(matchers) + closing,
    NAMES,
    st.sampled_from(["{", "{", "{", "", " {", "{ "]),
    st.lists(MATCHERS, max_size=4),
    st.sampled_from([",", ", ", " ,", ",,", ""]),
    st.sampled_from(["}", "}", "}", ",}", "", " }", "}[5m]", "} offset 1m", "} @ 0"]),
)


@settings(max_examples=3000)
@given(QUERIES)
def test_whatever_is_written_like_a_selector_is_read_alike(query):
    is_plain(query)


PLAIN_QUERIES = st.builds(
    lambda name, matchers, comma: f"{name}_total{{{comma.join(matchers)}}}",
    st.from_regex(r"[a-z:_][a-z0-9_:]{0,8}", fullmatch=True),
    st.lists(
        st.builds(
            lambda name, op, text: f'{name}{op}"{text}"',
            st.from_regex(r"[a-c_][a-c0-9_]{0,2}", fullmatch=True),
            st.sampled_from(["=", "!=", "=~", "!~"]),
            st.text(alphabet="ab5./|-", max_size=5),
        ),
        max_size=5,
    ),
    st.sampled_from([",", ", "]),
)


@settings(max_examples=1000)
@given(PLAIN_QUERIES)
def test_selectors_of_the_common_form_are_read_alike_and_without_the_parser(query):
    assert is_plain(query)


@given(PLAIN_QUERIES, st.integers(0, 200), st.sampled_from([*"{}\"\\,=~! \n\t#()[]`'é\x00\u2028", "{{window}}", "\\n"]))
def test_a_common_selector_with_anything_put_in_is_read_alike(query, number, piece):
    at = number % (len(query) + 1)
    is_plain(query[:at] + piece + query[at:])
    is_plain(query[:at] + piece + query[at + 1 :])


@given(st.text(max_size=30))
def test_any_text_in_place_of_a_value_is_read_alike(text):
    is_plain(f'x_total{{a="{text}"}}')
    is_plain(f'x_total{{a=~"{text}"}}')
    is_plain(text)


def test_names_that_end_like_a_counters_are_no_words_of_promql():
    functions = [word for word in WORDS.split() if plain_selector(word)]
    assert functions == []
    for word in WORDS.split():
        name = f"{word}_total"
        if plain_selector(name):
            assert promql_parser.parse(name).name == name
