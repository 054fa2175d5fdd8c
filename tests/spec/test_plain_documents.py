"""The plain reader against the full one: it gives exactly the same documents, or none, and never what that refuses."""

import re
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from covet_sre.spec.findings import Findings
from covet_sre.spec.plain_documents import MAX_FILE_LINES, PlainReader
from covet_sre.spec.yaml_documents import MAX_NODES, read_yaml

ROOT = Path(__file__).resolve().parents[2]


def typed(value):
    """A value with the type of everything in it, so that 1, 1.0 and true are three; a list where a set was no order."""
    if isinstance(value, dict):
        return [(key, typed(inner)) for key, inner in value.items()]
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return type(value).__name__, repr(value)


def places(place):
    return place.line, place.column, [(step, places(inner)) for step, inner in place.children.items()]


def exactly(documents):
    return [(each.file, typed(each.value), places(each.place), locations(each), repr(each.kind)) for each in documents]


def locations(document):
    """Where each value is said to stand, and what is missing at the end of each path."""
    return [
        str(document.location_of((*path, *more))) for path in paths(document.place) for more in ([], ["missing"], [7])
    ]


def paths(place, path=()):
    yield path
    for step, inner in place.children.items():
        yield from paths(inner, (*path, step))


def is_plain(text):
    """Whether the plain reader takes the text; what it gives must be what the full one gives without a finding."""
    plain = PlainReader().documents(text, "a.yaml")
    if plain is None:
        return False
    findings = Findings()
    full = read_yaml(text, "a.yaml", findings)
    assert findings.found == [], (text, [str(each) for each in findings.found])
    assert exactly(plain) == exactly(full), text
    return True


# ---------------------------------------------------------------- files that people write


def fenced_yaml():
    for page in sorted([*ROOT.glob("docs/**/*.md"), ROOT / "README.md"]):
        yield from re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL)


def test_our_examples_are_plain():
    files = sorted((ROOT / "examples").rglob("*.yaml"))
    assert len(files) >= 7
    assert [file.name for file in files if not is_plain(file.read_text())] == []


def test_whatever_yaml_this_repository_holds_is_read_alike_by_both():
    texts = [file.read_text() for file in ROOT.rglob("*.y*ml") if ".make" not in file.parts]
    blocks = list(fenced_yaml())
    results = [is_plain(text) for text in [*texts, *blocks]]
    assert blocks
    assert any(results)


def test_files_with_the_breaks_of_windows_are_plain():
    assert is_plain("a: 1\r\nb:\r\n  - c: 2\r\n---\r\nd: 'x'\r\n")


PLAIN = [
    "a:\n  - x\n    y",
    "a: b\n  ...",
    "a: b\n c", "a: b\n  c d  \n      e\nf: g", "a:\n  - b\n   c\n  - d", "a:\n- b\n c\nd: 1",
    "a:\n  - b: c\n     d\n    e: f", "a: b\n  c:d\n  x#y\n", "a: b\n  c, [d] {e} 'f' \"g\" h-i\n",
    "a:\n  b: c d\n    1\n  e: 2", "a:", "a: ", "a: 1", "a: 1 ", "a:   1", "a: # nothing",
    "a: b # a comment: with a colon", "a: b #c", "a: b#c", "a: -5", "a: .5", "a: 0o17", "a: 0x1F", "a: 1e3",
    "a: 1_000", "a: NO", "a: ~", "a: null", "a: 12:30", "a: 5m", "a: http://127.0.0.1:9090",
    "a: x{job=\"y\",code=~\"5..\"}", "a: 'it''s'", 'a: "b \\" c \\\\ d"', 'a: ""', "a: ''",
    "a: \"# no comment: this\" # a comment", "a: ä – ☃", "a: []", "a: {}", "a: [1, b, 'c', \"d\"]",
    "a: { b: 1 , c: x y }", "a: {url: http://h:1/x, n: -5}", "a: [ ]", "a: { } # x", "1: a", "null: b",
    "a:\n- 1\n- 2\nb: 3", "a:\n  - 1\n  - 2\nb: 3", "a:\n  - b: 1\n    c:\n      - 2\n      - d: 3\n  - e: 4",
    "a:\n  -   b: 1\n      c: 2", "a:\n-   b: 1\n    c:\n    - 2\n    d: 3", "a:\n\n  # x\n    # y\n\n  b: 1\n\n",
    "---\na: 1\n---\n---\n# x\n---\nb: 2\n---", "# x\n\na: 1", "a:\nb:\nc:\n  d:\n", "a:\n  b: 1\nc: 2",
    "a:\n  - {b: 1}\n  - [c]\n  - d", "a/b.c-d_e: 1", "a:\n    b:\n     c: 1\n    d: 2", "a:\n  - b:\n    c: 1\n",
    "a:\n  - b:\n      c: 1\n", "a: x:y", "a:\n  b: x   # y\n  c: 'z'   # w",
]  # fmt: skip

# Some of these are right and some are wrong YAML: none may be taken for plain.
NOT_PLAIN = [
    "a: 'b'\n  c", "a: [b]\n  c", "a: b # x\n  c", "a: b\n\n  c", "a: b\n  # x\n  c", "a: b\nc", "a:\n  b: c\n  d",
    "a:\n  b: c\n d", "a: b\n  c: d", "a: b\n  c:", "a: b\n  c # x", "a: b\n  - c", "a: b\n  'c'", "a: b\n  [c]",
    "a: 1\n  2", "a: ~\n  b", "a: true\n  b", "a:\n  b", "a:\n  b\n  c", "  a\n  b", "a:\n  - b\n  c", "a:\n- b\nc",
    "a:\n  - b: c\n    d", "a: b\n  \tc", "a: b\n  c\n  d: e", "a: b\n  c\n\n  d", "a: b\n  c\n  # x\n  d",
    "- a\n  b", "a: b\n  &c", "a: b\n  ---", "a: b\n  -", "a: b\n  c: ", "a: b\n  é: c", "a: -.5", "",
    "a", "- a", "- a: 1", "a: 1\na: 2", "a:\n  b: 1\n  b: 2", "a: {b: 1, b: 2}", "a:\n  - b: 1\n    b: 2", "a: b: c",
    "a: b:", "a: b\n  c: 1", "a: 'b\n  c'", "a: |\n  b", "a: >-\n  b", "a: &x 1", "a: *x", "a: !!str 1", "a: !x",
    "a: @b", "a: `b", "a: %b", "a: [b", "a: {b: 1", "a: [[1]]", "a: {b: {c: 1}}", "a: {b}", "a: {b: }", "a: [1,]",
    "a: [,1]", "a: {b: 1,}", "a: [1] x", "a: {b: 1} x", "a: [a: 1]", "a: ]", "a: }", "a: ,", "a: ---", "a: -", "a: ?",
    "a: :", "a: - b", "a: ? b", "a: \"b", "a: 'b", "a: \"b\" c", "a: 'b' c", 'a: "\\n"', 'a: "\\u0041"', "a: \"b\"#c",
    "? a\n: b", "\"a\": 1", "'a': 1", "<<: {a: 1}", "[a]", "{a: 1}", "a:\tb", "\ta: 1", "a: b\tc", "a: b # \t", "a:b",
    "a :b", "a:#b", " a: 1", "a: 1\n b: 2", "a:\n  b: 1\n c: 2", "a:\n  - 1\n - 2", "a:\n  - 1\n  b: 2",
    "a:\n  b: 1\n  - 2", "a:\n-b", "a:\n-", "a:\n  -\n    b: 1", "a:\n- - 1", "a:\n  - - b: 1", "a: 1\n...\nb: 2",
    "--- a", "--- # x", "---a: 1", "...", "%YAML 1.2\n---\na: 1", "a: 1\n--- \nb: 2", "\ufeffa: 1", "a: \x00",
    "a: \x07", "a: \x7f", "a: \x85b", "a: b\u2028c", "a: \ud800", "a: b\rc: 1", "a: \xa0", "# \x07", "a: \ufffe",
    f"a: {'9' * 500}", f"a: -{'9' * 500}", f"{'a' * 1025}: 1", f"{'a' * 201}: 1", "ä: 1", "a b: 1", "a,b: 1",
    "a: {b c: 1}", "a: {'b': 1}", "a: {b:1}", "a: [1 2: 3]", "a: [x#y, #z]", "a: {b: x: y}", "a: [it's]",
    "a: [\"x\" y]", "a: [x, 'y]", "a: {b: 'x''y'}", "a: [-]", "a: [- b]", "a: [*x]", "a: [&x b]", "a: [b,\n  c]",
    "a: {b: 1\n}", "a:\n- 1\n b: 2", "a: 1\n  # x\n  b: 2", "a: 'x'\n  b: 2", "a: []\n  b: 2",
    "a:\n  - x\n    y: 1", "a: 1\n- b", "- a\nb: 1", "=: 1", "a: b\n\n  c", "a:: 1", "a: [1:2: 3]",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_this_is_plain(text):
    assert is_plain(text)


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_this_is_left_to_the_full_reader(text):
    assert not is_plain(text)


@pytest.mark.parametrize("text", PLAIN)
@pytest.mark.parametrize("around", ["b:\n  c:\n", "b:\n- ", "b:\n  -  ", "b: 1\n---\n"])
def test_plain_documents_inside_others_are_read_alike(text, around):
    indent = " " * len(around.rpartition("\n")[2]) or ("    " if around.endswith("c:\n") else "")
    lines = text.split("\n")
    first = around if around.strip().endswith("-") else around + indent
    is_plain(first + f"\n{indent}".join(lines))


@pytest.mark.parametrize(
    "again", ["a", "  - b", "  - b:", "  - b:c", "  - b ", "a:", "a:x", "a: ", "a:  y", "a: #", "a: {}"]
)
def test_a_key_that_was_read_before_is_no_key_without_its_colon(again):
    is_plain(f"a: x\n---\na:\n  - b: 1\n{again}")
    is_plain(f"a: x\n---\nc:\n  - b: 1\n{again}")
    is_plain(f"a: x\n---\nc:\n  - b: 1\n---\nd:\n{again}\n")


# ---------------------------------------------------------------- generated documents and broken ones

WORDS = st.sampled_from(
    ["a", "b", "spec", "name", "kind", "covet-sre/x", "1", "true", "-1", "0.9", "5m", "x y", "é", "", "~"]
)
ODD = st.sampled_from(
    [*" :#-'\"[]{},&*!|>%@`?\\\n\t\r.", "- ", ": ", " #", "---", "...", "<<", "\n\n", "\n  ", "''", '\\"']
)
SCALARS = st.one_of(WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), ODD)
KEYS = st.one_of(st.sampled_from(["a", "b", "name", "kind", "covet-sre/x"]), st.text(min_size=1, max_size=3))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12
)


@given(st.lists(st.dictionaries(KEYS, VALUES, min_size=1, max_size=3), max_size=3), st.booleans())
def test_dumped_documents_are_read_alike(documents, indented):
    class Dumper(yaml.SafeDumper):
        def increase_indent(self, flow=False, indentless=False):
            return super().increase_indent(flow, indentless and not indented)

    is_plain(yaml.dump_all(documents, Dumper=Dumper, sort_keys=False, allow_unicode=True))


PIECES = st.one_of(
    st.sampled_from([
        "a:", "b:", "a: 1", "b: x", "c: 'y'", "- a: 1", "- b:", "- x",
            "- a",
            "a", "-", "# c", "", "---", "d: {a: 1}", "d: [1]",
    ]),
    st.builds(lambda key, value: f"{key}: {value}", WORDS, SCALARS),
    st.builds(lambda key, value, more: f"{key}: {value}{more}", WORDS, ODD, WORDS),
    st.builds(lambda value: f"- {value}", SCALARS),
)  # fmt: skip
LINES = st.lists(st.tuples(st.integers(0, 6), PIECES), max_size=9)


@settings(max_examples=1500)
@given(LINES)
@example([(0, "a:"), (0, "- b:"), (2, "- c: 1"), (0, "d: 2")])
def test_lines_at_any_indentation_are_read_alike(lines):
    is_plain("\n".join(" " * indent + piece for indent, piece in lines))


@settings(max_examples=600)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.sampled_from("abc")), min_size=1, max_size=10))
def test_nested_lists_and_mappings_are_read_alike(lines):
    """Keys without values and dashes in every order: where blocks begin and end."""
    text = "\n".join(f"{'  ' * depth}{'- ' if dash else ''}{key}:" for dash, depth, key in lines)
    is_plain(text)
    is_plain(f"{text} 1")


SOUND = (ROOT / "examples/covetpy/reliability/api.yaml").read_text()
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "indent", "outdent", "double", "swap", "cut", "join"]),
        st.integers(0, 10**6),
        ODD | st.characters(codec="utf-8"),
    ),
    min_size=1,
    max_size=4,
)


def changed(text, kind, number, piece):
    lines = text.split("\n")
    at, row = number % (len(text) + 1), number % len(lines)
    match kind:
        case "insert":
            return text[:at] + piece + text[at:]
        case "delete":
            return text[:at] + text[at + 1 :]
        case "cut":
            return text[:at]
        case "indent":
            lines[row] = " " * (1 + number % 3) + lines[row]
        case "outdent":
            lines[row] = lines[row].removeprefix(" " * (1 + number % 2))
        case "double":
            lines.insert(row, lines[row])
        case "swap":
            other = number // 7 % len(lines)
            lines[row], lines[other] = lines[other], lines[row]
        case "join":
            lines[row : row + 2] = [" ".join(lines[row : row + 2])]
    return "\n".join(lines)


@settings(max_examples=1000)
@given(CHANGES, st.integers(0, 40))
def test_a_sound_file_with_anything_changed_is_read_alike(changes, skipped):
    text = "\n---\n".join(SOUND.split("\n---\n")[skipped % 4 :][:2])
    for change in changes:
        text = changed(text, *change)
    is_plain(text)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t0.~<", max_size=40))
def test_any_punctuation_is_read_alike(text):
    is_plain(text)
    is_plain(f"a: {text}")
    is_plain(f"a:\n  - {text}")


# ---------------------------------------------------------------- one reader, many files; bounds


def test_one_reader_reads_file_after_file_and_forgets_none_of_the_differences():
    reader = PlainReader()
    texts = ["a: 1\nb: x\n", "a: 2\nb:\n", "a: {c: 1}\nb: y\n", "b: 2\na: x\n", "a: 1\n\nb: x\n"]
    for text in [*texts, *reversed(texts)]:
        assert exactly(reader.documents(text, "a.yaml")) == exactly(read_yaml(text, "a.yaml", Findings()))


def test_values_can_be_asked_for_again_and_are_the_same():
    (document,) = PlainReader().documents("a:\n  - b: [1]\n", "a.yaml")
    document.value["a"].append("mine")
    assert document.value == {"a": [{"b": [1]}]}


@pytest.mark.parametrize(
    "text",
    {
        "more values than a file may have": "a:\n" + "- x\n" * (MAX_NODES // 2 + 10),
        "more values in brackets": "".join(f"k{n}: [{'1,' * 99}1]\n" for n in range(4100)),
        "more lines": "\n" * (MAX_FILE_LINES + 1),
        "deep blocks": "\n".join(" " * n + "a:" for n in range(1500)),
        "a long line of dashes": "a:\n" + "- " * 100_000,
        "a long quoted text that does not end": "a: '" + "''" * 100_000 + "x",
        "a long bracket that does not end": "a: [" + "b c:d-1," * 20_000,
        "many keys": "".join(f"k{n}: 1\n" for n in range(150_000)),
    }.values(),
)
def test_a_bomb_is_left_to_the_full_reader_in_bounded_time(text):
    started = time.process_time()
    assert PlainReader().documents(text, "a.yaml") is None
    assert time.process_time() - started < 10
