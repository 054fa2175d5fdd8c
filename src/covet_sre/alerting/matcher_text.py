"""Matchers as people type them, and as amtool sends them: `service="api"`, `severity!=info`, `route=~"/orders.*"`."""

import re

from covet_sre.alerting.matchers import LabelMatcher, problem_of
from covet_sre.errors import Refused

_MATCHER = re.compile(r'\s*(?:([a-zA-Z_:][a-zA-Z0-9_:]*)|"((?:[^"\\]|\\.)+)")\s*(=~|!=|!~|=)\s*(.*?)\s*', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LONGEST = 1024


def read_matcher(text: str, where: str = "") -> LabelMatcher:
    """`name=value`, `!=`, `=~`, `!~`; the value quoted or not. Raises Refused with what is wrong."""
    found = _MATCHER.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        raise Refused(
            f"bad matcher format: {text[:100]}", where=where, remedy='write name="value", with =, !=, =~ or !~'
        )
    name, quoted_name, sign, value = found.groups()
    matcher = LabelMatcher(
        name or _unescaped(quoted_name),
        _value(value, where),
        is_regex=sign.endswith("~"),
        is_equal=not sign.startswith("!"),
    )
    if problem := problem_of(matcher):
        raise Refused(problem, where=where, remedy="mend the matcher")
    return matcher


def written(matcher: LabelMatcher) -> str:
    """As `read_matcher` reads it again."""
    name = matcher.name if _PLAIN_NAME.fullmatch(matcher.name) else _quoted(matcher.name)
    sign = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
    return name + sign[matcher.is_equal, matcher.is_regex] + _quoted(matcher.value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _value(text: str, where: str) -> str:
    if quoted := _QUOTED.fullmatch(text):
        return _unescaped(quoted[1])
    if text.startswith('"') or re.search(r'(?<!\\)"', text):
        raise Refused(
            f"matcher value contains unescaped double quote: {text[:100]}", where=where, remedy='write \\" for one'
        )
    return _unescaped(text)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: {"n": "\n", '"': '"', "\\": "\\"}.get(found[1], found[0]), text)
