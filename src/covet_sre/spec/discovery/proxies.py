"""Proxies and meshes in front of services, as data: names, labels and units as their own documentation gives them."""

from covet_sre.slo.indicator import Matcher, MatchOp
from covet_sre.spec.discovery.instrumentation import (
    WHY_5XX,
    Instrumentation,
    Outcomes,
    equals,
    http_availability,
    http_latency,
)

PROXIES = (
    Instrumentation(
        slug="istio",
        name="Istio",
        kinds=(
            http_availability(
                "istio_requests_total",
                "response_code",
                ("destination_service_name",),
                ("source_workload", "response_code"),
                within=(equals("reporter", "destination"),),
            ),
            http_latency(
                "istio_request_duration_milliseconds",
                ("destination_service_name",),
                ("source_workload",),
                milliseconds=True,
                within=(equals("reporter", "destination"),),
            ),
        ),
        service_labels=("destination_service_name", "destination_service_namespace"),
        remarks=(
            "Each request is reported by both sidecars; that of the destination counts. What never reached it "
            '(no healthy endpoint, a refused connection) is told by reporter="source" alone.',
        ),
    ),
    Instrumentation(
        slug="envoy",
        name="Envoy, by upstream cluster",
        kinds=(
            Outcomes(
                suffix="availability",
                title="availability",
                events="requests",
                metric="envoy_cluster_upstream_rq_xx",
                told_by=equals("envoy_response_code_class", "5"),
                why=WHY_5XX,
                requires=("envoy_cluster_name",),
            ),
            http_latency("envoy_cluster_upstream_rq_time", ("envoy_cluster_name",), milliseconds=True),
        ),
        service_labels=("envoy_cluster_name",),
        remarks=("Seen from the proxy: retries count once for each try.",),
    ),
    Instrumentation(
        slug="envoy-downstream",
        name="Envoy, by listener",
        kinds=(
            Outcomes(
                suffix="availability",
                title="availability",
                events="requests",
                metric="envoy_http_downstream_rq_xx",
                told_by=equals("envoy_response_code_class", "5"),
                why=WHY_5XX,
                requires=("envoy_http_conn_manager_prefix",),
                within=(Matcher("envoy_http_conn_manager_prefix", MatchOp.NOT_EQUAL, "admin"),),
            ),
            http_latency(
                "envoy_http_downstream_rq_time",
                ("envoy_http_conn_manager_prefix",),
                milliseconds=True,
                within=(Matcher("envoy_http_conn_manager_prefix", MatchOp.NOT_EQUAL, "admin"),),
            ),
        ),
        service_labels=("envoy_http_conn_manager_prefix",),
        remarks=("What clients saw, retries already made good.",),
    ),
    Instrumentation(
        slug="ingress-nginx",
        name="ingress-nginx",
        kinds=(
            http_availability("nginx_ingress_controller_requests", "status", ("ingress",), ("path", "status")),
            http_latency("nginx_ingress_controller_request_duration_seconds", ("ingress",), ("path",)),
        ),
        service_labels=("ingress", "namespace"),
        remarks=("A client that hangs up is 499, which is no failure of the service.",),
    ),
    Instrumentation(
        slug="traefik",
        name="Traefik",
        kinds=(
            http_availability("traefik_service_requests_total", "code", ("protocol",), ("method", "code")),
            http_latency("traefik_service_request_duration_seconds", ("protocol",), ("method",)),
        ),
        service_labels=("service",),
        remarks=("Its histogram has few bounds unless metrics.prometheus.buckets names more.",),
    ),
)
