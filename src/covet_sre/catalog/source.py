"""Where metrics come from: a server that speaks the Prometheus API, or targets scraped directly."""

from dataclasses import dataclass, field
from enum import StrEnum

from covet_sre.errors import Location


class SourceKind(StrEnum):
    PROMETHEUS = "prometheus"
    SCRAPE = "scrape"


@dataclass(frozen=True, slots=True)
class DataSource:
    """A named source of metrics.

    `addresses` is one base URL for the Prometheus API, or the URLs of the targets to scrape.
    `interval_seconds` is the scrape interval; None lets it be estimated from the samples.
    `retention_minutes` is how far back the source answers; None when not declared.
    Replicas of a highly available pair differ only in `replica_labels`; one of them counts.
    """

    name: str
    kind: SourceKind
    addresses: tuple[str, ...]
    location: Location
    interval_seconds: float | None = None
    retention_minutes: int | None = None
    replica_labels: tuple[str, ...] = ()
    # Labels given to every series of a scraped target (`job` usually), as a Prometheus would.
    labels: tuple[tuple[str, str], ...] = ()
    headers_env: tuple[tuple[str, str], ...] = field(default=(), repr=False)
