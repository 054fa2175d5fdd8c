"""The usual instrumentations, as data: names, labels and units as their own documentation gives them."""

from covet_sre.slo.indicator import Matcher, MatchOp
from covet_sre.spec.discovery.instrumentation import FAST_ENOUGH, Durations, Instrumentation, Insufficient, Outcomes

_5XX = "Bad is what the service itself got wrong: a status of 5xx. What clients got wrong (4xx) is no failure of it."
_TIMED = "Every request is timed, failed ones included: a fast failure is fast."
_NOT_STREAMS = "Streams may stay open for hours and are no slow answers, so calls with one answer alone are timed."


def _matches(label: str, pattern: str) -> Matcher:
    return Matcher(label, MatchOp.MATCHES, pattern)


def _equals(label: str, value: str) -> Matcher:
    return Matcher(label, MatchOp.EQUAL, value)


def _availability(
    metric: str, status: str, requires: tuple[str, ...], blame: tuple[str, ...], **more: object
) -> Outcomes:
    return Outcomes(
        suffix="availability",
        title="availability",
        events="requests",
        metric=metric,
        bad=_matches(status, "5.."),
        why=_5XX,
        requires=requires,
        blame=blame,
        **more,  # pyright: ignore[reportArgumentType] -- fields of Outcomes, passed on
    )


def _latency(histogram: str, requires: tuple[str, ...] = (), blame: tuple[str, ...] = (), **more: object) -> Durations:
    return Durations(
        suffix="latency",
        title="latency",
        events="requests",
        histogram=histogram,
        requires=requires,
        blame=blame,
        why=_TIMED,
        **more,  # pyright: ignore[reportArgumentType] -- fields of Durations, passed on
    )


_DATABASE = (
    Outcomes(
        suffix="database-availability",
        title="database availability",
        events="database queries",
        metric="db_queries_total",
        bad=_equals("outcome", "error"),
        good_ones="succeed",
        why="Bad is a query that the database did not answer: an error of the driver or of the server.",
        requires=("operation",),
        blame=("operation",),
    ),
    Durations(
        suffix="database-latency",
        title="database latency",
        events="database queries",
        histogram="db_query_duration_seconds",
        requires=("operation",),
        blame=("operation",),
        why="The time that the database took, as the service saw it.",
    ),
)

_JOBS = Outcomes(
    suffix="jobs-in-time",
    title="background jobs",
    events="background jobs",
    metric="background_jobs_total",
    bad=_equals("outcome", "within_sla"),
    good=True,
    good_ones="succeed within the time agreed for their type",
    why="Good is a job that succeeded within the time agreed for its type; late and failed ones are bad.",
    requires=("job_type",),
    blame=("job_type", "outcome"),
    usual_target=FAST_ENOUGH,
)

# Codes by which OpenTelemetry's conventions blame the server; Go spells them DataLoss, Python and Java DATA_LOSS.
_GRPC_ERRORS = "|".join(
    f"{go}|{others}"
    for go, others in (
        ("Unknown", "UNKNOWN"),
        ("DeadlineExceeded", "DEADLINE_EXCEEDED"),
        ("Unimplemented", "UNIMPLEMENTED"),
        ("Internal", "INTERNAL"),
        ("Unavailable", "UNAVAILABLE"),
        ("DataLoss", "DATA_LOSS"),
    )
)

# The order decides: series that an earlier entry takes are not offered to a later one.
CATALOGUE = (
    Instrumentation(
        slug="covet-sre-sdk",
        name="covet-sre-sdk",
        kinds=(
            _availability("http_requests_total", "code", ("route", "method"), ("route", "code")),
            _latency("http_request_duration_seconds", ("route", "method"), ("route",)),
            *_DATABASE,
            _JOBS,
        ),
    ),
    Instrumentation(
        slug="covetpy",
        name="CovetPy",
        kinds=(
            _availability("http_requests_total", "status", ("endpoint", "method"), ("status",)),
            _latency("http_request_duration_seconds", ("endpoint", "method")),
        ),
        remarks=(
            "CovetPy 0.1 counts a request as 200 when an exception leaves the application through a middleware: such "
            "failures are missing here. covet-sre-sdk counts them as 500.",
            "Its label endpoint holds the raw path, one series for each order number, so that it is no breakdown; "
            "covet-sre-sdk labels with the route's template.",
        ),
    ),
    Instrumentation(
        slug="fastapi-instrumentator",
        name="prometheus-fastapi-instrumentator",
        kinds=(
            _availability("http_requests_total", "status", ("handler", "method"), ("handler", "status")),
            # Many bounds and no handler, for exactly this: it comes before the histogram by handler.
            _latency("http_request_duration_highr_seconds"),
            _latency("http_request_duration_seconds", ("handler",), ("handler",)),
        ),
        remarks=(
            "It groups statuses (2xx, 5xx) unless it is told not to; the pattern 5.. matches both 5xx and 500.",
            "Requests that match no route are counted under the handler none, or not at all "
            "(should_ignore_untemplated).",
        ),
    ),
    Instrumentation(
        slug="starlette-exporter",
        name="starlette-exporter",
        kinds=(
            _availability("starlette_requests_total", "status_code", ("method", "path"), ("path", "status_code")),
            _latency("starlette_request_duration_seconds", ("method", "path"), ("path",)),
        ),
        service_labels=("app_name", "job"),
        says_nothing=frozenset({"starlette"}),
        remarks=(
            "Its label app_name is `starlette` unless PrometheusMiddleware is given another; then the job names it.",
        ),
    ),
    Instrumentation(
        slug="opentelemetry",
        name="OpenTelemetry",
        kinds=(
            _availability(
                "http_server_request_duration_seconds_count",
                "http_response_status_code",
                ("http_request_method",),
                ("http_route", "http_response_status_code"),
            ),
            _latency("http_server_request_duration_seconds", ("http_request_method",), ("http_route",)),
        ),
        service_labels=("service_name", "job"),
        remarks=("OpenTelemetry has no counter of requests: the histogram's own count is one.",),
    ),
    *(
        Instrumentation(
            slug="opentelemetry-before-1-23",
            name="OpenTelemetry with the names from before its HTTP conventions 1.23",
            kinds=(
                _availability(f"{histogram}_count", "http_status_code", (), ("http_route", "http_status_code")),
                _latency(histogram, ("http_status_code",), ("http_route",), milliseconds=milliseconds),
            ),
            service_labels=("service_name", "job"),
            remarks=(
                "These names go away with newer versions of the instrumentation "
                "(OTEL_SEMCONV_STABILITY_OPT_IN=http/dup gives both): then run init again.",
            ),
        )
        for histogram, milliseconds in (
            ("http_server_duration_milliseconds", True),
            ("http_server_duration_seconds", False),
            ("http_server_duration", True),
        )
    ),
    Instrumentation(
        slug="istio",
        name="Istio",
        kinds=(
            _availability(
                "istio_requests_total",
                "response_code",
                ("destination_service_name",),
                ("source_workload", "response_code"),
                within=(_equals("reporter", "destination"),),
            ),
            _latency(
                "istio_request_duration_milliseconds",
                ("destination_service_name",),
                ("source_workload",),
                milliseconds=True,
                within=(_equals("reporter", "destination"),),
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
                bad=_equals("envoy_response_code_class", "5"),
                why=_5XX,
                requires=("envoy_cluster_name",),
            ),
            _latency("envoy_cluster_upstream_rq_time", ("envoy_cluster_name",), milliseconds=True),
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
                bad=_equals("envoy_response_code_class", "5"),
                why=_5XX,
                requires=("envoy_http_conn_manager_prefix",),
                within=(Matcher("envoy_http_conn_manager_prefix", MatchOp.NOT_EQUAL, "admin"),),
            ),
            _latency(
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
            _availability("nginx_ingress_controller_requests", "status", ("ingress",), ("path", "status")),
            _latency("nginx_ingress_controller_request_duration_seconds", ("ingress",), ("path",)),
        ),
        service_labels=("ingress", "namespace"),
        remarks=("A client that hangs up is 499, which is no failure of the service.",),
    ),
    Instrumentation(
        slug="traefik",
        name="Traefik",
        kinds=(
            _availability("traefik_service_requests_total", "code", ("protocol",), ("method", "code")),
            _latency("traefik_service_request_duration_seconds", ("protocol",), ("method",)),
        ),
        service_labels=("service",),
        remarks=("Its histogram has few bounds unless metrics.prometheus.buckets names more.",),
    ),
    Instrumentation(
        slug="grpc",
        name="gRPC",
        kinds=(
            Outcomes(
                suffix="grpc-availability",
                title="gRPC availability",
                events="calls",
                metric="grpc_server_handled_total",
                bad=_matches("grpc_code", _GRPC_ERRORS),
                why="Bad are the codes by which OpenTelemetry's conventions blame the server; NotFound, InvalidArgument "
                "and the like are answers.",
                requires=("grpc_service",),
                blame=("grpc_service", "grpc_method", "grpc_code"),
            ),
            Durations(
                suffix="grpc-latency",
                title="gRPC latency",
                events="calls",
                histogram="grpc_server_handling_seconds",
                requires=("grpc_service",),
                within=(_matches("grpc_type", "unary|UNARY"),),
                blame=("grpc_service", "grpc_method"),
                why=_NOT_STREAMS,
            ),
        ),
    ),
    *(
        Instrumentation(
            slug="http",
            name=f"an instrumentation that is not known here (http_requests_total by {status})",
            kinds=(
                _availability("http_requests_total", status, (), ("method", status)),
                _latency("http_request_duration_seconds"),
            ),
            remarks=("Check what it counts, and what it leaves out.",),
        )
        for status in ("code", "status", "status_code")
    ),
)

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
