"""What is exposed is what two other parsers read, and an exact recount."""

import subprocess
from bisect import bisect_left
from collections import Counter
from pathlib import Path

import pytest
from asgi_client import parse, samples, value
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics_families

from covet_sre_sdk import Metrics, MetricsApp, QueueLength
from covet_sre_sdk.families import EVENT_FAMILIES, JOBS, OWN_NAMES, QUERIES, REQUESTS

# Any text but lone surrogates, which no encoding carries. The parser of prometheus_client splits lines at \n alone.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ['"', "\\", "\n", "\\n", '\\"', "%s", "{}", "}", ",", 'a="b"', "%%", '{a="b"} 1']
)
durations = st.one_of(
    st.sampled_from(sorted({bound for family in EVENT_FAMILIES for bound in family.bounds})),
    st.floats(0, 20_000, allow_nan=False),
)
events = st.lists(
    st.one_of(
        st.tuples(
            st.just(REQUESTS), st.tuples(st.just("GET"), texts, st.sampled_from(["200", "404", "500"])), durations
        ),
        st.tuples(st.just(QUERIES), st.tuples(texts, st.sampled_from(["ok", "error"])), durations),
        st.tuples(st.just(JOBS), st.tuples(texts, st.sampled_from(["within_sla", "late", "failed"])), durations),
    ),
    max_size=30,
)


@given(events)
@settings(deadline=None, max_examples=150)
def test_the_exposition_is_an_exact_recount_of_the_events(events: list) -> None:
    metrics = Metrics()
    counts: Counter = Counter()
    buckets: Counter = Counter()
    for family, labels, seconds in events:
        metrics.observe(family, labels, seconds)
        counts[family.counter, labels] += 1
        for bound in (*family.bounds, float("inf")):
            buckets[family.histogram, labels[:-1], bound] += seconds <= bound
    found = own(samples(metrics))
    for family in EVENT_FAMILIES:
        groups = {labels[:-1] for name, labels in counts if name == family.counter}
        for (name, labels), count in counts.items():
            if name == family.counter:
                assert value(found, name, **dict(zip(family.labels, labels, strict=True))) == count
        for group in groups:
            named = dict(zip(family.labels[:-1], group, strict=True))
            for bound in (*family.bounds, float("inf")):
                text = "+Inf" if bound == float("inf") else repr(bound)
                got = value(found, f"{family.histogram}_bucket", **named, le=text)
                assert got == buckets[family.histogram, group, bound]
    positive = sum(1 for (name, _), count in found.items() if name.endswith("_total") and count)
    assert positive == len(counts)


def own(found: dict) -> dict:
    return {key: count for key, count in found.items() if key[0].startswith(tuple(OWN_NAMES))}


@given(events)
@settings(deadline=None, max_examples=50)
def test_both_formats_say_the_same(events: list) -> None:
    metrics = Metrics()
    for family, labels, seconds in events:
        metrics.observe(family, labels, seconds)
    QueueLength(metrics).set(len(events))
    text = MetricsApp(metrics).render(open_metrics=True).decode()
    assert text.endswith("# EOF\n")
    read = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in open_metrics_families(text)
        for sample in family.samples
    }
    assert own(read) == own(samples(metrics))


def test_promtool_finds_nothing_to_complain_about(metrics: Metrics) -> None:
    for family, labels in ((REQUESTS, ("GET", '/a"\\\n%s', "200")), (QUERIES, ("select", "ok")), (JOBS, ("a", "late"))):
        for seconds in (0, *family.bounds, 1e9):
            metrics.observe(family, labels, seconds)
    QueueLength(metrics).set(7)
    found = MetricsApp(metrics)._exposition.render(metrics.totals(), open_metrics=False)
    result = subprocess.run(["promtool", "check", "metrics"], input=found.encode(), capture_output=True, timeout=30)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_a_second_scrape_shows_only_what_moved_as_moved(metrics: Metrics) -> None:
    app = MetricsApp(metrics)
    metrics.observe(JOBS, ("a", "late"), 2.0)
    metrics.observe(JOBS, ("b", "late"), 2.0)
    first = own(parse(app.render().decode()))
    metrics.observe(JOBS, ("b", "late"), 0.0)
    second = own(parse(app.render().decode()))
    moved = {key for key in second if second[key] != first[key]}
    assert moved
    assert all(("job_type", "b") in labels for _, labels in moved)


def test_the_bounds_include_those_that_objectives_ask_for() -> None:
    assert {0.1, 0.25, 0.5, 0.75, 1.0} <= set(REQUESTS.bounds)
    assert (REQUESTS.bounds[0], REQUESTS.bounds[-1]) == (0.005, 10.0)
    assert {0.1, 0.2} <= set(QUERIES.bounds)
    for family in EVENT_FAMILIES:
        assert list(family.bounds) == sorted(set(family.bounds))


@pytest.mark.parametrize("family", EVENT_FAMILIES, ids=lambda family: family.histogram)
def test_a_value_on_a_bound_is_within_it(family) -> None:
    for index, bound in enumerate(family.bounds):
        assert bisect_left(family.bounds, bound) == index


def test_an_event_without_a_duration_lies_above_every_bound(metrics: Metrics) -> None:
    metrics.observe(QUERIES, ("connect", "error"), float("inf"))
    found = samples(metrics)
    assert value(found, "db_query_duration_seconds_bucket", operation="connect", le="10.0") == 0
    assert value(found, "db_query_duration_seconds_bucket", operation="connect", le="+Inf") == 1
    assert value(found, "db_query_duration_seconds_sum", operation="connect") == 0


def test_the_readme_names_every_metric() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    assert [name for name in sorted(OWN_NAMES) if f"`{name}" not in readme] == []
