"""PromQL out of parts: Prometheus' grammar reads back just what was put in, however hostile."""

import random
from collections.abc import Callable
from fractions import Fraction

import promql_parser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.integrations.prometheus.expression import (
    Expression,
    call,
    decimal,
    number,
    over,
    recorded,
    selected,
    stepped,
)
from covet_sre.slo.indicator import Matcher, MatchOp, Selector

VALUES = 1_000_000
TOGETHER = 500
ALPHABET = [
    *"\"'`\\{}[]()=~!,#$%;:/ \t\r\n",
    *"aZ09_.-+*",
    *map(chr, (0, 1, 0x1B, 0x7F, 0x85, 0xA0, 0x2028, 0x2029, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF)),
    *"éλ字🙂\U0010ffff\ue000",
]


def values_of(text: str) -> list[str]:
    """Label values of the one selector that a text is, in their order of writing."""
    expression = promql_parser.parse(text)
    assert isinstance(expression, promql_parser.VectorSelector)
    return [matcher.value for matcher in expression.matchers.matchers]


@pytest.mark.slow
def test_a_million_random_label_values_round_trip() -> None:
    dice = random.Random(20261126)
    for _ in range(VALUES // TOGETHER):
        values = ["".join(dice.choices(ALPHABET, k=dice.randrange(0, 7))) for _ in range(TOGETHER)]
        text = recorded("m", [(f"l{number}", value) for number, value in enumerate(values)]).text
        assert values_of(text) == values
        assert "\n" not in text


@given(st.text(max_size=40), st.sampled_from([MatchOp.EQUAL, MatchOp.NOT_EQUAL]))
def test_a_selector_reads_back_as_it_was(value: str, op: MatchOp) -> None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return  # No label can have it, and quoting says so.
    text = selected(Selector("requests_total", (Matcher("path", op, value),))).text
    assert values_of(text) == [value]
    assert "\n" not in text


# ---------------------------------------------------------------- structure


LEAVES = [Expression("a"), Expression("b"), number(2), number(Fraction(1, 4)), call("sum", Expression("c"))]
JOINS: dict[str, Callable[[Expression, Expression], Expression]] = {
    "/": lambda left, right: left / right,
    "*": lambda left, right: left * right,
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "> bool": lambda left, right: left.compared("> bool", right),
    "== bool": lambda left, right: left.compared("== bool", right),
}


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> tuple[Expression, str]:
    """An expression as the builder makes it, and the same with every parenthesis written."""
    if depth == 0 or draw(st.booleans()):
        leaf = draw(st.sampled_from(LEAVES))
        return leaf, leaf.text
    sign = draw(st.sampled_from(list(JOINS)))
    left, right = draw(trees(depth=depth - 1)), draw(trees(depth=depth - 1))
    return JOINS[sign](left[0], right[0]), f"({left[1]} {sign} {right[1]})"


def shape(expression: object) -> object:
    """The tree of an expression, parentheses apart."""
    match expression:
        case promql_parser.ParenExpr():
            return shape(expression.expr)
        case promql_parser.BinaryExpr():
            is_bool = bool(expression.modifier and expression.modifier.return_bool)
            return (str(expression.op), is_bool, shape(expression.lhs), shape(expression.rhs))
        case _:
            return str(expression)


@settings(max_examples=300, deadline=None)
@given(trees())
def test_parentheses_are_written_where_the_meaning_asks_for_them(tree: tuple[Expression, str]) -> None:
    built, explicit = tree
    assert shape(promql_parser.parse(built.text)) == shape(promql_parser.parse(explicit))


def test_set_operators_bind_last_and_stand_on_lines_of_their_own() -> None:
    a, b, c = (Expression(name) for name in "abc")
    condition = a.compared(">", number(1)).and_also(b.compared(">", number(2)))
    assert condition.text == "a > 1\nand b > 2"
    assert (a.or_else(b) * c).text == "(a or b) * c"
    assert a.and_also(b.or_else(c)).text == "a\nand (b or c)"


# ---------------------------------------------------------------- numbers and spans


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=10**12))
def test_numbers_are_plain_decimals_next_to_the_exact_value(value: Fraction) -> None:
    text = decimal(value)
    assert "e" not in text.lower()
    assert Fraction(text) == pytest.approx(value, rel=1e-14) if value else text == "0"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(144, 10) * Fraction(1, 1000), "0.0144"),
        (1 - Fraction("0.999"), "0.001"),
        (Fraction(1, 10) * 3, "0.3"),
        (0.1 + 0.2, "0.3"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(933333, 10**9), "0.000933333"),
        (5, "5"),
        (Fraction(1, 3), "0.333333333333333"),
    ],
)
def test_no_number_shows_the_noise_of_floating_point(value: Fraction | float, text: str) -> None:
    assert decimal(value) == text


def test_steps_within_a_window_are_just_as_many_as_fit_whenever_they_are_counted() -> None:
    series = Expression("x")
    assert over(series, 60) == "x[1h]"
    assert stepped(series, 60, 5) == "x[59m59s:5m]"
    assert stepped(series, 30 * 1440, 5) == "x[29d23h59m59s:5m]"
    for second in range(0, 600, 7):
        # Both ends belong to the range in Prometheus 2; in Prometheus 3 its beginning does not.
        assert sum(second - 599 <= step <= second for step in range(-600, 601, 300)) == 2
