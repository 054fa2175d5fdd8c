"""A fleet of services whose every request is known: its counters at any scrape, and its reliability files.

Each service has two series (answers with 200 and with 500) and one SLO with selectors of its own. Traffic has a daily
rhythm; eight seeded histories are shared by all services, so that a month of thousands of series is made in seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

METRIC = "http_requests_total"
SCRAPE_SECONDS = 15
SCRAPES_PER_MINUTE = 60 // SCRAPE_SECONDS
HISTORIES = 8
CODES = ("200", "500")
ALERTS_PER_SLO = 5

_REQUESTS_PER_SECOND = 10.0
_ERROR_RATIO = 0.0005

_HEAD = """apiVersion: openslo/v1
kind: DataSource
metadata: {{name: metrics}}
spec:
  type: prometheus
  connectionDetails: {{url: "{url}", scrapeInterval: 15s}}
---
apiVersion: openslo/v1
kind: Service
metadata: {{name: fleet}}
spec: {{description: Everything that the benchmark serves.}}
"""

_EARLY_WARNING = """---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: early-warning}
spec:
  alertWhenBreaching: true
  conditions:
    - kind: AlertCondition
      metadata: {name: early-warning}
      spec:
        severity: warning
        condition: {kind: burnrate, op: gt, threshold: 5, lookbackWindow: 5m}
  notificationTargets:
    - kind: AlertNotificationTarget
      metadata: {name: channel}
      spec: {target: slack}
"""

_SLO = """---
apiVersion: openslo/v1
kind: SLO
metadata:
  name: {name}-availability
spec:
  description: Share of requests to {name} that are answered without an error of its own.
  service: fleet
  indicator:
    metadata:
      name: {name}-not-5xx
    spec:
      ratioMetric:
        counter: true
        good:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: http_requests_total{{job="covet",service="{name}",code!~"5.."}}
        total:
          metricSource:
            metricSourceRef: metrics
            spec:
              query: http_requests_total{{job="covet",service="{name}"}}
  budgetingMethod: Occurrences
  timeWindow:
    - duration: 30d
      isRolling: true
  objectives:
    - target: 0.999
  alertPolicies:
    - alertPolicyRef: early-warning
"""


@dataclass(frozen=True)
class Fleet:
    """`services` services whose counters begin at 0 in `start_minute` and are known for `minutes` minutes.

    Each runs in so many `pods`, all alike.
    """

    services: int
    start_minute: int
    minutes: int
    pods: int = 1

    @cached_property
    def names(self) -> list[str]:
        """The value of the label `service`, one for each."""
        return [f"svc-{number}" for number in range(self.services)]

    @cached_property
    def requests(self) -> NDArray[np.int64]:
        """Requests between scrapes, of shape (histories, codes, scrapes)."""
        seeded = np.random.default_rng(20261123)
        seconds = np.arange(self.minutes * SCRAPES_PER_MINUTE) * SCRAPE_SECONDS
        phase = np.arange(HISTORIES)[:, None] / HISTORIES
        rate = _REQUESTS_PER_SECOND * (1 + 0.8 * np.sin(2 * np.pi * (seconds / 86400 + phase)))
        total = seeded.poisson(rate * SCRAPE_SECONDS)
        bad = seeded.binomial(total, _ERROR_RATIO)
        return np.stack([total - bad, bad], axis=1)

    @cached_property
    def counters(self) -> NDArray[np.int64]:
        """Every scrape's value of every history's counters, of shape (histories, codes, scrapes)."""
        return self.requests.cumsum(axis=2)

    def minute_counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(bad, total) by minute, each of shape (histories, minutes)."""
        by_minute = self.requests.reshape(HISTORIES, len(CODES), self.minutes, SCRAPES_PER_MINUTE).sum(axis=3)
        return by_minute[:, 1], by_minute.sum(axis=1)

    def series(self) -> Iterator[tuple[int, int, dict[str, str]]]:
        """(history, code's position, labels as Prometheus has them) of every series."""
        for number, name in enumerate(self.names):
            for position, code in enumerate(CODES):
                labels = {"__name__": METRIC, "code": code, "instance": "fleet:80", "job": "covet", "service": name}
                for pod in range(self.pods):
                    yield number % HISTORIES, position, labels if self.pods == 1 else {**labels, "pod": f"pod-{pod}"}

    def scrape_milliseconds(self, scrape: int) -> int:
        """When a scrape takes place: in the middle of its quarter of a minute."""
        return self.start_minute * 60_000 + scrape * SCRAPE_SECONDS * 1000 + 7_500

    def exposition(self, scrape: int) -> str:
        """What a target with all services answers at a scrape."""
        values = self.counters[:, :, scrape].tolist()
        lines = [
            f"{METRIC}{{{_exposed(labels)}}} {values[history][position]}" for history, position, labels in self.series()
        ]
        return "\n".join([f"# TYPE {METRIC} counter", *lines, ""])

    def write_files(self, folder: Path, prometheus_url: str) -> Path:
        """Reliability files with one SLO and five alerts for each service; the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "shared.yaml").write_text(_HEAD.format(url=prometheus_url) + _EARLY_WARNING)
        for first in range(0, self.services, 50):
            documents = [_SLO.format(name=name) for name in self.names[first : first + 50]]
            (folder / f"slos-{first // 50:03}.yaml").write_text("".join(documents))
        return folder


def _exposed(labels: dict[str, str]) -> str:
    """The labels that the target itself gives: Prometheus adds the others."""
    return ",".join(f'{name}="{labels[name]}"' for name in ("service", "code", "pod") if name in labels)
