"""How other tools' documents are held: strictly, in the spelling of each, with what Kubernetes adds to every object."""

from collections.abc import Iterator
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from covet_sre.spec.findings import Document, Findings, Spot, shown


class Foreign(BaseModel, frozen=True):
    """Exactly these fields with exactly these types, spelt as here. (`frozen` stands here for the type checker.)"""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class CamelForeign(Foreign, frozen=True):
    """The same, spelt in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)


class KubernetesMetadata(CamelForeign, frozen=True):
    """What Kubernetes keeps of every object. Only the first four are written by people."""

    name: str = Field(min_length=1, description="The object's name.")
    namespace: str = ""
    labels: dict[str, str] = Field(default={})
    annotations: dict[str, str] = Field(default={})
    generate_name: object = None
    uid: object = None
    resource_version: object = None
    generation: object = None
    creation_timestamp: object = None
    deletion_timestamp: object = None
    deletion_grace_period_seconds: object = None
    owner_references: object = None
    finalizers: object = None
    managed_fields: object = None
    self_link: object = None
    cluster_name: object = None


Values = dict[str, Any]


def objects(documents: list[Document], findings: Findings) -> Iterator[tuple[Values, Spot]]:
    """Every mapping, those in a Kubernetes List (`kubectl get -o yaml`) one by one, with its place."""
    for document in documents:
        yield from _objects(document.value, Spot(document), findings)


def _objects(value: object, spot: Spot, findings: Findings) -> Iterator[tuple[Values, Spot]]:
    if not isinstance(value, dict):
        findings.error(spot, "kind-missing", f"the document is {shown(value)}", "write a mapping")
        return
    values = cast("Values", value)
    items = values.get("items")
    if isinstance(items, list) and str(values.get("kind")).endswith("List"):
        for index, item in enumerate(cast("list[object]", items)):
            yield from _objects(item, spot / "items" / index, findings)
    else:
        yield values, spot


def unknown_kind(value: Values, spot: Spot, wanted: str, findings: Findings) -> None:
    """Report a document that is not of the format that was asked for, and say which it looks like."""
    version = value.get("apiVersion", value.get("version"))
    here = next((spot / key for key in ("apiVersion", "version") if key in value), spot)
    kind = value.get("kind")
    problem = f"is {shown(version)}" if version is not None else "the document has neither apiVersion nor version"
    if version is not None and kind is not None:
        problem += f" {shown(kind)}"
    findings.error(here, "kind-unknown", problem, _import_of(str(version)) or f"write {wanted}")


def _import_of(version: str) -> str:
    if version == "openslo/v1":
        return "openslo/v1 needs no import: give the file to covet-sre validate and serve as it is"
    if version == "covet-sre/v1":
        return "this is a reliability file already"
    for beginning, name in (
        ("openslo", "openslo"),
        ("pyrra.dev/", "pyrra"),
        ("prometheus/v1", "sloth"),
        ("sloth.slok.dev/", "sloth"),
        ("alertWindows/", "sloth"),
    ):
        if version.startswith(beginning):
            return f"this looks like a file for covet-sre import {name}"
    return ""
