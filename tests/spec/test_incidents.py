"""The file of known incidents is read as strictly as reliability files are."""

import json
from pathlib import Path

import pytest

from covet_sre.budget.incident import Incident
from covet_sre.errors import InvalidFiles
from covet_sre.spec.incidents import read_incidents

GOOD = """
- start: 2026-11-23T08:00Z
  end: 2026-11-23T08:30+00:00
  title: Database down
  service: shop
- {start: "2026-11-22 09:00", end: "2026-11-22T11:00+01:00", title: Slow}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "incidents.yaml"
    path.write_text(text)
    return path


def test_incidents_are_read_in_the_order_of_their_starts(tmp_path: Path) -> None:
    found = read_incidents(write(tmp_path, GOOD), ["shop"])
    assert [one.title for one in found] == ["Slow", "Database down"]
    assert [one.end - one.start for one in found] == [60, 30]
    assert found[1].start - found[0].start == 23 * 60
    assert found[1].service == "shop"


def test_json_is_read_too(tmp_path: Path) -> None:
    rows = [{"start": "1970-01-01T00:10:30Z", "end": "1970-01-01T00:20Z", "title": "x"}]
    assert read_incidents(write(tmp_path, json.dumps(rows))) == (Incident(10, 20, "x"),)


def test_an_empty_file_knows_of_none(tmp_path: Path) -> None:
    assert read_incidents(write(tmp_path, "[]")) == ()


@pytest.mark.parametrize(
    ("text", "place", "code", "words"),
    [
        ("- {start: 2026-11-23T08:00Z, end: 2026-11-23T08:30Z}\n", "1:3", "field-missing", "title"),
        ("- {end: 2026-11-23T08:30Z, title: x}\n", "1:3", "field-missing", "start"),
        ("- {start: soon, end: 2026-11-23T08:30Z, title: x}\n", "1:4", "value-wrong", "no time"),
        ("- {start: 5, end: 2026-11-23T08:30Z, title: x}\n", "1:4", "value-wrong", "no time"),
        (
            "- {start: 2026-11-23T08:30Z, end: 2026-11-23T08:30Z, title: x}\n",
            "1:30",
            "contradiction",
            "before it starts",
        ),
        ("- {strat: 2026-11-23T08:30Z, title: x}\n", "1:4", "field-unknown", "did you mean 'start'"),
        ("- a word\n", "1:3", "type-wrong", "mappings"),
        ("- {start: 2026-11-23T08:00Z, end: 2026-11-23T08:30Z, title: [x]}\n", "1:54", "type-wrong", "text"),
        (
            "- {start: 2026-11-23T08:00Z, end: 2026-11-23T08:30Z, title: x, service: shpo}\n",
            "1:64",
            "reference-unknown",
            "did you mean 'shop'",
        ),
        ("- {start: [\n", "", "yaml-syntax", ""),
        ("- {title: x, title: y}\n", "", "yaml-duplicate-key", ""),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, text: str, place: str, code: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(InvalidFiles) as refused:
        read_incidents(path, ["shop"])
    told = [str(finding) for finding in refused.value.findings if finding.code == code]
    assert told, refused.value.findings
    assert any(f"{path}:{place}" in one and words in one for one in told), told


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    path = write(tmp_path, "- {start: soon, end: later, title: ''}\n- 7\n")
    with pytest.raises(InvalidFiles) as refused:
        read_incidents(path)
    assert len(refused.value.findings) >= 4


def test_a_file_that_is_not_there_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidFiles) as refused:
        read_incidents(tmp_path / "none.yaml")
    assert refused.value.findings[0].code == "file-missing"
