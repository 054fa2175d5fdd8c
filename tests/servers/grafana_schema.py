"""Grafana's published dashboard schema, as a judge that lets no unknown key and no wrong type pass.

The facts come from grafana-foundation-sdk, whose classes are made from that schema: each says its keys and their types.
The SDK itself is lax: it drops what it does not know and takes any type. So its classes are read here, not only used.
"""

import enum
import inspect
import types
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any

from grafana_foundation_sdk.models import (
    common,
    dashboard,
    prometheus,
    stat,
    statetimeline,
    table,
    timeseries,
)

Json = dict[str, Any]

#: What the published schema leaves to the plugins, by the panel's type: its options, and its own field options.
PLUGINS: dict[str, tuple[type, type | None]] = {
    "stat": (stat.Options, None),
    "table": (table.Options, common.TableFieldOptions),
    "timeseries": (timeseries.Options, common.GraphFieldConfig),
    "state-timeline": (statetimeline.Options, statetimeline.FieldConfig),
}

#: Options of the transformations that are in use; the schema leaves them to each.
TRANSFORMATIONS: dict[str, dict[str, object]] = {
    "merge": {},
    "organize": {"excludeByName": dict[str, bool], "indexByName": dict[str, int], "renameByName": dict[str, str]},
}

#: Beside the published keys of an annotation, the Prometheus data source reads these; its target is a query of its own,
#: as @grafana/schema types it, and not only one of Grafana's built-in store.
ANNOTATION_OF_PROMETHEUS: dict[str, object] = {
    "titleFormat": str,
    "textFormat": str,
    "target": prometheus.Dataquery,
}


class _Given:
    """Stands for a constructor's argument, to find the key under which it is written."""

    def __init__(self, name: str) -> None:
        self.name = name


@cache
def keys(of: type) -> dict[str, object]:
    """The JSON keys of a class of the SDK with their types; a constant is a Literal."""
    hints = typing.get_type_hints(of)
    parameters = list(inspect.signature(of).parameters)
    written = of(**{name: _Given(name) for name in parameters}).to_json()
    return {
        key: hints[value.name] if isinstance(value, _Given) else typing.Literal[value] for key, value in written.items()
    }


def violations(whole: Json) -> list[str]:
    """Everything in a dashboard that the published schema does not know, as `path: what is wrong`."""
    found = list(_object(whole, keys(dashboard.Dashboard) | {"panels": list[object], "annotations": object}, "$"))
    for index, panel in enumerate(whole.get("panels", [])):
        found += _panel(panel, f"$.panels[{index}]")
    annotation = keys(dashboard.AnnotationQuery) | ANNOTATION_OF_PROMETHEUS
    for index, each in enumerate(whole.get("annotations", {}).get("list", [])):
        found += _object(each, annotation, f"$.annotations.list[{index}]")
    return found


def _panel(panel: Json, path: str) -> Iterator[str]:
    options, custom = PLUGINS.get(panel.get("type", ""), (None, None))
    if options is None:
        yield f"{path}.type: {panel.get('type')!r} is no plugin that is known here"
        return
    query = keys(prometheus.Dataquery) | {"datasource": dashboard.DataSourceRef}
    yield from _object(panel, keys(dashboard.Panel) | {"targets": list[object], "options": options}, path)
    for index, target in enumerate(panel.get("targets", [])):
        yield from _object(target, query, f"{path}.targets[{index}]")
    field = panel.get("fieldConfig", {})
    properties = keys(dashboard.FieldConfig) | {f"custom.{key}": hint for key, hint in keys_or_none(custom).items()}
    if "custom" in field.get("defaults", {}):
        yield from _object(field["defaults"]["custom"], keys_or_none(custom), f"{path}.fieldConfig.defaults.custom")
    for index, each in enumerate(field.get("overrides", [])):
        for one in each.get("properties", []):
            place = f"{path}.fieldConfig.overrides[{index}]"
            yield from _object({one.get("id"): one.get("value")}, properties, place)
    for index, each in enumerate(panel.get("transformations", [])):
        place = f"{path}.transformations[{index}]"
        if each.get("id") not in TRANSFORMATIONS:
            yield f"{place}.id: {each.get('id')!r} is not known here"
        else:
            yield from _object(each["options"], TRANSFORMATIONS[each["id"]], place)


def keys_or_none(of: type | None) -> dict[str, object]:
    return keys(of) if of else {}


def _object(value: object, known: dict[str, object], path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: {value!r} is no object"
        return
    for key, inner in value.items():
        if key not in known:
            yield f"{path}.{key}: no such key is published"
        else:
            yield from _value(inner, known[key], f"{path}.{key}")


def _value(value: object, hint: object, path: str) -> Iterator[str]:
    if hint in (object, Any):
        return
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        yield from min((list(_value(value, each, path)) for each in arguments), key=len)
    elif origin is typing.Literal:
        if value not in arguments:
            yield f"{path}: {value!r} is none of {arguments}"
    elif origin is list:
        yield from _list(value, arguments[0], path)
    elif origin is dict:
        if not isinstance(value, dict):
            yield f"{path}: {value!r} is no object"
        else:
            for key, inner in value.items():
                yield from _value(inner, arguments[1], f"{path}.{key}")
    elif isinstance(hint, type) and issubclass(hint, enum.Enum):
        if value not in [each.value for each in hint]:
            yield f"{path}: {value!r} is none of {[each.value for each in hint]}"
    elif isinstance(hint, type) and hasattr(hint, "to_json"):
        yield from _object(value, keys(hint), path)
    else:
        yield from _plain(value, hint, path)


def _list(value: object, hint: object, path: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{path}: {value!r} is no list"
        return
    for index, inner in enumerate(value):
        yield from _value(inner, hint, f"{path}[{index}]")


def _plain(value: object, hint: object, path: str) -> Iterator[str]:
    accepted: dict[object, tuple[type, ...]] = {float: (int, float), types.NoneType: (types.NoneType,)}
    of = accepted.get(hint, (hint,))
    if not isinstance(value, of) or (isinstance(value, bool) and bool not in of):  # type: ignore[arg-type]
        yield f"{path}: {value!r} is no {getattr(hint, '__name__', hint)}"
