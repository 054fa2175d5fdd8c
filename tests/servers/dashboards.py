"""The dashboards that the tests look at, generated from small declarations."""

import json
from typing import Any

from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.grafana import GRAFANA
from covet_sre.spec import read_documents

Json = dict[str, Any]

LIST, DETAIL = "covet-sre-slos.dashboard.json", "covet-sre-slo.dashboard.json"

BASE = """
apiVersion: openslo/v1
kind: Service
metadata: {name: api}
spec: {}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: base}
spec: {type: prometheus, connectionDetails: {url: http://127.0.0.1:9090}}
"""
ROLLING = "{duration: %s, isRolling: true}"
CALENDAR = "{duration: %s, isRolling: false, calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}}"
OCCURRENCES, SLICES = "Occurrences", "Timeslices"


def slo(name: str, window: str = ROLLING % "30d", method: str = OCCURRENCES) -> str:
    sliced = ", timeSliceTarget: 0.9, timeSliceWindow: 5m" if method == SLICES else ""
    return f"""---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}}}
spec:
  service: api
  budgetingMethod: {method}
  timeWindow: [{window}]
  indicator:
    metadata: {{name: {name}-indicator}}
    spec:
      ratioMetric:
        counter: true
        bad: {{metricSource: {{spec: {{query: 'requests_total{{job="{name}",code="500"}}'}}}}}}
        total: {{metricSource: {{spec: {{query: 'requests_total{{job="{name}"}}'}}}}}}
  objectives: [{{target: 0.999{sliced}}}]
"""


def declared(*slos: str) -> Declaration:
    return read_documents({"base": BASE, "slos": "".join(slos)})


#: Budgets over 30, 28 and 2 days, a calendar's, and one that counts slices.
MIXED = declared(
    slo("healthy"),
    slo("burning", ROLLING % "28d"),
    slo("brief", ROLLING % "2d"),
    slo("silent"),
    slo("gone"),
    slo("sliced", method=SLICES),
    slo("monthly", CALENDAR % "1M"),
)
DECLARATIONS = {"nothing": Declaration(), "one": declared(slo("healthy")), "mixed": MIXED}


def generated(declaration: Declaration) -> dict[str, Json]:
    return {name: json.loads(text) for name, text in GRAFANA.generate(declaration).files.items()}


def panel(whole: Json, title: str) -> Json:
    [found] = [each for each in whole["panels"] if each["title"] == title]
    return found
