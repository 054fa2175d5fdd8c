"""What a foreign PromQL expression counts: plain counters where it is surely that, events instead of a rate otherwise.

Decided on the parsed expression. An expression is multiplied by the window's length when each of its rates becomes an
increase, if it is homogeneous of degree one in them: made of sums, differences and multiples of rates alone.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Literal, NamedTuple

import promql_parser
from promql_parser import AggregateExpr, BinaryExpr, Call, Expr, MatrixSelector, NumberLiteral, ParenExpr

from covet_sre.slo.indicator import Matcher, MatchOp, Selector
from covet_sre.spec.promql import WINDOW, parse, with_our_window
from covet_sre.spec.writing import decimal

# A range that nobody writes stands for the window, so that a fixed range is told from it.
_STAND_IN = timedelta(minutes=7919)
_STAND_IN_TEXT = "7919m"

_OPS = {
    str(promql_parser.MatchOp.Equal): MatchOp.EQUAL,
    str(promql_parser.MatchOp.NotEqual): MatchOp.NOT_EQUAL,
    str(promql_parser.MatchOp.Re): MatchOp.MATCHES,
    str(promql_parser.MatchOp.NotRe): MatchOp.NOT_MATCHES,
}
_AGGREGATIONS = frozenset(("sum", "avg", "min", "max"))
_COUNTING = frozenset(("increase", "count_over_time", "sum_over_time"))

Part = Literal["good", "bad"]

_OF_TWO_KINDS = (
    "one query counts events and the other events per second, and their ratio was that of two different things; "
    "here both count events"
)


@dataclass(frozen=True, slots=True)
class EventQueries:
    """The queries of a ratioMetric. `remarks` say what they mean otherwise than in the tool that they come from."""

    part: Part
    part_query: str
    total_query: str
    is_counter: bool
    remarks: tuple[str, ...] = ()


class _Unit(Enum):
    PER_SECOND = "events per second"
    COUNT = "events"
    NUMBER = "a number"
    ZERO = "zero"


class _Counted(NamedTuple):
    """What an expression counts, and its text with increases in the place of rates."""

    unit: _Unit
    text: str


def event_queries(part_query: str, total_query: str, part: Part = "bad") -> EventQueries:
    """The ratio of two expressions over `{{window}}`: good or bad events, and all events.

    Raises ValueError with what is wrong when one is no PromQL.
    """
    texts = with_our_window(part_query), with_our_window(total_query)
    found = _ratio(_parsed(part_query), _parsed(total_query), *texts)
    return found if part == "bad" else _other_way_round(found)


def ratio_queries(raw: str) -> EventQueries | None:
    """The same of an expression that divides bad events by all events, or is `1 - good / total`. None for any other.

    Raises ValueError with what is wrong when it is no PromQL.
    """
    failure = _sides(_parsed(raw), "/")
    success = _sides(_parsed(raw), "-")
    if success and _is_one(success[0]):
        quotient = _sides(success[1], "/")
        found = quotient and _ratio(*quotient, "", "")
        return _other_way_round(found) if found and found.part_query and not found.remarks else None
    found = failure and _ratio(*failure, "", "")
    return found if found and found.part_query and not found.remarks else None


def plain_counter(query: str) -> str | None:
    """The selector of `SELECTOR` or `sum(SELECTOR)`, where the query is known to give a counter itself.

    Raises ValueError with what is wrong when it is no PromQL.
    """
    if parse(query) is not None:
        return query.strip()
    inner = _in_sum(_parsed(query))
    return _selector(inner) if isinstance(inner, promql_parser.VectorSelector) else None


def counts_events(query: str) -> str | None:
    """The expression with increases in the place of rates, or None when it surely counts no events."""
    counted = _counted(_parsed(query))
    return counted.text if counted and counted.unit in (_Unit.PER_SECOND, _Unit.COUNT) else None


def _ratio(bad: Expr, total: Expr, bad_text: str, total_text: str) -> EventQueries:
    """The texts are for expressions that are not understood: they stay as they are."""
    counted = _counted(bad), _counted(total)
    if counted[0] and counted[1] and {counted[0].unit, counted[1].unit} == {_Unit.PER_SECOND, _Unit.COUNT}:
        return EventQueries("bad", counted[0].text, counted[1].text, False, (_OF_TWO_KINDS,))
    whole, part = _summed_counter(total), _summed_counter(bad)
    if whole and part:
        return EventQueries("bad", part, whole, is_counter=True)
    if whole and (difference := _sides(bad, "-")):
        left, right = (_summed_counter(side) for side in difference)
        if left == whole and right:
            return EventQueries("good", right, whole, is_counter=True)
    remarks = tuple(
        f"{name} gives one value for each group of its labels; here the groups are added up to one budget"
        for name, expression in (("this query", bad), ("the total query", total))
        if _has_groups(expression)
    )
    units = (_Unit.PER_SECOND, _Unit.COUNT)
    if counted[0] and counted[1] and counted[0].unit in units and counted[1].unit in units:
        return EventQueries("bad", counted[0].text, counted[1].text, False, remarks)
    problem = "it cannot be told how many events these expressions count: they are asked as they are written"
    return EventQueries("bad", bad_text, total_text, False, (*remarks, problem))


def _other_way_round(queries: EventQueries) -> EventQueries:
    """What the ratio of bad events would be, read as one of good events."""
    return replace(queries, part="good" if queries.part == "bad" else "bad")


def _parsed(query: str) -> Expr:
    # Within bounds, and PromQL at all.
    parse(query)
    return promql_parser.parse(with_our_window(query).replace(WINDOW, _STAND_IN_TEXT))


def _bare(expression: Expr) -> Expr:
    while isinstance(expression, ParenExpr):
        expression = expression.expr
    return expression


def _without_zero(expression: Expr) -> Expr:
    """`x` of `x or vector(0)`: where nothing was bad yet, our reader counts nothing bad by itself."""
    sides = _sides(expression, "or")
    otherwise = sides and _counted(sides[1])
    return _bare(sides[0]) if sides and otherwise and otherwise.unit is _Unit.ZERO else _bare(expression)


def _sides(expression: Expr, operator: str) -> tuple[Expr, Expr] | None:
    """What stands left and right of the operator, when that is what the expression is."""
    bare = _bare(expression)
    if not isinstance(bare, BinaryExpr) or str(bare.op) != operator or _matches_otherwise(bare):
        return None
    return bare.lhs, bare.rhs


def _matches_otherwise(operation: BinaryExpr) -> bool:
    """Whether `on`, `ignoring`, `group_left` or `bool` is written.

    `or on() vector(0)` is no other: its right side counts where the left one has nothing at all.
    """
    written = str(operation.modifier).strip() if operation.modifier is not None else ""
    return written not in ("", "on ()") if str(operation.op) == "or" else written != ""


def _is_one(expression: Expr) -> bool:
    bare = _bare(expression)
    return isinstance(bare, NumberLiteral) and bare.val == 1


def _is_of_everything(aggregate: AggregateExpr) -> bool:
    """Whether it gives one value: `sum(...)` or `sum by () (...)`."""
    modifier = aggregate.modifier
    return modifier is None or (modifier.type == promql_parser.AggModifierType.By and not modifier.labels)


def _in_sum(expression: Expr) -> Expr | None:
    """What `sum(...)` adds up to one value."""
    bare = _bare(expression)
    if isinstance(bare, AggregateExpr) and str(bare.op) == "sum" and _is_of_everything(bare):
        return _bare(bare.expr)
    return None


def _summed_counter(expression: Expr) -> str | None:
    """The selector of `sum(rate(SELECTOR[window]))`, or with increase."""
    inner = _in_sum(_without_zero(expression))
    call = inner and _without_zero(inner)
    if not isinstance(call, Call) or call.func.name not in ("rate", "increase"):
        return None
    return _selector_over_window(call)


def _selector_over_window(call: Call) -> str | None:
    if len(call.args) != 1 or not isinstance(call.args[0], MatrixSelector) or call.args[0].range != _STAND_IN:
        return None
    return _selector(call.args[0].vector_selector)


def _selector(written: promql_parser.VectorSelector) -> str | None:
    """The selector's text, its matchers in the order written; None for one that cannot be read as plain counters."""
    if written.offset is not None or written.at is not None or written.matchers.or_matchers:
        return None
    metric, matchers = written.name or "", list[Matcher]()
    for each in written.matchers.matchers:
        matcher = Matcher(each.name, _OPS[str(each.op)], each.value)
        if matcher.label != "__name__":
            matchers.append(matcher)
        elif matcher.op is MatchOp.EQUAL and not metric:
            metric = matcher.value
        else:
            return None
    text = str(Selector(metric, tuple(matchers)))
    try:
        return text if metric and parse(text) is not None else None
    except ValueError:
        return None


def _has_groups(expression: Expr) -> bool:
    """Whether it surely gives one value for each group of labels, where several series are selected."""
    match _bare(expression):
        case AggregateExpr() as aggregate:
            return str(aggregate.op) in _AGGREGATIONS and not _is_of_everything(aggregate)
        case BinaryExpr() as operation:
            return _has_groups(operation.lhs) or _has_groups(operation.rhs)
        case Call() as call if call.args:
            first = call.args[0]
            return isinstance(first, MatrixSelector | promql_parser.VectorSelector) or _has_groups(first)
        case _:
            return False


def _counted(expression: Expr) -> _Counted | None:
    match expression:
        case ParenExpr():
            inner = _counted(expression.expr)
            return inner and _Counted(inner.unit, f"({inner.text})")
        case NumberLiteral():
            return _Counted(_Unit.NUMBER if expression.val else _Unit.ZERO, decimal(expression.val))
        case AggregateExpr():
            return _aggregated(expression)
        case Call():
            return _called(expression)
        case BinaryExpr():
            return _combined(expression)
        case _:
            return None


def _aggregated(expression: AggregateExpr) -> _Counted | None:
    inner = _counted(expression.expr)
    if str(expression.op) not in _AGGREGATIONS or expression.param is not None or inner is None:
        return None
    modifier = f" {expression.modifier} " if expression.modifier is not None else ""
    return _Counted(inner.unit, f"{expression.op}{modifier}({inner.text})")


def _called(call: Call) -> _Counted | None:
    name = call.func.name
    if name == "rate" or name in _COUNTING:
        selector = _selector_over_window(call)
        unit = _Unit.PER_SECOND if name == "rate" else _Unit.COUNT
        counting = "increase" if name == "rate" else name
        return _Counted(unit, f"{counting}({selector}[{WINDOW}])") if selector else None
    if name == "vector" and isinstance(call.args[0], NumberLiteral):
        inner = _counted(call.args[0])
        return inner and _Counted(inner.unit, f"vector({inner.text})")
    if name == "clamp_min" and isinstance(call.args[1], NumberLiteral) and not call.args[1].val:
        inner = _counted(call.args[0])
        return inner and _Counted(inner.unit, f"clamp_min({inner.text}, 0)")
    return None


def _combined(operation: BinaryExpr) -> _Counted | None:
    left, right = _counted(operation.lhs), _counted(operation.rhs)
    if left is None or right is None or _matches_otherwise(operation):
        return None
    text = f"{left.text} {operation.op} {right.text}"
    units = {left.unit, right.unit}
    match str(operation.op):
        case "+" | "-" | "or":
            rest = units - {_Unit.ZERO}
            return _Counted(rest.pop() if rest else _Unit.ZERO, text) if len(rest) <= 1 else None
        case "*" if _Unit.ZERO in units:
            return _Counted(_Unit.ZERO, text)
        case "*" if _Unit.NUMBER in units:
            rest = units - {_Unit.NUMBER}
            return _Counted(rest.pop() if rest else _Unit.NUMBER, text)
        case "/" if right.unit is _Unit.NUMBER:
            return _Counted(left.unit, text)
        case _:
            return None
