"""Grafana's webhook of unified alerting: Alertmanager's, with the values and the places to look at."""

from typing import Any

from covet_sre.alerting.labels import Labels
from covet_sre.flows.arriving import KeyOf, Read
from covet_sre.integrations.arriving.fields import LONGEST_VALUE, annotations_from, annotations_of, link_from
from covet_sre.integrations.arriving.group import read_group

REPORTER = "grafana"

_LINKS = {"dashboardURL": "dashboard_url", "panelURL": "panel_url", "imageURL": "image_url"}


def read(body: bytes, note: str, received_at: float, key_of: KeyOf) -> Read:  # noqa: ARG001
    """See flows.arriving.Reader."""
    return read_group(body, received_at, key_of, REPORTER, _annotations)


def _annotations(item: dict[str, Any]) -> Labels:
    found = {name: link_from(item.get(field)) for field, name in _LINKS.items()}
    value = item.get("valueString")
    found["value"] = value[:LONGEST_VALUE] if type(value) is str else ""
    return annotations_of({**found, **dict(annotations_from(item.get("annotations")))})
