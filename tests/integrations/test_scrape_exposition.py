"""Reading expositions: against prometheus-client's parser, and what is no exposition."""

import time
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from covet_sre.integrations.scrape.exposition import NotAnExposition, WantedLines, parse_sample, parse_value, text_of

OPEN = "application/openmetrics-text"
LABEL_VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=20)


@given(
    labels=st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True), LABEL_VALUES, max_size=4),
    value=st.floats(),
    timestamp=st.none() | st.integers(0, 2**41),
)
def test_any_sample_is_read_as_it_was_written(labels: dict[str, str], value: float, timestamp: int | None) -> None:
    pairs = []
    for name, text in labels.items():
        escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')
        pairs.append(f'{name}="{escaped}"')
    line = f"jobs_total{{{','.join(pairs)}}} {value!r}" + (f" {timestamp}" if timestamp is not None else "")
    (line,) = WantedLines(["jobs_total"]).of(text_of(f"{line}\n".encode(), ""))
    sample = parse_sample(line)
    assert sample.name == "jobs_total"
    assert sample.labels == {name: text for name, text in labels.items() if text}
    assert sample.value == value or (isnan(sample.value) and isnan(value))


@given(routes=st.lists(LABEL_VALUES, min_size=1, max_size=5, unique=True), amount=st.floats(0, 1e12))
def test_what_prometheus_client_exposes_is_read_as_its_own_parser_reads_it(routes: list[str], amount: float) -> None:
    registry = CollectorRegistry()
    counter = Counter("orders", "Orders.", ["route"], registry=registry)
    histogram = Histogram("seconds", "Time.", ["route"], registry=registry, buckets=(0.1, 1))
    for route in routes:
        counter.labels(route).inc(amount)
        histogram.labels(route).observe(0.5)
    exposed = generate_latest(registry)
    expected = {
        (sample.name, tuple(sorted((n, v) for n, v in sample.labels.items() if v)), sample.value)
        for family in text_string_to_metric_families(exposed.decode())
        for sample in family.samples
        if sample.name in ("orders_total", "seconds_bucket")
    }
    for body, kind in ((exposed, "text/plain"), (generate_openmetrics(registry), OPEN)):
        lines = WantedLines(["orders_total", "seconds_bucket"]).of(text_of(body, kind))
        samples = [parse_sample(line) for line in lines]
        assert {(one.name, tuple(sorted(one.labels.items())), one.value) for one in samples} == expected


@pytest.mark.parametrize(
    ("line", "labels", "value"),
    [
        ("a_total 1", {}, 1.0),
        ("a_total\t1\t", {}, 1.0),
        ("a_total{} 1", {}, 1.0),
        ("a_total {} 1 ", {}, 1.0),
        ('a_total{b="c"}1', {"b": "c"}, 1.0),
        ('a_total{ b = "c" , } 1e3 123', {"b": "c"}, 1000.0),
        ('a_total{b="c",d="e"} +Inf -5\r', {"b": "c", "d": "e"}, float("inf")),
        ('a_total{b="}"} 1', {"b": "}"}, 1.0),
        ('a_total{b="# {"} 1 # {trace_id="x} 9"} 0.5 12.5', {"b": "# {"}, 1.0),
        ('a_total{b="c"} 5 12.5 # {} 1', {"b": "c"}, 5.0),
        ('a_total{b="\\\\n\\n\\"\\x"} 1', {"b": '\\n\n"\\x'}, 1.0),
        ('a_total{b="",c="d"} 1', {"c": "d"}, 1.0),
    ],
)
def test_the_corners_of_the_format(line: str, labels: dict[str, str], value: float) -> None:
    sample = parse_sample(line)
    assert (sample.name, sample.labels, sample.value) == ("a_total", labels, value)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a_total",
        "a_total ",
        "a_total x",
        "a_total 1_000",
        "a_total 1 x",
        "1a 5",
        "a-b 5",
        'a_total{b="c} 1',
        'a_total{b="c"',
        "a_total{b=c} 1",
        'a_total{b="c" d="e"} 1',
        'a_total{b="c",b="d"} 1',
        'a_total{__name__="x"} 1',
        'a_total{,b="c"} 1',
        "Internal error: database is away",
    ],
)
def test_a_line_that_is_no_sample_is_refused(line: str) -> None:
    with pytest.raises(NotAnExposition):
        parse_sample(line)


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b"", "text/plain", "empty"),
        (b"<!DOCTYPE html>\n", "text/plain", "a page of HTML"),
        (b"up 1\n", "text/html", "a page of HTML"),
        (b'{"status":"ok"}\n', "text/plain", "JSON"),
        (b"{}", "application/json", "JSON"),
        (b"up 1\n", OPEN, "before `# EOF`"),
        (b"up 1\n# EOF up", OPEN, "before `# EOF`"),
        (b"\xff\n", "text/plain", "not UTF-8"),
        (b"Service is starting\n", "text/plain", "no sample: Service is starting"),
    ],
)
def test_what_is_no_exposition_is_refused_with_the_reason(body: bytes, kind: str, says: str) -> None:
    with pytest.raises(NotAnExposition, match=says):
        text_of(body, kind)


def test_a_last_line_without_its_end_is_half_a_line_unless_http_says_that_it_is_all() -> None:
    assert text_of(b"up 1\nx 2", "", delimited=True) == "up 1\nx 2"
    with pytest.raises(NotAnExposition, match="in the middle of a line"):
        text_of(b"up 1\nx 2", "", delimited=False)


@pytest.mark.parametrize("body", [b"up 1\n# EOF\n", b"up 1\n# EOF", b"# EOF\n"])
def test_openmetrics_is_whole_when_it_says_so(body: bytes) -> None:
    assert text_of(body, OPEN)


def test_only_the_wanted_metrics_are_picked_by_their_whole_names() -> None:
    text = 'a_total 1\na_total_more 2\n  a_total{b="c"} 3\n\ta_total 4\n# HELP a_total x\na 5\nb{a_total="1"} 6\n'
    assert WantedLines(["a_total"]).of(text_of(text.encode(), "")) == ["a_total 1", 'a_total{b="c"} 3', "a_total 4"]


def test_line_separators_of_unicode_inside_a_label_do_not_split_a_line() -> None:
    (line,) = WantedLines(["a_total"]).of(text_of('a_total{b="x\x85\u2028y"} 1\n'.encode(), ""))
    assert parse_sample(line).labels == {"b": "x\x85\u2028y"}


@pytest.mark.parametrize("text", ["1_0", "0x10", "", "one", "1,5", "--1"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotAnExposition, match="no number"):
        parse_value(text)


def test_a_hostile_line_of_ten_megabytes_is_refused_quickly() -> None:
    begun = time.process_time()
    for line in ('a_total{b="' + '\\"' * 5_000_000, "a_total{" + 'b="c",' * 1_600_000, "a_total" + " " * 10_000_000):
        with pytest.raises(NotAnExposition):
            parse_sample(line)
    assert time.process_time() - begun < 10
