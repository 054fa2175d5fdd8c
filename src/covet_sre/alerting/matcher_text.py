"""Matchers as people type them: `service="api"`, `severity!=info`, `route=~"/orders.*"`, `team!~"a|b"`."""

import re

from covet_sre.alerting.matchers import LabelMatcher, problem_of
from covet_sre.errors import Refused

_WRITTEN = re.compile(r"\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}


def read_matcher(text: str) -> LabelMatcher:
    """One matcher; its value may stand in double quotes. Raises Refused with what is wrong."""
    written = _WRITTEN.fullmatch(text)
    if written is None:
        raise Refused(f"{text.strip()!r} is no matcher", remedy='write it like service="api", !=, =~ or !~')
    name, sign, value = written.groups()
    if value.startswith('"'):
        quoted = _QUOTED.fullmatch(value)
        if quoted is None:
            raise Refused(f"{text.strip()!r} ends inside its quotes", remedy='close the quotes, and write \\" for one')
        value = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), quoted[1], flags=re.DOTALL)
    matcher = LabelMatcher(name, value, is_regex="~" in sign, is_equal=sign[0] == "=")
    if problem := problem_of(matcher):
        raise Refused(problem, remedy="mend the matcher")
    return matcher


def written(matcher: LabelMatcher) -> str:
    """As `read_matcher` reads it again."""
    value = matcher.value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    sign = {(True, False): "=", (False, False): "!=", (True, True): "=~", (False, True): "!~"}
    return f'{matcher.name}{sign[matcher.is_equal, matcher.is_regex]}"{value}"'
