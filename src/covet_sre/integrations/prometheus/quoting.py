"""A counter query as PromQL, quoted so that no label value can break out of its quotes."""

import re

from covet_sre.errors import SourceMisanswered
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import Matcher, MatchOp
from covet_sre.slo.literals import is_bare_name, string_literal

# A dot that is not escaped: the only place where the two dialects below differ.
_DOT = re.compile(r"(?<!\\)(?:\\\\)*\.")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def quoted(value: str) -> str:
    """A string literal of PromQL that means exactly this text.

    Raises SourceMisanswered for text that UTF-8 cannot carry (a lone surrogate): no label can have it.
    """
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError as wrong:
            raise SourceMisanswered(
                f"{value!r} is no text that a label can have", remedy="write valid Unicode"
            ) from wrong
    return string_literal(value)


def _matcher(matcher: Matcher) -> str:
    if not _LABEL.fullmatch(matcher.label):
        raise SourceMisanswered(f"{matcher.label!r} is no label name", remedy="use letters, digits and underscores")
    value = matcher.value
    if matcher.op in (MatchOp.MATCHES, MatchOp.NOT_MATCHES) and _DOT.search(value):
        # In Prometheus 2 a dot is any character but a line break, in Prometheus 3 and here it is any character.
        value = f"(?s:{value})"
    return f"{matcher.label}{matcher.op.value}{quoted(value)}"


def instant_selector(query: CounterQuery) -> str:
    """`metric{label="value",...}`; a metric name with unusual characters is matched by `__name__`."""
    matchers = [_matcher(matcher) for matcher in query.matchers]
    if not is_bare_name(query.metric):
        return "{" + ",".join([f"__name__={quoted(query.metric)}", *matchers]) + "}"
    return query.metric + ("{" + ",".join(matchers) + "}" if matchers else "")
