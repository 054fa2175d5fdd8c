"""Everything that `init` knows, in the order in which it is tried, and what is not enough."""

from covet_sre.spec.discovery.applications import ANYTHING, APPLICATIONS, GRPC
from covet_sre.spec.discovery.instrumentation import Insufficient
from covet_sre.spec.discovery.proxies import PROXIES

# The order decides: series that an earlier entry takes are not offered to a later one.
CATALOGUE = (*APPLICATIONS, *PROXIES, *GRPC, *ANYTHING)

INSUFFICIENT = (
    Insufficient(
        "nginx_http_requests_total",
        "nginx' own status page counts requests without their status, so nothing tells the bad ones",
        "take the metrics of the application behind it, those of ingress-nginx, or an exporter of its access log",
    ),
    Insufficient(
        "prometheus_http_requests_total",
        "it is Prometheus' own",
        "if Prometheus is a service of yours, write its SLO by hand",
    ),
)


def known_metrics() -> tuple[str, ...]:
    """Every metric name that `init` looks for, in the catalogue's order."""
    return tuple(dict.fromkeys(kind.metric for entry in CATALOGUE for kind in entry.kinds))
