"""Declarations from which tests generate: the handbook's, one of every kind of objective, and random ones."""

from pathlib import Path

from covet_sre.flows.declaration import Declaration
from covet_sre.spec import read_documents, read_paths

ROOT = Path(__file__).resolve().parent.parent.parent
HANDBOOK = ROOT / "examples" / "covetpy" / "reliability"

_HEAD = """
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {}
---
apiVersion: openslo/v1
kind: DataSource
metadata: {name: prometheus}
spec: {type: prometheus, connectionDetails: {url: http://127.0.0.1:9090}}
"""

_SLO = """
---
apiVersion: openslo/v1
kind: SLO
metadata: {{name: {name}, displayName: {title}, annotations: {{{annotations}}}, labels: {{{labels}}}}}
spec:
  service: shop
  indicator:
    metadata: {{name: {name}-sli}}
    spec: {sli}
  budgetingMethod: {method}
  timeWindow: [{window}]
  objectives: [{objective}]
"""

BAD_OF_ALL = (
    "{ratioMetric: {counter: true, bad: {metricSource: {spec: {query: 'requests_total{code=~\"5..\"}'}}}, "
    "total: {metricSource: {spec: {query: requests_total}}}}}"
)
QUERIES = (
    "{ratioMetric: {counter: true, bad: {metricSource: {spec: {query: 'sum(increase(failures_total[{{window}}]))'}}}, "
    "total: {metricSource: {spec: {query: 'sum(increase(calls_total[{{window}}])) # all'}}}}}"
)
THRESHOLD = "{thresholdMetric: {metricSource: {spec: {query: 'max(queue_age_seconds)'}}}}"
RAW = "{ratioMetric: {counter: false, rawType: success, raw: {metricSource: {spec: {query: 'avg(probe_success)'}}}}}"

ROLLING = "{duration: 30d, isRolling: true}"
WEEK = "{duration: 7d, isRolling: true}"
CALENDAR = "{duration: 1M, isRolling: false, calendar: {startTime: '2026-01-01 00:00:00', timeZone: UTC}}"


_SLICES_OF_A_QUARTER = "{target: 0.99, op: lt, value: 5, timeSliceTarget: 0.9, timeSliceWindow: 15m}"
_ODD_TITLE = "'Quoted \" {{ title }} \\'"


def slo(name: str, sli: str = BAD_OF_ALL, **changes: str) -> str:
    """An SLO document."""
    fields = {
        "title": name,
        "annotations": "",
        "labels": "",
        "method": "Occurrences",
        "window": ROLLING,
        "objective": "{target: 0.999}",
    } | changes
    return _SLO.format(name=name, sli=sli, **fields)


def declared(*documents: str) -> Declaration:
    """The declaration of some SLO documents."""
    return read_documents({"files.yaml": _HEAD + "".join(documents)})


def handbook() -> Declaration:
    """The handbook's own files."""
    return read_paths([HANDBOOK])


def every_kind() -> Declaration:
    """One objective of every kind that the files can declare."""
    return declared(
        slo("bad-of-all", window=WEEK),
        slo("by-queries", QUERIES, window=WEEK),
        slo("by-threshold", THRESHOLD, window=WEEK, objective="{target: 0.99, op: lte, value: 60}"),
        slo("by-raw-ratio", RAW, window=WEEK, objective="{target: 0.99}"),
        slo(
            "by-slices",
            window=WEEK,
            method="Timeslices",
            objective="{target: 0.99, timeSliceTarget: 0.95, timeSliceWindow: 5m}",
        ),
        slo("by-slice-shares", window=WEEK, method="RatioTimeslices", objective="{target: 0.99, timeSliceWindow: 10m}"),
        slo("by-calendar", window=CALENDAR),
        slo("by-week", window=WEEK),
        slo("by-time", window=WEEK, annotations='covet-sre/weighting: "time", covet-sre/recorded-as: by_the_clock'),
        slo(
            "threshold-slices",
            THRESHOLD,
            window=WEEK,
            method="Timeslices",
            objective=_SLICES_OF_A_QUARTER,
        ),
        slo(
            "labelled",
            window=WEEK,
            labels="team: platform, app.kubernetes.io/name: shop, severity: high",
            title=_ODD_TITLE,
        ),
    )
