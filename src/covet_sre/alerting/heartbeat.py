"""Heartbeats: alerts that always fire, of which the absence is the news; and our own, for somebody else to miss."""

from dataclasses import dataclass

from covet_sre.alerting.labels import Labels, labels_of
from covet_sre.alerting.matchers import LabelMatcher, matches_all

MISSING = "HeartbeatMissing"


@dataclass(frozen=True, slots=True)
class ExpectedHeartbeat:
    """A source proves that its way to us works by an alert that always fires (Prometheus' `Watchdog`).

    Missing it for `within_seconds` is an alert of `service`.
    """

    name: str
    matchers: tuple[LabelMatcher, ...]
    within_seconds: float = 180.0
    service: str = ""
    severity: str = "critical"

    def is_beat(self, labels: Labels) -> bool:
        return matches_all(self.matchers, labels)

    @property
    def key(self) -> str:
        """What the alert about its absence is known by."""
        return f"heartbeat/{self.name}"

    @property
    def missing_labels(self) -> Labels:
        """The labels of the alert about its absence."""
        return labels_of(
            {"alertname": MISSING, "heartbeat": self.name, "service": self.service, "severity": self.severity}
        )


@dataclass(frozen=True, slots=True)
class SentHeartbeat:
    """Ours: every so often an arrival goes the whole way, in, decided, written, and out to `target`.

    Whoever listens there (a dead man's switch elsewhere) misses it when any part of that way is broken.
    """

    name: str
    target: str
    every_seconds: float = 60.0

    @property
    def key(self) -> str:
        """The idempotency key of its notification: one row, used again."""
        return f"heartbeat/{self.name}"
