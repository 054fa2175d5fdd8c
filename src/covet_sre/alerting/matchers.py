"""Matchers on labels, as Alertmanager has them: anchored, and a label that is missing has the empty value."""

import re
from dataclasses import dataclass
from functools import lru_cache

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
        same = _pattern(self.value).fullmatch(found) is not None if self.is_regex else found == self.value
        return same is self.is_equal

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
        except re.error as error:
            return f"{matcher.value!r} is no regular expression: {error}"
    return ""


@lru_cache(maxsize=_MOST_PATTERNS)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)
