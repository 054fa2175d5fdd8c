"""docs/reliability-files.md is complete: every kind, field, annotation and word for a severity."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from covet_sre.spec import (
    covet_documents,
    heartbeat_documents,
    notification_documents,
    oncall_documents,
    openslo,
    severity_documents,
    stakeholder_documents,
    status_documents,
)
from covet_sre.spec.alerts import SEVERITIES
from covet_sre.spec.annotations import KNOWN, PREFIX
from covet_sre.spec.yaml_documents import MAX_DEPTH, MAX_NODES

PAGE = (Path(__file__).parents[2] / "docs" / "reliability-files.md").read_text()
SECTIONS = dict(re.findall(r"(?ms)^#{2,3} ([^\n]+)\n(.*?)(?=^#{2,3} |\Z)", PAGE))

MODELS = {
    name: model
    for module in (
        openslo,
        covet_documents,
        oncall_documents,
        severity_documents,
        heartbeat_documents,
        notification_documents,
        stakeholder_documents,
        status_documents,
    )
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, openslo.Strict) and model is not openslo.Strict
}


@pytest.mark.parametrize("name", MODELS)
def test_every_object_has_a_section_with_exactly_its_fields(name):
    model: type[BaseModel] = MODELS[name]
    written = re.findall(r"(?m)^\| `([A-Za-z0-9]+)`( \*\*required\*\*)? \|", SECTIONS[name])
    assert written == [
        (field.alias or each, " **required**" if field.is_required() else "")
        for each, field in model.model_fields.items()
    ]


@pytest.mark.parametrize("name", MODELS)
def test_the_meaning_of_a_field_is_that_of_the_schema(name):
    rows = [" ".join(row.split()) for row in SECTIONS[name].splitlines()]
    for field in MODELS[name].model_fields.values():
        if field.description:
            assert any(row.endswith(f"| {field.description} |") for row in rows), field.description


def test_every_annotation_is_listed_with_its_kind():
    listed = set(re.findall(r"(?m)^\| `(covet-sre/[a-z-]+)` \| (\w+) \|", SECTIONS["Annotations"]))
    assert listed == {(PREFIX + name, kind) for kind, names in KNOWN.items() for name in names}


def test_every_word_for_a_severity_is_listed():
    rows = re.findall(r"(?m)^\| (page|ticket|warning) \| ([^|]+) \|", PAGE)
    listed = {word: severity for severity, words in rows for word in re.findall(r"`(\w+)`", words)}
    assert listed == {word: severity.value for word, severity in SEVERITIES.items()}


def test_the_limits_are_those_of_the_reader():
    assert f"{MAX_NODES:,} values" in PAGE
    assert f"{MAX_DEPTH} levels" in PAGE
    assert "4 MiB" in PAGE


def test_every_link_inside_the_page_leads_somewhere():
    anchors = {title.lower().replace(" ", "-").replace("/", "").replace(".", "") for title in SECTIONS}
    for target in re.findall(r"\]\(#([^)]+)\)", PAGE):
        assert target in anchors, target
