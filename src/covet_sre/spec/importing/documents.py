"""The documents of `openslo/v1` that imports are made of, as plain values in the order in which people write them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from covet_sre.spec.findings import Spot
from covet_sre.spec.importing.event_queries import EventQueries
from covet_sre.spec.importing.names import MAX_NAME_CHARACTERS
from covet_sre.units import format_minutes

Values = dict[str, object]

SOURCE_NAME = "prometheus"
"""The DataSource that everything imported is read from."""


@dataclass(frozen=True, slots=True)
class Made:
    """A document that was made, the file that it goes to, and the place that it was made of."""

    document: Values
    file: str
    spot: Spot


def name_of(document: Values) -> str:
    metadata = document["metadata"]
    return str(cast("Values", metadata).get("name")) if isinstance(metadata, dict) else ""


@dataclass(frozen=True, slots=True)
class SloParts:
    """What an SLO document is made of. `sli` is an SLI's spec, `objective` the fields of its only objective."""

    name: str
    service: str
    sli: Values
    objective: Values
    window_minutes: int
    display_name: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    alert_policies: Sequence[str] = ()


def document(kind: str, name: str, spec: Values, **metadata: object) -> Values:
    """A document of openslo/v1; what is empty in `metadata` is left out."""
    written = {key: value for key, value in metadata.items() if value}
    return {"apiVersion": "openslo/v1", "kind": kind, "metadata": {"name": name, **written}, "spec": spec}


def service(name: str, display_name: str = "", description: str = "") -> Values:
    shown = display_name[:MAX_NAME_CHARACTERS] if display_name != name else ""
    return document("Service", name, {"description": description} if description else {}, displayName=shown)


def prometheus_source(url: str, name: str = SOURCE_NAME) -> Values:
    return document("DataSource", name, {"type": "prometheus", "connectionDetails": {"url": url}})


def metric(query: str, source: str = SOURCE_NAME) -> Values:
    return {"metricSource": {"metricSourceRef": source, "spec": {"query": query}}}


def ratio_sli(queries: EventQueries) -> Values:
    """An SLI's spec of good or bad events, and all events."""
    parts = {queries.part: metric(queries.part_query), "total": metric(queries.total_query)}
    return {"ratioMetric": {"counter": queries.is_counter, **parts}}


def raw_sli(query: str) -> Values:
    """An SLI's spec of a ratio of failure."""
    return {"ratioMetric": {"counter": False, "rawType": "failure", "raw": metric(query)}}


def rolling(minutes: int) -> list[Values]:
    """A `timeWindow`."""
    return [{"duration": format_minutes(minutes), "isRolling": True}]


def slo(parts: SloParts) -> Values:
    shown = parts.display_name if parts.display_name != parts.name else ""
    spec: Values = {"description": parts.description} if parts.description else {}
    spec["service"] = parts.service
    spec["indicator"] = {"metadata": {"name": parts.name}, "spec": parts.sli}
    spec["budgetingMethod"] = "Occurrences"
    spec["timeWindow"] = rolling(parts.window_minutes)
    spec["objectives"] = [parts.objective]
    if parts.alert_policies:
        spec["alertPolicies"] = [{"alertPolicyRef": name} for name in parts.alert_policies]
    metadata = {"displayName": shown[:MAX_NAME_CHARACTERS], "labels": dict(parts.labels)}
    return document("SLO", parts.name, spec, **metadata, annotations=dict(parts.annotations))
