"""The commonest selectors, `http_requests_total{job="api",code=~"5.."}`, read without the PromQL parser.

Only what PromQL can read in one way is read here; the rest is the parser's (promql.parse).
"""

import re
from functools import lru_cache

from covet_sre.slo.indicator import Matcher, MatchOp, Selector

MAX_MATCHERS = 20
MAX_CHARACTERS = 1000

# A word of PromQL is no name of a metric everywhere; none ends like this, but for two functions.
_METRIC = r"(?!histogram_)[a-zA-Z_:][a-zA-Z0-9_:]*_(?:total|count|bucket)"
_LABEL = r"(?!__name__[=!])[a-zA-Z_][a-zA-Z0-9_]*"
# A brace may begin {{window}}, a backslash an escape.
_TEXT = r'[^"\\{}\x00-\x1f\x7f]*'
# Literals, any character, any characters: the same in Go's, Rust's and Python's regular expressions.
_PATTERN = r"(?:[A-Za-z0-9_/|-]|\.[*+]?){0,60}"
_MATCHER = rf'{_LABEL}(?:!?="{_TEXT}"|[=!]~"{_PATTERN}")'
_SELECTOR = re.compile(rf"({_METRIC})(?:\{{((?:{_MATCHER}(?:, *{_MATCHER})*)?)\}})?")
_PARTS = re.compile(rf'({_LABEL})([=!]~?|!=)"([^"]*)"')


def plain_selector(query: str) -> Selector | None:
    """The selector that a query is, or None when the parser must look at it."""
    match = _SELECTOR.fullmatch(query)
    if match is None or len(query) > MAX_CHARACTERS:
        return None
    written = match[2]
    if not written:
        return Selector(match[1], ())
    parts = set(_PARTS.findall(written))
    if len(parts) > MAX_MATCHERS:
        return None
    return Selector(match[1], tuple([_matcher(*part) for part in sorted(parts)]))


@lru_cache(maxsize=4096)
def _matcher(label: str, op: str, value: str) -> Matcher:
    return Matcher(label, MatchOp(op), value)
