"""Which series belong to which streams, against asking every selector; and what is pushed down to the source."""

from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.engine.plan import common_matchers
from covet_sre.slo.indicator import CounterRatio, Matcher, MatchOp, Selector
from covet_sre.slo.matching import Role, SeriesIndex, selectors_of
from covet_sre.slo.stream import Occurrences, stream_of

METRICS = ("a_total", "b_total")
LABELS = ("job", "code", "le")
VALUES = ("", "x", "y", "0.5", "50x", "a|b", "x.y")
PATTERNS = ("x", "x|y", ".*", ".+", "5..", "", "0\\.5", "x.y|50x")

matchers = st.one_of(
    st.builds(
        Matcher, st.sampled_from(LABELS), st.sampled_from([MatchOp.EQUAL, MatchOp.NOT_EQUAL]), st.sampled_from(VALUES)
    ),
    st.builds(
        Matcher,
        st.sampled_from(LABELS),
        st.sampled_from([MatchOp.MATCHES, MatchOp.NOT_MATCHES]),
        st.sampled_from(PATTERNS),
    ),
)
selectors = st.builds(
    lambda metric, chosen: Selector(metric, tuple(sorted(chosen, key=str))),
    st.sampled_from(METRICS),
    st.lists(matchers, max_size=4),
)
indicators = st.builds(
    lambda total, part, is_good: CounterRatio("s", total, part if is_good else None, None if is_good else part),
    selectors,
    selectors,
    st.booleans(),
)
series = st.builds(
    lambda metric, labels: {"__name__": metric} | {name: value for name, value in labels.items() if value},
    st.sampled_from((*METRICS, "c_total")),
    st.dictionaries(st.sampled_from(LABELS), st.sampled_from(VALUES), max_size=3),
)


@settings(max_examples=300, deadline=None)
@given(declared=st.lists(indicators, max_size=8), labels=series)
def test_the_index_gives_a_series_the_roles_that_asking_every_selector_gives(declared, labels) -> None:
    streams = [(number, stream_of(f"slo{number}", one, Occurrences())) for number, one in enumerate(declared)]
    plain = {
        Role(number, part)
        for number, one in enumerate(declared)
        for part, selector in selectors_of(one)
        if selector.metric == labels["__name__"] and all(m.accepts(labels.get(m.label, "")) for m in selector.matchers)
    }
    found = SeriesIndex(streams).roles(labels)
    assert set(found) == plain
    assert len(found) == len(plain)


@settings(max_examples=500, deadline=None)
@given(chosen=st.lists(selectors.map(lambda s: Selector("a_total", s.matchers)), min_size=1, max_size=6), labels=series)
def test_what_is_pushed_down_never_excludes_a_wanted_series(chosen, labels) -> None:
    if any(selector.accepts(labels) for selector in chosen):
        assert Selector("a_total", common_matchers(chosen)).accepts(labels)


def test_the_bounds_of_a_histogram_that_are_used_are_pushed_down() -> None:
    chosen = [Selector("a_bucket", (Matcher("le", MatchOp.EQUAL, bound),)) for bound in ("0.5", "+Inf")]
    pushed = Selector("a_bucket", common_matchers(chosen))
    assert [pushed.accepts({"le": bound}) for bound in ("0.5", "+Inf", "0.05", "0x5")] == [True, True, False, False]
