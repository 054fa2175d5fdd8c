"""What is written is read again as it was, by our reader and by others."""

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from covet_sre.spec.findings import Findings
from covet_sre.spec.writing import document_text, yaml_text
from covet_sre.spec.yaml_documents import read_yaml

TEXTS = st.text(st.characters(codec="utf-8"), max_size=30)
SCALARS = st.one_of(
    TEXTS,
    st.sampled_from(["off", "12:30", "0o17", "1e3", "~", "", "- a", "a: b", "#", "a #b", "5xx", "2026-01-01", "1_000"]),
    st.booleans(),
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False),
    st.none(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=15,
)
DOCUMENTS = st.dictionaries(TEXTS, VALUES, min_size=1, max_size=5)


def read(text: str) -> list[object]:
    findings = Findings()
    documents = [document.value for document in read_yaml(text, "a.yaml", findings)]
    assert not findings.found, [str(each) for each in findings.found]
    return documents


@given(st.lists(DOCUMENTS, min_size=1, max_size=3), st.lists(TEXTS, max_size=2))
@example([{"a": "x\n y\n"}], [])
@example([{"a": "\n"}], [])
@example([{"a": " x\ny"}], [])
@example([{"a": "x \ny"}], [])
@example([{"a": [[], {}, [[1]], [{"b": []}]]}], [])
@example([{"a": "---\nb"}], ["---\nb: 1"])
@example([{"a": "\ufeff"}, {"\u2028": "\x85"}], [])
def test_any_documents_are_read_again_as_they_were(documents, head) -> None:
    assert read(yaml_text(documents, head)) == documents


@given(DOCUMENTS)
def test_an_older_reader_takes_every_text_for_the_same_text(document) -> None:
    """YAML 1.1, as most other tools read it."""
    assert texts_in(yaml.safe_load(document_text(document))) == texts_in(document)


def texts_in(value: object) -> object:
    """The value without numbers, which YAML 1.1 spells otherwise at times."""
    if isinstance(value, dict):
        return {key: texts_in(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [texts_in(inner) for inner in value]
    return value if isinstance(value, str | bool) or value is None else "a number"


def test_it_looks_as_people_write_it() -> None:
    document = {
        "kind": "SLO",
        "window": "30d",
        "switch": "off",
        "share": 0.0001,
        "percent": 95,
        "query": 'requests_total{job="a",code=~"5.."}',
        "long": "sum(rate(a[5m]))\n/\nsum(rate(b[5m]))",
        "list": [{"duration": "30d", "isRolling": True}, "text"],
        "empty": {},
    }
    assert yaml_text([document, {"kind": "Service"}], ["Made by hand."]) == (
        "# Made by hand.\n"
        "kind: SLO\n"
        "window: 30d\n"
        'switch: "off"\n'
        "share: 0.0001\n"
        "percent: 95\n"
        'query: requests_total{job="a",code=~"5.."}\n'
        "long: |-\n  sum(rate(a[5m]))\n  /\n  sum(rate(b[5m]))\n"
        "list:\n  - duration: 30d\n    isRolling: true\n  - text\n"
        "empty: {}\n"
        "---\n"
        "kind: Service\n"
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number) -> None:
    with pytest.raises(ValueError, match="no number"):
        document_text({"a": number})
