"""What both dashboards have in common: their frame, their variables, their links."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from covet_sre.flows.generating import Kind
from covet_sre.integrations.grafana.panels import DATASOURCE, Json, Row, placed

KIND = Kind(".dashboard.json", "covet-sre generate grafana")
LIST_UID = "covet-sre-slos"
DETAIL_UID = "covet-sre-slo"

# The one that Grafana 10.1 writes; newer ones migrate it when they load it.
_SCHEMA_VERSION = 38


@dataclass(frozen=True, slots=True)
class Dashboard:
    """A dashboard before it is written. `about` is its description's first sentence."""

    uid: str
    title: str
    about: str
    variables: Sequence[Json]
    rows: Sequence[Row]
    links: Sequence[Json] = ()
    annotations: Sequence[Json] = ()
    mark: str = KIND.mark
    begins: str = "now-30d"

    def text(self) -> str:
        """The file: keys in the order in which a reader wants them, the mark of its maker at the beginning."""
        whole: Json = {
            "title": self.title,
            "description": f"{self.about} Made by `{self.mark}` from reliability files: change those, not this.",
            "uid": self.uid,
            "tags": ["covet-sre"],
            "schemaVersion": _SCHEMA_VERSION,
            "editable": True,
            "graphTooltip": 1,
            "time": {"from": self.begins, "to": "now"},
            "timezone": "browser",
            "refresh": "1m",
            "links": list(self.links),
            "templating": {"list": list(self.variables)},
            "annotations": {"list": list(self.annotations)},
            "panels": placed(self.rows),
        }
        return json.dumps(whole, indent=2, ensure_ascii=False) + "\n"


def datasource_variable() -> Json:
    """Which Prometheus is asked."""
    return {
        "name": "datasource",
        "label": "Data source",
        "type": "datasource",
        "query": "prometheus",
        "regex": "",
        "refresh": 1,
        "hide": 0,
        "multi": False,
        "includeAll": False,
    }


def label_variable(name: str, label: str, query: str, *, multi: bool = False, include_all: bool = False) -> Json:
    """A choice among the values of a label."""
    found: Json = {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": name},
        "regex": "",
        # Those of the time that is looked at.
        "refresh": 2,
        "sort": 1,
        "hide": 0,
        "multi": multi,
        "includeAll": include_all,
    }
    if include_all:
        text, value = (["All"], ["$__all"]) if multi else ("All", "$__all")
        found |= {"allValue": ".*", "current": {"selected": True, "text": text, "value": value}}
    return found
