"""Instrumentations inside of applications, as data: names, labels and units as their own documentation gives them."""

from covet_sre.spec.discovery.instrumentation import (
    FAST_ENOUGH,
    Durations,
    Instrumentation,
    Outcomes,
    equals,
    http_availability,
    http_latency,
    matches,
)

_DATABASE = (
    Outcomes(
        suffix="database-availability",
        title="database availability",
        events="database queries",
        metric="db_queries_total",
        told_by=equals("outcome", "error"),
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
    told_by=equals("outcome", "within_sla"),
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

APPLICATIONS = (
    Instrumentation(
        slug="covet-sre-sdk",
        name="covet-sre-sdk",
        kinds=(
            http_availability("http_requests_total", "code", ("route", "method"), ("route", "code")),
            http_latency("http_request_duration_seconds", ("route", "method"), ("route",)),
            *_DATABASE,
            _JOBS,
        ),
    ),
    Instrumentation(
        slug="covetpy",
        name="CovetPy",
        kinds=(
            http_availability("http_requests_total", "status", ("endpoint", "method"), ("status",)),
            http_latency("http_request_duration_seconds", ("endpoint", "method")),
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
            http_availability("http_requests_total", "status", ("handler", "method"), ("handler", "status")),
            # Many bounds and no handler, for exactly this: it comes before the histogram by handler.
            http_latency("http_request_duration_highr_seconds"),
            http_latency("http_request_duration_seconds", ("handler",), ("handler",)),
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
            http_availability("starlette_requests_total", "status_code", ("method", "path"), ("path", "status_code")),
            http_latency("starlette_request_duration_seconds", ("method", "path"), ("path",)),
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
            http_availability(
                "http_server_request_duration_seconds_count",
                "http_response_status_code",
                ("http_request_method",),
                ("http_route", "http_response_status_code"),
            ),
            http_latency("http_server_request_duration_seconds", ("http_request_method",), ("http_route",)),
        ),
        service_labels=("service_name", "job"),
        remarks=("OpenTelemetry has no counter of requests: the histogram's own count is one.",),
    ),
    *(
        Instrumentation(
            slug="opentelemetry-before-1-23",
            name="OpenTelemetry with the names from before its HTTP conventions 1.23",
            kinds=(
                http_availability(f"{histogram}_count", "http_status_code", (), ("http_route", "http_status_code")),
                http_latency(histogram, ("http_status_code",), ("http_route",), milliseconds=milliseconds),
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
)

GRPC = (
    Instrumentation(
        slug="grpc",
        name="gRPC",
        kinds=(
            Outcomes(
                suffix="grpc-availability",
                title="gRPC availability",
                events="calls",
                metric="grpc_server_handled_total",
                told_by=matches("grpc_code", _GRPC_ERRORS),
                why="Bad are the codes by which OpenTelemetry's conventions blame the server. NotFound, "
                "InvalidArgument and the like are answers.",
                requires=("grpc_service",),
                blame=("grpc_service", "grpc_method", "grpc_code"),
            ),
            Durations(
                suffix="grpc-latency",
                title="gRPC latency",
                events="calls",
                histogram="grpc_server_handling_seconds",
                requires=("grpc_service",),
                within=(matches("grpc_type", "unary|UNARY"),),
                blame=("grpc_service", "grpc_method"),
                why="Streams may stay open for hours and are no slow answers, so only calls with one answer are timed.",
            ),
        ),
    ),
)

ANYTHING = tuple(
    Instrumentation(
        slug="http",
        name=f"an instrumentation that is not known here (http_requests_total by {status})",
        kinds=(
            http_availability("http_requests_total", status, (), ("method", status)),
            http_latency("http_request_duration_seconds"),
        ),
        remarks=("Check what it counts, and what it leaves out.",),
    )
    for status in ("code", "status", "status_code")
)
