"""Reliability files of many services, as a large company would keep them."""

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

_SERVICE = """apiVersion: openslo/v1
kind: Service
metadata:
  name: {service}
  displayName: Service {service_number}
spec:
  description: What the customers of service {service_number} depend on.
"""

_SLO = """apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}-availability
  displayName: Availability of endpoint {number}
  annotations:
    covet-sre/breakdown: route,code
spec:
  description: Share of requests to {name} that are answered without an error of its own.
  service: {service}
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


def write_slo_files(folder: Path, slos: int, slos_per_file: int, slos_per_service: int = 1) -> None:
    """Write `slos` SLOs, each with selectors of its own, their Services, and one DataSource, into a folder.

    The folder is made if it is missing. Every SLO has two plain counter selectors and the default alerts.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.yaml").write_text(_METRICS)
    for first in range(0, slos, slos_per_file):
        documents: list[str] = []
        for number in range(first, min(first + slos_per_file, slos)):
            service_number, rest = divmod(number, slos_per_service)
            names = {"service": f"service-{service_number:05}", "service_number": service_number}
            if not rest:
                documents.append(_SERVICE.format(**names))
            documents.append(_SLO.format(name=f"endpoint-{number:05}", number=number, **names))
        (folder / f"services-{first // slos_per_file:04}.yaml").write_text("---\n".join(documents))
