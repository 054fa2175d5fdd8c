"""Whole readings with the plain readers and without: the same declaration, or the same findings in the same places."""

from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from covet_sre.errors import InvalidFiles
from covet_sre.spec import promql, read_documents, reading

ROOT = Path(__file__).resolve().parents[2]


class NothingIsPlain:
    """In place of the plain reader: the full reader reads everything."""

    def documents(self, text, file):
        return None


def outcome(texts):
    promql.parse.cache_clear()
    try:
        return read_documents(texts)
    except InvalidFiles as invalid:
        return [(finding, str(finding)) for finding in invalid.findings]


def outcomes(texts):
    """What reading gives: as it is, and with the full YAML reader and the PromQL parser alone."""
    fast = outcome(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "PlainReader", NothingIsPlain)
        patch.setattr(promql, "plain_selector", lambda _: None)
        return fast, outcome(texts)


def test_our_examples_are_read_alike():
    folder = ROOT / "examples/covetpy/reliability"
    fast, full = outcomes({str(file): file.read_text() for file in sorted(folder.rglob("*.yaml"))})
    assert len(fast.objectives) == 5
    assert fast == full


def test_what_is_declared_twice_is_named_with_both_places(files):
    text = f"# first\n{files.text}---\n{files.text}"
    fast, full = outcomes({"a.yaml": text, "b.yaml": files.text})
    assert "declared twice (first at a.yaml:2:1)" in "".join(line for _, line in fast)
    assert fast == full


def test_each_of_several_objectives_is_where_its_line_is(files):
    files.change("SLO.spec.objectives", [{"target": 0.9}, {"displayName": "second", "target": 0.99}])
    fast, full = outcomes({"a.yaml": f"\n\n{files.text}"})
    lines = ["", *f"\n\n{files.text}".split("\n")]
    first, second = fast.objectives
    assert "target: 0.9" in lines[first.location.line]
    assert "displayName: second" in lines[second.location.line]
    assert fast == full


SCALARS = st.sampled_from(
    [
        "x", "", "requests_total", "sum(x_total)", 'x_bucket{le="0.50"}', "NO", 0, 1, 0.5, 100, -1, True, None, "5m",
        "0m", "30d", [], {}, ["a"], {"a": "b"},
    ]
)  # fmt: skip
PATHS = st.lists(st.integers(0, 30), min_size=1, max_size=9)


def mutate(node, path, value, rename):
    """Put `value` at the place that the numbers of `path` lead to, or give its key another name."""
    while True:
        keys = list(node) if isinstance(node, dict) else range(len(node))
        if not keys:
            return
        key = keys[path[0] % len(keys)]
        path = path[1:]
        if not path or not isinstance(node[key], dict | list):
            if rename and isinstance(node, dict):
                node[f"{key}x"] = node.pop(key)
            else:
                node[key] = value
            return
        node = node[key]


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    changes=st.lists(st.tuples(PATHS, SCALARS, st.booleans()), max_size=3),
    copies=st.lists(st.integers(0, 7), max_size=3),
    comment=st.booleans(),
)
def test_valid_files_with_anything_changed_are_read_alike(files, changes, copies, comment):
    documents = list(yaml.load_all(files.text, Loader=yaml.CSafeLoader))
    documents += [yaml.safe_load(yaml.safe_dump(documents[index])) for index in copies]
    for number, document in enumerate(documents[8:]):
        document["metadata"]["name"] += f"-{number}"
    root = {str(index): document for index, document in enumerate(documents)}
    for path, value, rename in changes:
        mutate(root, path, value, rename)
    text = yaml.dump_all(list(root.values()), Dumper=yaml.CSafeDumper, sort_keys=False)
    fast, full = outcomes({"a.yaml": text.replace("spec:\n", "spec: # here\n") if comment else text})
    assert fast == full
