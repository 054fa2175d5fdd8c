"""Our own numbers beside those of the objectives: what our own objectives are measured by."""

import platform
from collections import Counter
from collections.abc import Iterator

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from covet_sre.flows.operating import Doings, Installation, Operating, Upkept
from covet_sre.flows.timings import Timed


def own_metrics(operating: Operating) -> Iterator[Metric]:
    """Requests, alerts in, how soon they are decided about and people told, commits, backups, verification."""
    doings, installation = operating.doings(), operating.installation()
    build = GaugeMetricFamily("covet_sre_build_info", "1, with what runs.", labels=["version", "python", "schema"])
    build.add_metric([installation.version, platform.python_version(), installation.schema], 1.0)
    yield build
    yield from _requests(doings)
    yield from _ingest(doings)
    yield from _timings(doings)
    yield from _upkeep(installation)


def _requests(doings: Doings) -> Iterator[Metric]:
    counted = CounterMetricFamily(
        "covet_sre_http_requests", "Requests by the route's template.", labels=["method", "route", "status"]
    )
    for (method, route, status), number in sorted(doings.requests.items()):
        counted.add_metric([method, route, str(status)], number)
    yield counted
    seconds = CounterMetricFamily("covet_sre_http_request_seconds", "Time that requests took.", labels=["route"])
    for route, spent in sorted(doings.request_seconds.items()):
        seconds.add_metric([route], spent)
    yield seconds


def _ingest(doings: Doings) -> Iterator[Metric]:
    """Accepted: 2xx, kept. Refused: what the sender must mend (4xx). Failed: everything else; it was not kept."""
    found: Counter[tuple[str, str]] = Counter(
        {(d, o): 0 for d in doings.doors for o in ("accepted", "refused", "failed")}
    )
    for (method, route, status), number in doings.requests.items():
        if method == "POST" and route in doings.doors:
            found[route, _outcome(status)] += number
    counted = CounterMetricFamily(
        "covet_sre_ingest_requests", "Requests that bring alerts, by what became of them.", labels=["door", "outcome"]
    )
    for (door, outcome), number in sorted(found.items()):
        counted.add_metric([door, outcome], number)
    yield counted


def _outcome(status: int) -> str:
    return "accepted" if 200 <= status < 300 else "refused" if 400 <= status < 500 else "failed"


def _timings(doings: Doings) -> Iterator[Metric]:
    for name, told, timed in (
        ("covet_sre_dispatch_seconds", "From when a notification was due to its first attempt.", doings.dispatch),
        ("covet_sre_disposition_seconds", "From an alert's arrival to what was made of it.", doings.disposition),
        ("covet_sre_commit_seconds", "Transactions, from their beginning to the end of the commit.", doings.commit),
    ):
        if timed is not None:
            yield _histogram(name, told, timed)


def _histogram(name: str, told: str, timed: Timed) -> Metric:
    family, reached = HistogramMetricFamily(name, told), 0
    buckets: list[tuple[str, float]] = []
    for bound, number in zip((*map(str, timed.bounds_seconds), "+Inf"), timed.counts, strict=True):
        reached += number
        buckets.append((bound, reached))
    family.add_metric([], buckets, timed.sum_seconds)
    return family


def _upkeep(installation: Installation) -> Iterator[Metric]:
    now = installation.now
    yield from _age("covet_sre_backup_age_seconds", "Time since the last verified backup.", installation.backup, now)
    every = GaugeMetricFamily("covet_sre_backup_every_seconds", "How often a backup is to be made.")
    if installation.backup.every_seconds:
        every.add_metric([], installation.backup.every_seconds)
    yield every
    yield GaugeMetricFamily("covet_sre_backups", "Backups in the folder.", installation.backups)
    verified = installation.verification
    yield from _age("covet_sre_verification_age_seconds", "Time since what is kept was found whole.", verified, now)
    failing = GaugeMetricFamily(
        "covet_sre_upkeep_failing", "1 where the last attempt did not succeed.", labels=["what"]
    )
    for what, state in (("backup", installation.backup), ("verification", verified)):
        if state.every_seconds:
            failing.add_metric([what], float(bool(state.error)))
    yield failing
    held = installation.restoration is not None
    yield GaugeMetricFamily("covet_sre_reconciling", "1 while incidents are held back after a restore.", float(held))


def _age(name: str, told: str, state: Upkept, now: float) -> Iterator[Metric]:
    """Absent until it was done for the first time: no age is no age of 0."""
    family = GaugeMetricFamily(name, told)
    age = state.age(now)
    if age is not None:
        family.add_metric([], age)
    yield family
