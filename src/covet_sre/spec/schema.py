"""The JSON Schema of reliability files (draft-07, which editors read), from the models themselves."""

from typing import Any, cast

from pydantic.json_schema import models_json_schema

from covet_sre.spec.covet_documents import PrometheusConnection, ScrapeConnection
from covet_sre.spec.library import KINDS
from covet_sre.spec.notification_documents import SETTINGS

DRAFT = "http://json-schema.org/draft-07/schema#"


def json_schema() -> dict[str, Any]:
    """A schema that accepts one document, or a list of documents, of every kind."""
    kinds = [model for models in KINDS.values() for model in models.values()]
    models = [*kinds, PrometheusConnection, ScrapeConnection, *dict.fromkeys(SETTINGS.values())]
    _, generated = models_json_schema([(model, "validation") for model in models], by_alias=True)
    definitions = cast("dict[str, Any]", _as_draft_07(generated["$defs"]))
    _link_connections(definitions["DataSourceSpec"])
    _link_settings(definitions["NotificationTargetSpec"])
    definitions["Document"] = {
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {"apiVersion": {"enum": list(KINDS)}, "kind": {"enum": [model.__name__ for model in kinds]}},
        # With if and then an editor names the mistake in the one kind that is meant, instead of them all.
        "allOf": [_of_kind(version, kind) for version, names in KINDS.items() for kind in names],
    }
    document = {"$ref": "#/definitions/Document"}
    return {
        "$schema": DRAFT,
        "title": "Reliability files of Covet SRE",
        "description": "Documents of openslo/v1 and covet-sre/v1.",
        "if": {"type": "array"},
        "then": {"type": "array", "items": document},
        "else": document,
        "definitions": definitions,
    }


def _of_kind(version: str, kind: str) -> dict[str, Any]:
    named = {"apiVersion": {"const": version}, "kind": {"const": kind}}
    return {"if": {"properties": named, "required": ["apiVersion", "kind"]}, "then": _reference(kind)}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/definitions/{name}"}


def _link_connections(source: dict[str, Any]) -> None:
    """connectionDetails depends on `type`."""
    source["allOf"] = [
        {
            "if": {"properties": {"type": {"pattern": pattern}}, "required": ["type"]},
            "then": {"properties": {"connectionDetails": _reference(model.__name__)}},
        }
        for pattern, model in (("^[Pp]rometheus$", PrometheusConnection), ("^[Ss]crape$", ScrapeConnection))
    ]


def _link_settings(target: dict[str, Any]) -> None:
    """settings depends on `type`."""
    target["allOf"] = [
        {
            "if": {"properties": {"type": {"const": kind.value}}, "required": ["type"]},
            "then": {"properties": {"settings": _reference(model.__name__)}},
        }
        for kind, model in SETTINGS.items()
    ]


def _as_draft_07(schema: Any) -> Any:
    """pydantic writes draft 2020-12; without tuples, the two differ in where definitions stand and beside `$ref`."""
    if isinstance(schema, list):
        return [_as_draft_07(item) for item in cast("list[Any]", schema)]
    if not isinstance(schema, dict):
        return schema
    converted = {key: _as_draft_07(value) for key, value in cast("dict[str, Any]", schema).items()}
    reference = converted.pop("$ref", None)
    if isinstance(reference, str):
        pointer = {"$ref": reference.replace("#/$defs/", "#/definitions/")}
        # Draft-07 ignores whatever stands beside $ref, descriptions included.
        return {**converted, "allOf": [pointer]} if converted else pointer
    return converted
