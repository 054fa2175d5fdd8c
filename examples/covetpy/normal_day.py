"""What a normal day of the order service looks like: its rhythm, its mix of requests, its healthy shares.

The service, the traffic and the simulated history all read these figures, so that the history ends where the
live traffic begins. Only the standard library: `history.py` loads this file by its path.
"""

import math
from dataclasses import dataclass
from typing import Final

SECONDS_PER_DAY: Final = 86_400
BUSIEST_HOUR_UTC: Final = 15.0
SWING: Final = 0.35


@dataclass(frozen=True, slots=True)
class Visit:
    """One kind of request: its share of all requests and the route template that counts it."""

    kind: str
    share: float
    method: str
    route: str


VISITS: Final = (
    Visit("list", 0.32, "GET", "/orders"),
    Visit("get", 0.45, "GET", "/orders/{order_id}"),
    Visit("create", 0.12, "POST", "/orders"),
    Visit("pay", 0.10, "POST", "/orders/{order_id}/pay"),
    Visit("stray", 0.01, "GET", "unmatched"),
)
PAY_SHARE: Final = next(visit.share for visit in VISITS if visit.kind == "pay")
UNKNOWN_ORDER_SHARE: Final = 0.02  # of the "get" visits: answered 404
INVALID_ORDER_SHARE: Final = 0.01  # of the "create" visits: answered 422

# What one request causes on average in the mix above: its own queries, and jobs, of one query each.
OWN_QUERIES_PER_REQUEST: Final = 0.988
JOBS_PER_REQUEST: Final = 0.218
QUERIES_PER_REQUEST: Final = OWN_QUERIES_PER_REQUEST + JOBS_PER_REQUEST

GATEWAY_FAILURE_SHARE: Final = 0.0010  # of the "pay" visits: the payment gateway fails, answered 502
DATABASE_ERROR_SHARE: Final = 0.00010  # of all queries; the request that made it is answered 503
SLOW_REQUEST_SHARE: Final = 0.015  # beyond 0.5 s
VERY_SLOW_REQUEST_SHARE: Final = 0.003  # of all requests, beyond 0.75 s (and so among the slow)
SLOW_QUERY_SHARE: Final = 0.0015  # beyond 0.1 s
VERY_SLOW_QUERY_SHARE: Final = 0.0003  # of all queries, beyond 0.2 s (and so among the slow)
LATE_JOB_SHARE: Final = 0.014
FAILED_JOB_SHARE: Final = 0.002


def rhythm(epoch_seconds: float) -> float:
    """Return the rate at an instant as a multiple of the day's mean rate; its mean over a day is exactly 1."""
    hour = (epoch_seconds % SECONDS_PER_DAY) / 3600
    return 1 + SWING * math.cos((hour - BUSIEST_HOUR_UTC) / 24 * math.tau)
