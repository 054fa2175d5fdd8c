"""A counter query as PromQL, quoted so that no label value can break out of its quotes."""

import re
from collections.abc import Iterable

from covet_sre.errors import SourceMisanswered
from covet_sre.ports import CounterQuery
from covet_sre.slo.indicator import Matcher, MatchOp

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
# A dot that is not escaped: the only place where the two dialects below differ.
_DOT = re.compile(r"(?<!\\)(?:\\\\)*\.")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
# The Unicode replacement sign is valid text, but Prometheus 2's lexer takes it for broken UTF-8 unless it is escaped.
# What YAML cannot carry is escaped as well: expressions stand in rule files.
_TO_ESCAPE = re.compile('[\\\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffd-\uffff]')


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return "\\" + character if character in '\\"' else f"\\u{ord(character):04x}"


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
    return f'"{_TO_ESCAPE.sub(_escaped, value)}"'


def spelled(metric: str, matchers: Iterable[Matcher]) -> str:
    """`metric{label="value",...}`; a metric name with unusual characters is matched by `__name__`.

    Raises SourceMisanswered for a label name that Prometheus does not allow.
    """
    texts = [_spelled_matcher(matcher) for matcher in matchers]
    if not _METRIC.fullmatch(metric):
        return "{" + ",".join([f"__name__={quoted(metric)}", *texts]) + "}"
    return metric + ("{" + ",".join(texts) + "}" if texts else "")


def instant_selector(query: CounterQuery) -> str:
    """A counter query that selects in every Prometheus what it selects here."""
    return spelled(query.metric, map(_with_dots_of_any_character, query.matchers))


def _spelled_matcher(matcher: Matcher) -> str:
    if not _LABEL.fullmatch(matcher.label):
        raise SourceMisanswered(f"{matcher.label!r} is no label name", remedy="use letters, digits and underscores")
    return f"{matcher.label}{matcher.op.value}{quoted(matcher.value)}"


def _with_dots_of_any_character(matcher: Matcher) -> Matcher:
    """In Prometheus 2 a dot is any character but a line break, in Prometheus 3 and here it is any character."""
    if matcher.op in (MatchOp.MATCHES, MatchOp.NOT_MATCHES) and _DOT.search(matcher.value):
        return Matcher(matcher.label, matcher.op, f"(?s:{matcher.value})")
    return matcher
