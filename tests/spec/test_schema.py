"""The JSON Schema for editors: draft-07, and of one mind with the reader."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from covet_sre.errors import Level
from covet_sre.spec import json_schema
from covet_sre.spec.findings import Findings
from covet_sre.spec.yaml_documents import read_yaml

EXAMPLES = sorted((Path(__file__).parents[2] / "examples" / "covetpy" / "reliability").glob("*.yaml"))


@pytest.fixture(scope="module")
def validator():
    schema = json_schema()
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_it_is_draft_07_without_what_editors_do_not_know():
    text = json.dumps(json_schema())
    assert '"$schema": "http://json-schema.org/draft-07/schema#"' in text
    for newer in ("$defs", "prefixItems", "unevaluatedProperties", "dependentSchemas", "$dynamicRef"):
        assert newer not in text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_the_examples_fit(validator, path):
    documents = read_yaml(path.read_text(), str(path), Findings())
    assert documents
    for document in documents:
        assert [error.message for error in validator.iter_errors(document.value)] == []


def test_a_list_of_documents_fits(validator, files):
    assert list(validator.iter_errors(list(files.documents.values()))) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("SLO.spec.servise", "api"),
        ("SLO.spec.budgetingMethod", "Occurences"),
        ("SLO.spec.timeWindow.0.duration", "30s"),
        ("SLO.spec.objectives", []),
        ("SLO.metadata.name", "Not A Name"),
        ("SLI.spec.ratioMetric.counter", "yes"),
        ("DataSource.spec.connectionDetails.urll", "x"),
        ("AlertCondition.spec.condition.kind", "burnRate"),
        ("ErrorBudgetPolicy.spec.tiers.0.state", "red"),
        ("Team.spec.members.0.email", "nobody"),
        ("Team.spec.targets.pager", []),
        ("Schedule.spec.layers", []),
        ("Schedule.spec.layers.0.starts", "tomorrow"),
        ("Schedule.spec.overrides.0.from", "2026-02-02"),
        ("EscalationPolicy.spec.repeat", -1),
        ("EscalationPolicy.spec.steps.0.notify", []),
        ("BusinessHours.spec.days.0", "noday"),
        ("SeverityPolicy.spec.levels.P5", {}),
        ("SeverityPolicy.spec.levels.P1.respondWithin", "soon"),
        ("InhibitRule.spec.sourceMatchers", []),
        ("NotificationTarget.spec.type", "pager"),
        ("NotificationTarget.spec.settings.routingKey", "0123"),
        ("NotificationTarget.spec.settings.escalates", "yes"),
        ("Service.apiVersion", "openslo/v9"),
        ("Service.kind", "Servis"),
    ],
)
def test_what_the_schema_refuses_the_reader_refuses_too(validator, files, path, value):
    *parents, _ = path.split(".")
    if parents[-1] == "days":
        files.change(".".join(parents), ["monday"])
    files.change(path, value)
    refused = [kind for kind, document in files.documents.items() if list(validator.iter_errors(document))]
    assert refused == [path.split(".")[0]]
    assert any(finding.level is Level.ERROR for finding in files.findings())


def test_every_field_has_a_description_that_an_editor_can_show():
    bare = [
        f"{name}.{field}"
        for name, model in json_schema()["definitions"].items()
        for field, schema in model.get("properties", {}).items()
        if name != "Document" and "description" not in schema and "$ref" not in schema and "allOf" not in schema
        and not any("$ref" in each for each in schema.get("anyOf", ()))
    ]  # fmt: skip
    assert bare == []


def test_yaml_that_the_tests_write_is_what_the_reader_reads(files):
    read = read_yaml(files.text, "a.yaml", Findings())
    assert [document.value for document in read] == list(yaml.safe_load_all(files.text))
