"""Reliability files of many services, as a large company would keep them: one Service and one SLO for each."""

from pathlib import Path

_METRICS = """apiVersion: openslo/v1
kind: DataSource
metadata:
  name: metrics
spec:
  type: prometheus
  connectionDetails:
    url: http://127.0.0.1:9090
    scrapeInterval: 15s
"""

_SERVICE_AND_SLO = """apiVersion: openslo/v1
kind: Service
metadata:
  name: {name}
  displayName: Service {number}
spec:
  description: What the customers of service {number} depend on.
---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}-availability
  displayName: Availability of service {number}
  annotations:
    covet-sre/breakdown: route,code
spec:
  description: Share of requests to {name} that are answered without an error of its own.
  service: {name}
  indicator:
    metadata:
      name: {name}-not-5xx
    spec:
      ratioMetric:
        # Counters only grow.
        counter: true
        bad:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: http_requests_total{{job="{name}",code=~"5.."}}
        total:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: http_requests_total{{job="{name}"}}
  budgetingMethod: Occurrences
  timeWindow:
    - duration: 30d
      isRolling: true
  objectives:
    - target: 0.999
"""


def write_slo_files(folder: Path, slos: int, slos_per_file: int) -> None:
    """Write `slos` SLOs, each with its Service and selectors of its own, and one DataSource, into a folder.

    The folder is made if it is missing. Every SLO has two plain counter selectors and the default alerts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.yaml").write_text(_METRICS)
    for first in range(0, slos, slos_per_file):
        numbers = range(first, min(first + slos_per_file, slos))
        documents = [_SERVICE_AND_SLO.format(name=f"service-{number:05}", number=number) for number in numbers]
        (folder / f"services-{first // slos_per_file:04}.yaml").write_text("---\n".join(documents))
