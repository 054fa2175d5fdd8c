"""What each known instrumentation exposes, by hand from its documentation, and what `init` should make of it.

A minute has 1,000 events of each kind: 10 are bad, and 985 are within the bound that is nearest above the 95th
percentile, 900 within the one below.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from servers.days_of_metrics import histogram

AT = 'job="shop",instance="10.0.0.1:8000"'
SECONDS = {"0.1": 900, "0.5": 985, "1": 995}
MILLISECONDS = {"100": 900, "500": 985, "1000": 995}


@dataclass(frozen=True)
class Exposed:
    """`series` are events a minute. `part` are words of the selectors that must be written, by objective."""

    series: Mapping[str, int]
    parts: Mapping[str, str]
    service: str = "shop"


def requests(metric: str, status: str, labels: str, good: str = "200", bad: str = "503") -> dict[str, int]:
    between = f"{AT},{labels}" if labels else AT
    return {f'{metric}{{{between},{status}="{good}"}}': 990, f'{metric}{{{between},{status}="{bad}"}}': 10}


EXPOSED = {
    "covet-sre-sdk": Exposed(
        {
            **requests("http_requests_total", "code", 'method="GET",route="/orders/{id}"'),
            **histogram("http_request_duration_seconds", f'{AT},method="GET",route="/orders/{{id}}"', SECONDS, 1000),
            **requests("db_queries_total", "outcome", 'operation="select"', "ok", "error"),
            **histogram("db_query_duration_seconds", f'{AT},operation="select"', SECONDS, 1000),
            **requests("background_jobs_total", "outcome", 'job_type="mail"', "within_sla", "late"),
        },
        {
            "shop-availability": 'http_requests_total{code=~"5..",job="shop"}',
            "shop-latency": 'http_request_duration_seconds_bucket{job="shop",le="0.5"}',
            "shop-database-availability": 'db_queries_total{job="shop",outcome="error"}',
            "shop-database-latency": 'db_query_duration_seconds_bucket{job="shop",le="0.5"}',
            "shop-jobs-in-time": 'background_jobs_total{job="shop",outcome="within_sla"}',
        },
    ),
    "covetpy": Exposed(
        {
            **requests("http_requests_total", "status", 'method="GET",endpoint="/orders"'),
            **histogram("http_request_duration_seconds", f'{AT},method="GET",endpoint="/orders"', SECONDS, 1000),
        },
        {
            "shop-availability": 'http_requests_total{job="shop",status=~"5.."}',
            "shop-latency": 'http_request_duration_seconds_bucket{job="shop",le="0.5"}',
        },
    ),
    "fastapi-instrumentator, statuses in groups": Exposed(
        {
            **requests("http_requests_total", "status", 'method="GET",handler="/orders"', "2xx", "5xx"),
            **histogram("http_request_duration_highr_seconds", AT, SECONDS, 1000),
            **histogram("http_request_duration_seconds", f'{AT},method="GET",handler="/orders"', {"0.1": 900}, 1000),
        },
        {
            "shop-availability": 'http_requests_total{job="shop",status=~"5.."}',
            "shop-latency": 'http_request_duration_highr_seconds_bucket{job="shop",le="0.5"}',
        },
    ),
    "fastapi-instrumentator, exact statuses": Exposed(
        {
            **requests("http_requests_total", "status", 'method="GET",handler="/orders"'),
            **histogram("http_request_duration_seconds", f'{AT},method="GET",handler="/orders"', SECONDS, 1000),
        },
        {
            "shop-availability": 'http_requests_total{job="shop",status=~"5.."}',
            "shop-latency": 'http_request_duration_seconds_bucket{job="shop",le="0.5"}',
        },
    ),
    "starlette-exporter": Exposed(
        {
            **requests("starlette_requests_total", "status_code", 'method="GET",path="/orders",app_name="orders"'),
            **histogram(
                "starlette_request_duration_seconds",
                f'{AT},method="GET",path="/orders",status_code="200",app_name="orders"',
                SECONDS,
                1000,
            ),
        },
        {
            "orders-availability": 'starlette_requests_total{app_name="orders",job="shop",status_code=~"5.."}',
            "orders-latency": 'starlette_request_duration_seconds_bucket{app_name="orders",job="shop",le="0.5"}',
        },
        "orders",
    ),
    "opentelemetry": Exposed(
        {
            **histogram(
                "http_server_request_duration_seconds",
                f'{AT},http_request_method="GET",http_route="/orders",http_response_status_code="200"',
                {"0.1": 900, "0.5": 985, "1": 988},
                990,
            ),
            **histogram(
                "http_server_request_duration_seconds",
                f'{AT},http_request_method="GET",http_route="/orders",http_response_status_code="500"',
                {"0.1": 0, "0.5": 0, "1": 0},
                10,
            ),
        },
        {
            "shop-availability": '_duration_seconds_count{http_response_status_code=~"5..",job="shop"}',
            "shop-latency": 'http_server_request_duration_seconds_bucket{job="shop",le="0.5"}',
        },
    ),
    **{
        f"opentelemetry, {name}": Exposed(
            {
                **histogram(name, f'{AT},http_method="GET",http_status_code="200",http_target="/"', bounds, 990),
                **histogram(
                    name, f'{AT},http_method="GET",http_status_code="500",http_target="/"', dict.fromkeys(bounds, 0), 10
                ),
            },
            {
                "shop-availability": f'{name}_count{{http_status_code=~"5..",job="shop"}}',
                "shop-latency": f'{name}_bucket{{job="shop",le="{half_a_second}"}}',
            },
        )
        for name, bounds, half_a_second in (
            ("http_server_duration_milliseconds", {"100": 900, "500": 985}, "500"),
            ("http_server_duration_seconds", {"0.1": 900, "0.5": 985}, "0.5"),
            ("http_server_duration", {"100": 900, "500": 985}, "500"),
        )
    },
    "istio": Exposed(
        {
            **requests(
                "istio_requests_total",
                "response_code",
                'reporter="destination",destination_service_name="orders",destination_service_namespace="prod",'
                'source_workload="web"',
            ),
            **requests(
                "istio_requests_total",
                "response_code",
                'reporter="source",destination_service_name="orders",destination_service_namespace="prod",'
                'source_workload="web"',
                bad="504",
            ),
            **histogram(
                "istio_request_duration_milliseconds",
                f'{AT},reporter="destination",destination_service_name="orders",destination_service_namespace="prod"',
                MILLISECONDS,
                1000,
            ),
        },
        {
            "orders-availability": 'response_code=~"5.."',
            "orders-latency": 'istio_request_duration_milliseconds_bucket{destination_service_name="orders",'
            'destination_service_namespace="prod",le="500",reporter="destination"}',
        },
        "orders",
    ),
    "envoy": Exposed(
        {
            **requests(
                "envoy_cluster_upstream_rq_xx", "envoy_response_code_class", 'envoy_cluster_name="orders"', "2", "5"
            ),
            **histogram("envoy_cluster_upstream_rq_time", f'{AT},envoy_cluster_name="orders"', MILLISECONDS, 1000),
        },
        {
            "orders-availability": '_rq_xx{envoy_cluster_name="orders",envoy_response_code_class="5"}',
            "orders-latency": 'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="orders",le="500"}',
        },
        "orders",
    ),
    "envoy-downstream": Exposed(
        {
            **requests(
                "envoy_http_downstream_rq_xx",
                "envoy_response_code_class",
                'envoy_http_conn_manager_prefix="ingress_http"',
                "2",
                "5",
            ),
            **requests(
                "envoy_http_downstream_rq_xx",
                "envoy_response_code_class",
                'envoy_http_conn_manager_prefix="admin"',
                "2",
                "5",
            ),
            **histogram(
                "envoy_http_downstream_rq_time",
                f'{AT},envoy_http_conn_manager_prefix="ingress_http"',
                MILLISECONDS,
                1000,
            ),
        },
        {
            "ingress-http-availability": 'envoy_response_code_class="5"',
            "ingress-http-latency": "envoy_http_downstream_rq_time_bucket{"
            'envoy_http_conn_manager_prefix="ingress_http",le="500"}',
        },
        "ingress-http",
    ),
    "ingress-nginx": Exposed(
        {
            **requests(
                "nginx_ingress_controller_requests",
                "status",
                'ingress="orders",namespace="ingress-nginx",exported_namespace="prod",method="GET",path="/"',
            ),
            **histogram(
                "nginx_ingress_controller_request_duration_seconds",
                f'{AT},ingress="orders",namespace="ingress-nginx",exported_namespace="prod",method="GET",path="/",'
                'status="200"',
                SECONDS,
                1000,
            ),
        },
        {
            "orders-availability": 'nginx_ingress_controller_requests{exported_namespace="prod",ingress="orders",'
            'status=~"5.."}',
            "orders-latency": 'nginx_ingress_controller_request_duration_seconds_bucket{exported_namespace="prod",'
            'ingress="orders",le="0.5"}',
        },
        "orders",
    ),
    "traefik": Exposed(
        {
            **requests(
                "traefik_service_requests_total", "code", 'method="GET",protocol="http",service="orders@docker"'
            ),
            **histogram(
                "traefik_service_request_duration_seconds",
                f'{AT},code="200",method="GET",protocol="http",service="orders@docker"',
                {"0.1": 900, "0.3": 985, "1.2": 999},
                1000,
            ),
        },
        {
            "orders-docker-availability": 'traefik_service_requests_total{code=~"5..",service="orders@docker"}',
            "orders-docker-latency": '_request_duration_seconds_bucket{le="0.3",service="orders@docker"}',
        },
        "orders-docker",
    ),
    "grpc, as Go spells codes": Exposed(
        {
            **requests(
                "grpc_server_handled_total",
                "grpc_code",
                'grpc_type="unary",grpc_service="shop.Orders",grpc_method="Get"',
                "NotFound",
                "DataLoss",
            ),
            **histogram(
                "grpc_server_handling_seconds",
                f'{AT},grpc_type="unary",grpc_service="shop.Orders",grpc_method="Get"',
                SECONDS,
                1000,
            ),
            **histogram(
                "grpc_server_handling_seconds",
                f'{AT},grpc_type="server_stream",grpc_service="shop.Orders",grpc_method="Watch"',
                dict.fromkeys(SECONDS, 0),
                1000,
            ),
        },
        {
            "shop-grpc-availability": "grpc_server_handled_total{grpc_code=~",
            "shop-grpc-latency": 'grpc_server_handling_seconds_bucket{grpc_type=~"unary|UNARY",job="shop",le="0.5"}',
        },
    ),
    "grpc, as Python spells codes": Exposed(
        requests(
            "grpc_server_handled_total",
            "grpc_code",
            'grpc_type="UNARY",grpc_service="shop.Orders",grpc_method="Get"',
            "OK",
            "DEADLINE_EXCEEDED",
        ),
        {"shop-grpc-availability": "grpc_server_handled_total{grpc_code=~"},
    ),
    "nothing that is known": Exposed(
        {
            **requests("http_requests_total", "status_code", 'verb="GET"'),
            **histogram("http_request_duration_seconds", f'{AT},verb="GET"', SECONDS, 1000),
        },
        {
            "shop-availability": 'http_requests_total{job="shop",status_code=~"5.."}',
            "shop-latency": 'http_request_duration_seconds_bucket{job="shop",le="0.5"}',
        },
    ),
}
