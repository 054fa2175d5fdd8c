"""Matchers as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.alerting.matcher_text import read_matcher, written
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.errors import Refused

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=60)


@given(TEXT, TEXT, st.booleans())
def test_what_is_written_is_read_again(name: str, value: str, is_equal: bool) -> None:
    matcher = LabelMatcher(name, value, is_regex=False, is_equal=is_equal)
    assert read_matcher(written(matcher)) == matcher


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("service=api", LabelMatcher("service", "api")),
        (' service = "api" ', LabelMatcher("service", "api")),
        ("severity!=critical", LabelMatcher("severity", "critical", is_equal=False)),
        ('route=~"/orders.*"', LabelMatcher("route", "/orders.*", is_regex=True)),
        ("team!~a|b", LabelMatcher("team", "a|b", is_regex=True, is_equal=False)),
        ('said="\\"so\\"\\n"', LabelMatcher("said", '"so"\n')),
        ("empty=", LabelMatcher("empty", "")),
    ],
)
def test_values_stand_in_quotes_or_without(text: str, matcher: LabelMatcher) -> None:
    assert read_matcher(text) == matcher


@pytest.mark.parametrize("text", ["", "service", "=api", "a b=c", 'a="open', 'a=b"c', 'a=~"("', "a" * 2000 + "=b"])
def test_what_is_no_matcher_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Refused) as refused:
        read_matcher(text)
    assert refused.value.remedy
