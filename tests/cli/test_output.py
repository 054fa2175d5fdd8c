"""Findings in five formats, each as its reader needs it."""

import json
from dataclasses import replace

import pytest

from covet_sre.cli.output import FORMATS, as_github, as_json, as_markdown, as_sarif, as_text, summary
from covet_sre.errors import Finding, Level, Location

ERROR = Finding(Level.ERROR, "type-wrong", Location("a b/x,y.yaml", 3, 5), "spec.name", "is 1|2", "write\n100 %: text")
WARNING = Finding(Level.WARNING, "file-missing", Location("é.yaml"), "", "there is <none>", "check it")
BOTH = [ERROR, WARNING]


def test_text_is_one_line_each_with_place_level_and_code():
    assert as_text([WARNING]) == "é.yaml: warning: there is <none>; check it [file-missing]"
    assert as_text([ERROR]).startswith("a b/x,y.yaml:3:5: error: spec.name: is 1|2; write")


def test_json_carries_its_version_and_everything():
    document = json.loads(as_json(BOTH))
    assert document["schema_version"] == 1
    assert document["ok"] is False
    assert document["findings"][0] == {
        "level": "error", "code": "type-wrong", "file": "a b/x,y.yaml", "line": 3, "column": 5, "field": "spec.name",
        "problem": "is 1|2", "remedy": "write\n100 %: text",
    }  # fmt: skip
    assert document["findings"][1]["line"] is None
    assert json.loads(as_json([WARNING]))["ok"] is True
    assert json.loads(as_json([])) == {"schema_version": 1, "ok": True, "findings": []}


def test_github_commands_are_escaped():
    first, second = as_github(BOTH).split("\n")
    assert first == ("::error file=a b/x%2Cy.yaml,line=3,col=5,title=spec.name::is 1|2; write%0A100 %25: text")
    assert second == "::warning file=é.yaml,title=file-missing::there is <none>; check it"


def test_sarif_names_rules_and_places():
    document = json.loads(as_sarif(BOTH))
    run = document["runs"][0]
    assert document["version"] == "2.1.0"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["file-missing", "type-wrong"]
    first, second = run["results"]
    assert first["ruleId"] == run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"]
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b/x%2Cy.yaml"
    assert place["region"] == {"startLine": 3, "startColumn": 5}
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert second["message"]["text"] == "there is <none>; check it"


def test_markdown_cells_cannot_break_the_table():
    rows = as_markdown(BOTH).split("\n")
    assert len(rows) == 4
    assert rows[2].count("|") == 5
    assert "&#124;" in rows[2]
    assert "&#60;none&#62;" in rows[3]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_takes_no_findings(name):
    assert isinstance(FORMATS[name]([]), str)


def test_the_summary_counts():
    assert summary(BOTH) == "1 error, 1 warning"
    assert summary([ERROR, ERROR]) == "2 errors, no warnings"


def test_a_label_value_cannot_command_the_terminal_or_begin_a_line():
    hostile = replace(WARNING, problem="values there: \x1b[2J\x1b[1;1H\u202e\r\nno errors\x85 é 日本")
    text = as_text([hostile])
    assert text.isprintable()
    assert text.endswith("no errors  é 日本; check it [file-missing]")
