"""PromQL as reliability files use it: plain counter selectors, and expressions with `{{window}}`."""

import re
import warnings
from functools import lru_cache

import promql_parser

from covet_sre.slo.indicator import Matcher, MatchOp, Selector
from covet_sre.spec.plain_selectors import plain_selector

MAX_CHARACTERS = 4096
MAX_NESTING = 64
MAX_OPERATORS = 256
"""The parser takes memory and time that grow steeply with nesting; no query that a person writes comes near."""

WINDOW = "{{window}}"
_WINDOW_SPELLINGS = re.compile(r"\{\{\s*\.?\s*[wW]indow\s*\}\}")
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|`[^`]*`', re.DOTALL)
_OPERATORS = re.compile(r"[-+*/%^<>!=]|\b(?:and|or|unless|atan2)\b")

_OPS = {
    str(promql_parser.MatchOp.Equal): MatchOp.EQUAL,
    str(promql_parser.MatchOp.NotEqual): MatchOp.NOT_EQUAL,
    str(promql_parser.MatchOp.Re): MatchOp.MATCHES,
    str(promql_parser.MatchOp.NotRe): MatchOp.NOT_MATCHES,
}


def has_window(query: str) -> bool:
    """Whether the query carries `{{window}}`, in whatever spelling."""
    return "{{" in query and _WINDOW_SPELLINGS.search(query) is not None


def with_our_window(query: str) -> str:
    """The query with `{{window}}` in our spelling: Sloth writes `{{.window}}`."""
    return (_WINDOW_SPELLINGS.sub(WINDOW, query) if "{{" in query else query).strip()


def has_range(query: str) -> bool:
    """Whether the query looks over a span of its own: `[5m]`."""
    return "[" in _STRINGS.sub('""', query)


@lru_cache(maxsize=65536)
def parse(query: str) -> Selector | None:
    """The selector that a query is, or None for an expression.

    Raises ValueError with what is wrong when it is no PromQL, or a selector that can't be read as plain counters.
    """
    plain = plain_selector(query)
    return plain if plain is not None else parsed(query)


def parsed(query: str) -> Selector | None:
    """What `parse` gives, from the parser."""
    _refuse_the_unreasonable(query)
    expression = promql_parser.parse(_WINDOW_SPELLINGS.sub("5m", query))
    if not isinstance(expression, promql_parser.VectorSelector):
        if not _vector_selectors(expression):
            raise ValueError("it selects no metric")
        return None
    if expression.offset is not None or expression.at is not None:
        raise ValueError("'offset' and '@' have no meaning where the counter itself is read")
    if expression.matchers.or_matchers:
        raise ValueError("'or' between matchers is not PromQL; write one regular expression: label=~\"a|b\"")
    metric, matchers = expression.name, set[Matcher]()
    for written in expression.matchers.matchers:
        matcher = Matcher(written.name, _OPS[str(written.op)], written.value)
        if matcher.label == "__name__":
            if matcher.op is not MatchOp.EQUAL or (metric and metric != matcher.value):
                raise ValueError("the metric must be named exactly, once")
            metric = matcher.value
        else:
            _refuse_unknown_regex(matcher)
            matchers.add(matcher)
    if not metric:
        raise ValueError("it names no metric")
    return Selector(metric, tuple(sorted(matchers, key=lambda each: (each.label, each.op.value, each.value))))


def canonical_bound(text: str) -> str | None:
    """How Prometheus writes the bucket bound `text`, or None when it is written so already (or is no number).

    Client libraries write 1 or 1.0 for a whole bound: both are left as they are.
    """
    try:
        bound = float(text)
    except ValueError:
        return None
    if bound == float("inf"):
        return None if text == "+Inf" else "+Inf"
    exact = repr(bound)
    return None if text in (exact, exact.removesuffix(".0")) else exact


def _refuse_the_unreasonable(query: str) -> None:
    if len(query) > MAX_CHARACTERS:
        raise ValueError(f"it has {len(query):,} characters; at most {MAX_CHARACTERS:,} are read")
    bare = _STRINGS.sub('""', query)
    depth = deepest = 0
    for character in bare:
        if character in "([{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in ")]}":
            depth -= 1
    if deepest > MAX_NESTING:
        raise ValueError(f"it is nested more than {MAX_NESTING} deep")
    if len(_OPERATORS.findall(bare)) > MAX_OPERATORS:
        raise ValueError(f"it has more than {MAX_OPERATORS} operators")


def _refuse_unknown_regex(matcher: Matcher) -> None:
    """Prometheus' own syntax was checked by the parser; series are matched here by Python's."""
    if matcher.op in (MatchOp.EQUAL, MatchOp.NOT_EQUAL):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            re.compile(matcher.value, re.DOTALL)
        except (re.error, FutureWarning, DeprecationWarning, OverflowError, RecursionError) as error:
            raise ValueError(f"the regular expression {matcher.value[:60]!r} of {matcher.label!r}: {error}") from error


def selectors_in(query: str) -> list[Selector]:
    """Every selector inside a query that names its metric exactly; an expression may have several.

    Raises ValueError as `parse` does.
    """
    plain = parse(query)
    if plain is not None:
        return [plain]
    found: list[Selector] = []
    for selector in _vector_selectors(promql_parser.parse(_WINDOW_SPELLINGS.sub("5m", query))):
        written = [Matcher(each.name, _OPS[str(each.op)], each.value) for each in selector.matchers.matchers]
        named = [each.value for each in written if each.label == "__name__" and each.op is MatchOp.EQUAL]
        metric = selector.name or (named[0] if named else "")
        if metric:
            found.append(Selector(metric, tuple(each for each in written if each.label != "__name__")))
    # A range selector is visited, and then the selector inside it.
    return list(dict.fromkeys(found))


def _vector_selectors(expression: promql_parser.Expr) -> list[promql_parser.VectorSelector]:
    found: list[promql_parser.VectorSelector] = []

    def visit(inner: promql_parser.Expr) -> bool:
        if isinstance(inner, promql_parser.MatrixSelector):
            inner = inner.vector_selector
        if isinstance(inner, promql_parser.VectorSelector):
            found.append(inner)
        return True

    promql_parser.walk(expression, visit)
    return found
