"""What happened in the simulated month: the incidents, and what each cost of which budget.

Only data, and only the standard library: `history.py` loads this file by its path and turns it into counts.
"""

import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

# Loaded by its path: whoever loads this file need not have put the folder on sys.path.
NORMAL_DAY: Final[Mapping[str, Any]] = runpy.run_path(str(Path(__file__).with_name("normal_day.py")))


@dataclass(frozen=True, slots=True)
class Trouble:
    """A cause of bad events.

    `days_ago` counts whole UTC days back from the last day, `hour` is UTC; without minutes it goes on all month.
    `cost` is the share of the objective's 30-day budget that it spent.
    `worse` is the share of its bad events that break the wider bound of the alert too.
    `routes` says on whom the bad requests fell: (route, code) -> share.
    """

    cost: float
    days_ago: int = 0
    hour: float = 0.0
    minutes: int = 0
    worse: float = 0.0
    routes: Mapping[tuple[str, str], float] = field(default_factory=dict[tuple[str, str], float])


@dataclass(frozen=True, slots=True)
class Objective:
    """What is counted (requests, queries or jobs), the target as a ratio, and all that spent its budget."""

    events: str
    target: float
    troubles: tuple[Trouble, ...]
    alert: str = ""
    """The name under which the events that break the wider bound are told, if there is one."""


def _always(bad_share: float, target: float, worse: float = 0.0, **routes: Any) -> Trouble:
    return Trouble(cost=bad_share / (1 - target), worse=worse, **routes)


def _day(name: str) -> float:
    return NORMAL_DAY[name]


def _route_shares(code: str) -> dict[tuple[str, str], float]:
    """Spread over the routes as the requests that query the database are."""
    shares: dict[tuple[str, str], float] = {}
    for visit in NORMAL_DAY["VISITS"]:
        if visit.route != "unmatched":
            shares[visit.route, code] = shares.get((visit.route, code), 0.0) + visit.share
    whole = sum(shares.values())
    return {key: share / whole for key, share in shares.items()}


_PAY = "/orders/{order_id}/pay"
_GATEWAY = {(_PAY, "502"): 1.0}
_DATABASE = _route_shares("503")
_RELEASE = {(_PAY, "500"): 0.7, ("/orders", "500"): 0.3}

# The latest is four days old: the last three days are quiet, so that no alert is burning when the demo starts.
OBJECTIVES: Final[Mapping[str, Objective]] = {
    "api-availability": Objective(
        "requests",
        0.999,
        (
            _always((_day("PAY_SHARE") * _day("GATEWAY_FAILURE_SHARE")), 0.999, routes=_GATEWAY),
            _always(_day("OWN_QUERIES_PER_REQUEST") * _day("DATABASE_ERROR_SHARE"), 0.999, routes=_DATABASE),
            # A release whose payments fail until it is rolled back.
            Trouble(0.065, 24, 10.6, 22, routes=_RELEASE),
            # The database is overloaded by a report that somebody runs at noon.
            Trouble(0.060, 17, 12.0, 55, routes=_DATABASE),
            # A failover.
            Trouble(0.030, 12, 3.2, 4, routes=_DATABASE),
            # The payment gateway fails one payment in a dozen for half a working day.
            Trouble(0.045, 6, 9.0, 240, routes=_GATEWAY),
        ),
    ),
    "api-latency": Objective(
        "requests",
        0.95,
        (
            _always(_day("SLOW_REQUEST_SHARE"), 0.95, _day("VERY_SLOW_REQUEST_SHARE") / _day("SLOW_REQUEST_SHARE")),
            Trouble(0.011, 17, 11.9, 70, worse=0.45),
            # A cache that was switched off by mistake, for a night.
            Trouble(0.030, 20, 21.0, 540, worse=0.15),
        ),
        alert="api-latency-alert",
    ),
    "database-latency": Objective(
        "queries",
        0.99,
        (
            _always(_day("SLOW_QUERY_SHARE"), 0.99, _day("VERY_SLOW_QUERY_SHARE") / _day("SLOW_QUERY_SHARE")),
            Trouble(0.078, 17, 11.9, 75, worse=0.5),
            # An index is built during the night.
            Trouble(0.120, 9, 2.0, 180, worse=0.3),
        ),
        alert="database-latency-alert",
    ),
    "database-availability": Objective(
        "queries",
        0.9995,
        (
            _always(_day("DATABASE_ERROR_SHARE"), 0.9995),
            Trouble(0.120, 17, 12.0, 55),
            Trouble(0.060, 12, 3.2, 4),
        ),
    ),
    "jobs-within-sla": Objective(
        "jobs",
        0.95,
        (
            _always(_day("LATE_JOB_SHARE") + _day("FAILED_JOB_SHARE"), 0.95),
            # A worker hangs and nobody looks for two hours.
            Trouble(0.040, 10, 1.3, 130),
            Trouble(0.004, 17, 11.9, 75),
        ),
    ),
}
