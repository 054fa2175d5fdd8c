"""Text -> plain values with their places: strictly YAML 1.2, and within bounds whatever the text is."""

import time
import tracemalloc

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.scalars import plain_scalar
from covet_sre.spec.yaml_documents import MAX_DEPTH, MAX_FILE_BYTES, MAX_NODES, read_yaml


def value_of(text):
    findings = Findings()
    documents = read_yaml(text, "test.yaml", findings)
    assert findings.found == [], [str(each) for each in findings.found]
    return documents[0].value


def problems(text):
    findings = Findings()
    read_yaml(text, "test.yaml", findings)
    return [str(each) for each in findings.found]


@pytest.mark.parametrize(
    ("text", "value"),
    {
        "NO": "NO", "no": "no", "off": "off", "Yes": "Yes", "y": "y", "12:30": "12:30", "1:2:3": "1:2:3",
        "2026-01-01": "2026-01-01", "2026-01-01 00:00:00": "2026-01-01 00:00:00", "1_000": "1_000", "0b11": "0b11",
        "=": "=", "<<": "<<", "true": True, "False": False, "null": None, "~": None, "nUll": "nUll", "010": 10,
        "0o17": 15, "0x1F": 31, "+5": 5, "-0": 0, "1.": 1.0, ".5": 0.5, "1e3": 1000.0, "0.999": 0.999, "99.9": 99.9,
        "-.inf": float("-inf"), ".INF": float("inf"), "1.2.3": "1.2.3", ".": ".", "+": "+", "0x": "0x",
        "1e": "1e", "5m": "5m", "0o8": "0o8", "'5'": "5", '"true"': "true", "!!str 5": "5", "! 5": "5",
    }.items(),
)  # fmt: skip
def test_a_scalar_is_read_as_yaml_1_2_reads_it(text, value):
    read = value_of(f"a: {text}")["a"]
    assert read == value
    assert type(read) is type(value)


# Where YAML 1.1 (which PyYAML reads) and 1.2 agree: plain words, decimal numbers without a leading 0, quoted text.
AGREEING = st.one_of(
    st.integers(-(10**15), 10**15).map(str),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(lambda number: f"{number:.6f}"),
    st.sampled_from(["true", "false", "True", "FALSE", "null", "~", ".inf", "-.inf"]),
    st.from_regex(r"[g-xG-X][a-z0-9 ]{0,10}[a-z0-9]", fullmatch=True).filter(
        lambda text: text.lower() not in ("no", "on", "off", "yes", "y", "n")
    ),
    # Unquoted text that begins like a number may be one in only one of the two versions.
    st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
    .map(lambda text: yaml.dump(text).strip().removesuffix("\n..."))
    .filter(lambda text: text[0] not in "+-.0123456789"),
)


@given(st.dictionaries(st.from_regex(r"[g-m][a-z]{2,8}", fullmatch=True), st.lists(AGREEING, max_size=3), min_size=1))
def test_where_yaml_1_1_and_1_2_agree_the_values_are_those_of_pyyaml(written):
    text = "".join(f"{key}:\n" + "".join(f"  - {text}\n" for text in texts) for key, texts in written.items())
    assert value_of(text) == yaml.safe_load(text)


@given(st.text(max_size=20))
def test_any_plain_scalar_has_a_value_of_a_plain_type(text):
    assert isinstance(plain_scalar(text), str | int | float | bool | None)


def test_a_number_of_thousands_of_digits_is_refused():
    assert problems(f"a: {'9' * 5000}") == [
        "test.yaml:1:4: is a number of 5000 characters; write a shorter number, or quote it"
    ]


def test_a_duplicate_key_is_named_with_both_lines():
    assert problems("a: 1\nb: 2\na: 3\n") == [
        "test.yaml:3:1: the key 'a' is written twice (first on line 1); keep one of the two"
    ]


def test_keys_are_text_whatever_they_look_like():
    assert value_of("{1: a, NO: b, null: c, true: d}") == {"1": "a", "NO": "b", "null": "c", "true": "d"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: !!python/object:os.system x", "1:4: carries the tag"),
        ("!include a.yaml", "carries the tag '!include'"),
        ("? [a, b]\n: c", "1:3: is a key that is not plain text"),
        ("a: *nowhere", "1:4: the alias *nowhere has no finished anchor before it"),
        ("a: &a [*a]", "1:8: the alias *a has no finished anchor before it"),
        ("a: b: c", "1:5: mapping values are not allowed"),
        ("a:\n\t- b", "2:1: found character that cannot start any token"),
        ("a: [1, 2", "1:9: did not find expected ',' or ']'"),
        ("\x00", "1:1: is no YAML text"),
        ("a: 1\nb: \x07", "2:4: is no YAML text"),
        ("\ud800", "1:1: is no YAML text"),
    ],
)
def test_what_is_no_strict_yaml_is_an_error_with_its_place(text, words):
    found = problems(text)
    assert len(found) == 1
    assert words in found[0]


def test_documents_before_broken_yaml_are_still_read():
    findings = Findings()
    documents = read_yaml("a: 1\n---\nb: [\n---\nc: 3\n", "test.yaml", findings)
    assert [document.value for document in documents] == [{"a": 1}]
    assert len(findings.found) == 1


def test_a_list_of_documents_counts_as_its_items_and_empty_documents_as_none():
    findings = Findings()
    documents = read_yaml("---\n---\n- a: 1\n- b: 2\n---\nc: 3\n---\n", "test.yaml", findings)
    assert [document.value for document in documents] == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert [document.place.line for document in documents] == [3, 4, 6]


def test_each_value_knows_its_place():
    findings = Findings()
    (document,) = read_yaml("# a comment\nspec:\n  objectives:\n    - target: 0.9\n      op: gt\n", "a.yaml", findings)
    spot = Spot(document) / "spec" / "objectives" / 0
    assert str((spot / "target").location) == "a.yaml:4:7"
    assert str((spot / "op").location) == "a.yaml:5:7"
    assert (spot / "op").field == "spec.objectives[0].op"
    assert str((spot / "missing").location) == "a.yaml:4:7"


def test_an_alias_stands_for_its_anchor_until_the_document_ends():
    assert value_of("a: &x {b: [1]}\nc: *x\n") == {"a": {"b": [1]}, "c": {"b": [1]}}
    assert "has no finished anchor" in problems("a: &x 1\n---\nb: *x\n")[0]


# ---------------------------------------------------------------- bombs


def laughs(levels):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(lines)


BOMBS = {
    "a billion laughs": (laughs(9), "aliases written out"),
    "wide laughs": ("a: &a [" + "x," * 5000 + "]\nb: [" + "*a," * 5000 + "]", "aliases written out"),
    "deep flow lists": ("[" * 1_000_000, f"more than {MAX_DEPTH} deep"),
    "deep flow maps": ("{a: " * 100_000, f"more than {MAX_DEPTH} deep"),
    "deep block lists": ("- " * 100_000, f"more than {MAX_DEPTH} deep"),
    "deep block maps": ("\n".join(" " * n + "a:" for n in range(1500)), f"more than {MAX_DEPTH} deep"),
    "depth through aliases": (
        "a0: &a0 [x]\n" + "\n".join(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 200)), f"more than {MAX_DEPTH} deep"),
    "more values than a file may have": ("- x\n" * (MAX_NODES + 1), "more than"),
    "a file larger than allowed": ("#" * (MAX_FILE_BYTES + 1), "is larger than 4 MiB"),
    "more keys than a file may have": ("{" + ",".join(f"k{n}" for n in range(450_000)) + "}", "more than"),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_in_bounded_time_and_memory(bomb):
    text, words = BOMBS[bomb]
    started = time.process_time()
    found = problems(text)
    assert time.process_time() - started < 10
    assert len(found) == 1
    assert words in found[0]
    tracemalloc.start()
    problems(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 250 * 2**20
