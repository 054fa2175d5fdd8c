"""What is taken at a glance is what the reader would take as it stands: never more."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.errors import Refused
from covet_sre.integrations.arriving import GLANCES, READERS
from covet_sre.integrations.arriving.body import MOST_ALERTS
from covet_sre.integrations.arriving.fields import LONGEST_NAME, LONGEST_VALUE, MOST_LABELS

NOW = 1_795_000_000.0
ALERT = {
    "labels": {"alertname": "A", "service": "api"},
    "annotations": {"summary": "It is slow"},
    "startsAt": "2026-11-18T11:00:00Z",
    "endsAt": "2026-11-18T11:20:00.123Z",
    "generatorURL": "http://127.0.0.1:9090/graph",
}

names = st.one_of(st.sampled_from(["alertname", "a" * LONGEST_NAME, "a" * (LONGEST_NAME + 1), "", "\x00"]), st.text())
values = st.one_of(st.sampled_from(["v" * LONGEST_VALUE, "v" * (LONGEST_VALUE + 1), "", "\x00"]), st.text(), st.none())
times = st.sampled_from(
    [
        "2026-11-18T11:00:00Z",
        "2026-11-18t11:00:00+01:00",
        "0001-01-01T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "1",
        1,
        "",
        None,
    ]
)
alerts = st.fixed_dictionaries(
    {},
    optional={
        "labels": st.one_of(st.dictionaries(names, values, max_size=3), st.just([])),
        "annotations": st.one_of(st.dictionaries(st.text(), values, max_size=2), st.none()),
        "startsAt": times,
        "endsAt": times,
        "generatorURL": st.one_of(st.text(), st.integers()),
        "fingerprint": st.text(max_size=2),
    },
)


def is_plain(document: Any) -> bool:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return GLANCES["prometheus"](body, NOW)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(st.just(ALERT), alerts), max_size=4), st.booleans())
def test_what_is_taken_at_a_glance_is_read_whole(document: list[Any], escaped: bool) -> None:
    body = json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass")
    if GLANCES["prometheus"](body, NOW):
        read = READERS["prometheus"](body, "", NOW, lambda _labels: "")
        assert len(read.reports) == len(document) > 0
        assert not read.refused


def test_what_prometheus_sends_is_taken_at_a_glance() -> None:
    assert is_plain([ALERT] * 100)
    assert is_plain([{"labels": {f"name-{number}": "v" * LONGEST_VALUE for number in range(MOST_LABELS)}}])


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        [ALERT, 1],
        [{}],
        [{"labels": {}}],
        [{"labels": {"a": ""}}],
        [{"labels": {"a": 1}}],
        [{"labels": {f"name-{number}": "v" for number in range(MOST_LABELS + 1)}}],
        [{"labels": {"a": "b"}, "startsAt": "2026-11-18T12:00:00Z", "endsAt": "2026-11-18T11:00:00Z"}],
        [{"labels": {"a": "b"}}] * (MOST_ALERTS + 1),
        [{"labels": {"a": "b"}, "more": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}],
        b'[{"labels": {"a": "b"}, "more": NaN}]',
        b'[{"labels": {"a": "\\ud800"}}]',
        b'[{"labels": {"a": "\xff"}}]',
        b"[",
    ],
)
def test_everything_else_takes_a_closer_look(document: Any) -> None:
    assert not is_plain(document)


def test_a_reader_refuses_what_a_glance_would_have_to() -> None:
    """The bounds of both are the same: at each of them one more is refused by the reader, too."""
    with pytest.raises(Refused):
        READERS["prometheus"](json.dumps([ALERT] * (MOST_ALERTS + 1)).encode(), "", NOW, lambda _labels: "")
