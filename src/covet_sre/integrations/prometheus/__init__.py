"""What speaks the Prometheus HTTP API: Prometheus, Thanos, Mimir, VictoriaMetrics."""

from covet_sre.integrations.prometheus.api import PrometheusApi
from covet_sre.integrations.prometheus.source import PrometheusSource

__all__ = ["PrometheusApi", "PrometheusSource"]
