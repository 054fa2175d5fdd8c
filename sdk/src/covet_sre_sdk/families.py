"""The metrics of this SDK: their names, labels and bucket bounds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EventFamily:
    """Events that are counted and timed at once: a counter and a histogram over the same cells.

    The last label is the outcome. The counter carries it and the histogram does not, so both always speak of
    exactly the same events. `bounds` are seconds, ascending, without infinity.
    `certain_outcomes` are exposed at 0 as soon as the other labels are known: a counter that first appears
    at 1 hides that event from PromQL's increase().
    """

    counter: str
    counter_help: str
    histogram: str
    histogram_help: str
    labels: tuple[str, ...]
    bounds: tuple[float, ...]
    certain_outcomes: tuple[str, ...]

    @property
    def width(self) -> int:
        """How many numbers a cell has: one for each bound, one above them all, and the sum of seconds."""
        return len(self.bounds) + 2


@dataclass(frozen=True, slots=True)
class GaugeFamily:
    """One number that goes up and down, without labels."""

    name: str
    help: str


REQUESTS = EventFamily(
    counter="http_requests_total",
    counter_help="Requests answered, by route template and status code.",
    histogram="http_request_duration_seconds",
    histogram_help="Time from a request's arrival to the last byte of its response.",
    labels=("method", "route", "code"),
    bounds=(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
    certain_outcomes=("500",),
)

QUERIES = EventFamily(
    counter="db_queries_total",
    counter_help="Database queries, by operation and outcome.",
    histogram="db_query_duration_seconds",
    histogram_help="Time that the database took for a query.",
    labels=("operation", "outcome"),
    bounds=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 5.0, 10.0),
    certain_outcomes=("ok", "error"),
)

JOBS = EventFamily(
    counter="background_jobs_total",
    counter_help="Background jobs, by whether they ended within their agreed time.",
    histogram="background_job_duration_seconds",
    histogram_help="Run time of a background job.",
    labels=("job_type", "outcome"),
    bounds=(0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0),
    certain_outcomes=("within_sla", "late", "failed"),
)

EVENT_FAMILIES = (REQUESTS, QUERIES, JOBS)

IN_FLIGHT = GaugeFamily("http_requests_in_flight", "Requests that have arrived and are not yet answered.")
QUEUE_LENGTH = GaugeFamily("custom_queue_length", "Items that wait in the service's queue.")

OWN_NAMES = frozenset(
    [family.counter for family in EVENT_FAMILIES]
    + [family.histogram for family in EVENT_FAMILIES]
    + [IN_FLIGHT.name, QUEUE_LENGTH.name]
)
