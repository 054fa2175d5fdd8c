"""No label value can break out of its quotes: asked of a real Prometheus, with values that try."""

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covet_sre.errors import SourceMisanswered
from covet_sre.integrations.prometheus import PrometheusSource
from covet_sre.integrations.prometheus.quoting import instant_selector, quoted
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import Matcher, MatchOp
from servers.prometheus import PrometheusServer

AT_SECONDS = 1_790_000_000
TRICKS = [
    '"',
    "\\",
    "\\\\",
    '\\"',
    '"}',
    '"} or up{job="',
    '",v="other',
    '"}[5m]) or vector(1) #',
    "'",
    "`",
    "\n",
    "\r\n",
    "\t",
    "\x01\x1f\x7f",
    "\x85\u2028\u2029",
    "\ufeff",
    "\ufffd",
    "\\u0022",
    "\\x22",
    "\\n",
    "{{window}}",
    "$__interval",
    "%22%0a&query=up",
    "a+b c",
    "é",
    "e\u0301",
    "日本語",
    "😀",
    "\U0010ffff",
    "other",
    " ",
    "# comment",
    "(?i)x",
    "x|y",
    ".*",
]
ALPHABET = '"\\\\"\'`{}[]()=~!,|.*+?^$#%& \n\r\tnux0aé€😀\ufffd\x00\x7f'


def corpus() -> list[str]:
    chance = random.Random(20)
    made = ("".join(chance.choices(ALPHABET, k=chance.randint(1, 12))) for _ in range(300))
    return sorted({*TRICKS, *made})


def exposed(values: list[str]) -> str:
    """OpenMetrics has three escapes only; written here independently of the code under test."""
    lines = []
    for number, value in enumerate(values):
        escaped = value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        lines.append(f'tricks_total{{v="{escaped}"}} {number} {AT_SECONDS}')
    return "\n".join([*lines, f"up 1 {AT_SECONDS}", "# EOF", ""])


@pytest.fixture(scope="module")
def values() -> list[str]:
    return corpus()


@pytest.fixture(scope="module")
def source(prometheus: Callable[..., PrometheusServer], values: list[str]) -> Iterator[PrometheusSource]:
    made = PrometheusSource(prometheus(history=exposed(values)).url)
    yield made
    made.close()


def found(source: PrometheusSource, op: MatchOp, value: str) -> set[str]:
    query = CounterQuery("tricks_total", (Matcher("v", op, value),))
    series = source.read(query, AT_SECONDS - 60, AT_SECONDS + 60).series
    assert all(one.labels["__name__"] == "tricks_total" for one in series)
    return {one.labels["v"] for one in series}


@pytest.mark.prometheus
def test_every_awkward_value_finds_itself_and_nothing_else(source: PrometheusSource, values: list[str]) -> None:
    assert len(values) > 250
    for value in values:
        assert found(source, MatchOp.EQUAL, value) == {value}


@pytest.mark.prometheus
def test_excluding_a_value_leaves_all_the_others(source: PrometheusSource, values: list[str]) -> None:
    for value in TRICKS:
        assert found(source, MatchOp.NOT_EQUAL, value) == set(values) - {value}


@pytest.mark.prometheus
def test_a_regular_expression_is_quoted_too(source: PrometheusSource, values: list[str]) -> None:
    for value in TRICKS:
        literal = "".join(f"\\x{{{ord(character):x}}}" for character in value)
        assert found(source, MatchOp.MATCHES, literal) == {value}
    for pattern in ('.*".*', r".*\\.*", "\n.*", "[\"'`]+", "(?s:.+)"):
        matcher = Matcher("v", MatchOp.MATCHES, pattern)
        assert found(source, MatchOp.MATCHES, pattern) == {value for value in values if matcher.accepts(value)}


@pytest.mark.prometheus
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=st.one_of(st.text(max_size=40), st.text(alphabet=ALPHABET, max_size=20)))
def test_any_text_selects_exactly_the_series_that_have_it(
    source: PrometheusSource, values: list[str], value: str
) -> None:
    assert found(source, MatchOp.EQUAL, value) == {value} & set(values)


@given(st.text())
def test_a_quoted_value_has_one_opening_and_one_closing_quote_and_no_line_break(value: str) -> None:
    literal = quoted(value)
    inner = literal[1:-1]
    assert literal[0] == literal[-1] == '"'
    while inner:
        assert inner[0] != '"'
        assert inner[0] >= " "
        inner = inner[2:] if inner[0] == "\\" else inner[1:]


def test_text_that_no_label_can_have_is_refused() -> None:
    with pytest.raises(SourceMisanswered, match="no text that a label can have"):
        quoted("\ud800")


def test_a_label_name_that_is_none_is_refused() -> None:
    with pytest.raises(SourceMisanswered, match="no label name"):
        instant_selector(CounterQuery("up", (Matcher('v="x"} or up{a', MatchOp.EQUAL, "y"),)))


def test_a_metric_name_that_is_none_is_matched_as_text() -> None:
    assert instant_selector(CounterQuery('a"} or up', ())) == '{__name__="a\\"} or up"}'
