"""Matchers on labels, as Alertmanager has them: anchored, and a label that is missing has the empty value."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, cast

import re2

from covet_sre.alerting.labels import Labels, value_of

_MOST_PATTERNS = 10_000


@dataclass(frozen=True, slots=True)
class LabelMatcher:
    """`name` = `value`, != with `is_equal` false, =~ and !~ with `is_regex`."""

    name: str
    value: str
    is_regex: bool = False
    is_equal: bool = True

    def matches(self, labels: Labels) -> bool:
        """Whether one alert's labels satisfy it. The pattern was checked when the matcher was made."""
        found = value_of(labels, self.name)
        same = _found(_pattern(self.value), found) if self.is_regex else found == self.value
        return same is self.is_equal

    @property
    def is_equality(self) -> bool:
        return self.is_equal and not self.is_regex

    def __str__(self) -> str:
        sign = ("=" if self.is_equal else "!") + ("~" if self.is_regex else "" if self.is_equal else "=")
        return f'{self.name}{sign}"{self.value}"'


def matches_all(matchers: tuple[LabelMatcher, ...], labels: Labels) -> bool:
    """Whether every matcher is satisfied."""
    return all(matcher.matches(labels) for matcher in matchers)


def problem_of(matcher: LabelMatcher) -> str:
    """What is wrong with a matcher, empty when nothing is."""
    if not matcher.name:
        return "a matcher needs the name of a label"
    if matcher.is_regex:
        try:
            _pattern(matcher.value)
        except re2.error as error:
            said = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
            return f"{matcher.value!r} is no regular expression: {said}"
    return ""


class Pattern(Protocol):
    """The part of a compiled expression that is used."""

    def fullmatch(self, text: str) -> object | None: ...


@lru_cache(maxsize=_MOST_PATTERNS)
def _pattern(text: str) -> Pattern:
    """RE2, as Prometheus and Alertmanager have it: no pattern takes more than linear time, whoever writes it."""
    options = re2.Options()
    options.log_errors = False
    options.dot_nl = True
    return cast("Pattern", re2.compile(text, options))


def _found(pattern: Pattern, text: str) -> bool:
    try:
        return pattern.fullmatch(text) is not None
    except UnicodeEncodeError:
        # Half a character, which JSON can carry and UTF-8 cannot.
        return pattern.fullmatch(text.encode(errors="replace").decode()) is not None
