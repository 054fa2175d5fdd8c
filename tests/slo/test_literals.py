"""No text breaks out of the literal that it is written in: asked of the parser that reads our files."""

from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.slo.indicator import Matcher, MatchOp, Selector
from covet_sre.slo.literals import string_literal
from covet_sre.spec.promql import parse

AWKWARD = "\"\\'`{}[]()=~!,|#%\n\r\t\x00\x7f\x85\u2028\u2029\ufeff\ufffd$ab é😀"
TEMPLATES = st.sampled_from(["{{window}}", "{{.window}}", "{{{{ window }}}}", "{{{window}}}", "\\{{window}}"])
values = st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | st.text(AWKWARD, max_size=30) | TEMPLATES


@settings(max_examples=2000, deadline=None)
@given(st.dictionaries(st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,9}", fullmatch=True), values, max_size=3))
def test_a_selector_reads_back_as_what_it_was(labels):
    labels.pop("__name__", None)
    matchers = tuple(Matcher(name, MatchOp.EQUAL, labels[name]) for name in sorted(labels))
    selector = Selector("requests_total", matchers)
    assert parse(str(selector)) == selector


@settings(max_examples=500, deadline=None)
@given(values.filter(bool))
def test_a_metric_of_any_name_reads_back_as_what_it_was(name):
    selector = Selector(name, (Matcher("job", MatchOp.EQUAL, "a"),))
    assert parse(str(selector)) == selector


@given(values)
def test_a_literal_is_one_line_that_can_be_printed(text):
    assert not any(character in string_literal(text) for character in "\n\r\x00\x85\u2028\u2029\ufeff\ufffd")
