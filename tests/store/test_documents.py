"""Documents: everything comes out as it went in, whatever is in it, and newer documents are read by older versions."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from math import inf
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.alerting.alert import Alert
from covet_sre.alerting.report import Saying
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence
from covet_sre.errors import StoreError
from covet_sre.incident.events import KINDS, Entry, Opened
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outgoing
from covet_sre.incident.timeline import broken_at, sealed
from covet_sre.store.documents import decode, decode_many, encode, fit, unfit

TEXTS = st.text(st.one_of(st.characters(), st.sampled_from('\ud800\udfff\x00\\"<&é\u2028\U0001f525')))
FLOATS = st.floats(allow_nan=False)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type, by its annotations alone."""
    if hint in (str, float, int, bool):
        return {str: TEXTS, float: FLOATS, int: st.integers(), bool: st.booleans()}[hint]
    if hint is type(None):
        return st.none()
    if hint is Saying:
        return st.builds(Saying, FLOATS, st.booleans(), FLOATS)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return st.builds(hint, **{field.name: values_of(hints[field.name]) for field in fields(hint)})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(hint)
    arguments = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        return st.one_of(*map(values_of, arguments))
    assert get_origin(hint) is tuple, hint
    if arguments[1:] == (...,):
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    return st.tuples(*map(values_of, arguments))


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


@pytest.mark.parametrize("kind", [Alert, Incident, Silence, Outgoing, *KINDS.values()], ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_documents_come_out_as_they_went_in_and_are_json(kind: type[Any], data: st.DataObject) -> None:
    values = data.draw(st.lists(values_of(kind), max_size=3))
    documents = [encode(kind, value) for value in values]
    assert decode_many(kind, documents) == values
    for document in documents:
        document.encode()
        json.loads(document, parse_constant=refuse)
        assert "\x00" not in document


def test_infinity_beside_half_a_character_is_kept_too():
    """Found by the test above: what is no Unicode takes another way, which wrote `Infinity` as no JSON has it."""
    silence = Silence("\ud800", (), 0.0, inf, "ana", "why", -inf)
    document = encode(Silence, silence)
    json.loads(document, parse_constant=refuse)
    assert decode_many(Silence, [document]) == [silence]


@given(st.lists(st.sampled_from(list(KINDS.values())).flatmap(values_of), max_size=6))
@settings(max_examples=100, deadline=None)
def test_a_timeline_is_still_whole_when_it_was_kept(events: list[Any]) -> None:
    entries: list[Entry] = []
    for position, event in enumerate(events, start=1):
        before = entries[-1].digest if entries else ""
        entries.append(sealed(Entry("INC-2026-1126-001", position, 1e9 + position, "ana", event), before))
    kept = [
        Entry(
            one.incident, one.position, one.at, one.actor, decode(type(one.event), encode(type(one.event), one.event))
        )
        for one in entries
    ]
    assert broken_at(sealed_as(one, of) for one, of in zip(kept, entries, strict=True)) is None


def sealed_as(entry: Entry, other: Entry) -> Entry:
    return Entry(entry.incident, entry.position, entry.at, entry.actor, entry.event, other.digest)


def test_whole_seconds_are_the_same_in_a_chain_as_they_are_kept() -> None:
    entry = sealed(Entry("INC-2026-1126-001", 1, 1000, "ana", Opened("api", Severity.P1, "down", 60)), "")
    kept = decode(Opened, encode(Opened, entry.event))
    assert broken_at([Entry("INC-2026-1126-001", 1, 1000.0, "ana", kept, entry.digest)]) is None


def test_an_alert_without_an_end_is_kept_without_an_end() -> None:
    document = encode(Saying, Saying(1.0, is_resolved=False))
    assert document == '[1.0,false,"Infinity"]'
    assert decode(Saying, document).ends_at == inf


def test_what_a_newer_version_adds_is_passed_over() -> None:
    value = Opened("api", Severity.P1, "down", 1.0)
    newer = {**json.loads(encode(Opened, value)), "mood": {"grim": [1]}}
    assert decode(Opened, json.dumps(newer)) == value


@pytest.mark.parametrize("document", ['{"service": 1}', "nonsense", "", '{"service": "a"}'])
def test_a_document_that_cannot_be_read_is_a_store_error(document: str) -> None:
    with pytest.raises(StoreError, match="Opened cannot be read"):
        decode(Opened, document)


@given(TEXTS)
def test_texts_fit_into_every_column_and_come_out_again(text: str) -> None:
    kept = fit(text)
    assert "\x00" not in kept
    kept.encode()
    assert unfit(kept) == text


@given(st.text(st.characters(exclude_characters="\\\x00", codec="utf-8")))
def test_ordinary_texts_stand_there_as_they_are(text: str) -> None:
    assert fit(text) == text
