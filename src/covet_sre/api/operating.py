"""For those who run the server: is it alive, is it ready, and how is it doing, in Prometheus' own form."""

from collections import Counter
from collections.abc import Callable, Iterator

from fastapi import APIRouter
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import JSONResponse, Response

from covet_sre.alerting.severity import Severity
from covet_sre.api.own_metrics import own_metrics
from covet_sre.budget.status import AlertState
from covet_sre.flows.incidents import IncidentFilter, Incidents
from covet_sre.flows.operating import Operating
from covet_sre.flows.reading import Reliability

_OPEN = IncidentFilter(is_open=True, limit=10_000)

Unready = Callable[[], str | None]
"""Why the server cannot answer yet; None when it can."""


def operating(
    reliability: Reliability,
    incidents: Incidents,
    unready: Unready,
    ticks: Callable[[], tuple[int, float]],
    own: Operating | None = None,
) -> APIRouter:
    """`/healthz` (the process), `/readyz` (store and files), `/metrics`. `ticks` gives their number and CPU seconds."""
    router = APIRouter(include_in_schema=False)
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(_Own(reliability, incidents, ticks, own))

    @router.get("/healthz")
    def alive() -> Response:
        return JSONResponse({"status": "alive"})

    @router.get("/readyz")
    def ready() -> Response:
        reason = unready()
        if reason is None:
            return JSONResponse({"status": "ready"})
        return JSONResponse({"status": "not ready", "reason": reason}, 503)

    @router.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return router


class _Own(Collector):
    """Our own numbers. The budgets are the very ones that the pages show."""

    def __init__(
        self,
        reliability: Reliability,
        incidents: Incidents,
        ticks: Callable[[], tuple[int, float]],
        own: Operating | None,
    ) -> None:
        self._reliability, self._incidents, self._ticks, self._operating = reliability, incidents, ticks, own

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        number, seconds = self._ticks()
        yield CounterMetricFamily("covet_sre_ticks", "Ticks that were measured and committed.", number)
        yield CounterMetricFamily("covet_sre_tick_cpu_seconds", "CPU time that ticks took.", seconds)
        yield from self._objectives()
        yield from self._desk()
        silent = GaugeMetricFamily(
            "covet_sre_source_silent_seconds", "Time without a usable answer.", labels=["source"]
        )
        for source in self._reliability.sources():
            silent.add_metric([source.name], source.silent_minutes * 60.0)
        yield silent
        if self._operating is not None:
            yield from own_metrics(self._operating)

    def _desk(self) -> Iterator[Metric]:
        backlog = self._incidents.backlog()
        yield GaugeMetricFamily("covet_sre_inbox_waiting", "Arrivals that are not disposed of yet.", backlog.waiting)
        due = "For how long the oldest notification that has not left has been due."
        yield GaugeMetricFamily("covet_sre_oldest_due_seconds", due, backlog.oldest_due_seconds)
        yield GaugeMetricFamily("covet_sre_decides", "1 on the server that decides.", float(backlog.decides))
        severities = Counter(one.severity.value for one in self._incidents.incidents(_OPEN))
        incidents = GaugeMetricFamily("covet_sre_incidents_open", "Open incidents.", labels=["severity"])
        for severity in Severity:
            incidents.add_metric([severity.value], severities[severity.value])
        yield incidents

    def _objectives(self) -> Iterator[Metric]:
        labels = ["slo", "service"]
        target = GaugeMetricFamily("covet_sre_objective_ratio", "The promised share of good events.", labels=labels)
        sli = GaugeMetricFamily("covet_sre_sli_ratio", "The share of good events over the SLO's window.", labels=labels)
        left = GaugeMetricFamily("covet_sre_budget_remaining_ratio", "What is left of the error budget.", labels=labels)
        state = GaugeMetricFamily("covet_sre_objective_state", "1 for the present state.", labels=[*labels, "state"])
        firing = GaugeMetricFamily("covet_sre_alert_firing", "Burn-rate alerts.", labels=[*labels, "alert", "severity"])
        measured = GaugeMetricFamily("covet_sre_measured_until_seconds", "Events are counted up to this time.")
        statuses = self._reliability.statuses()
        for status in statuses:
            names = [status.objective.name, status.objective.service]
            target.add_metric(names, float(status.objective.target))
            state.add_metric([*names, status.state.value], 1.0)
            if status.sli is not None:
                sli.add_metric(names, status.sli)
            if status.budget is not None:
                left.add_metric(names, status.budget.remaining)
            for alert in status.alerts:
                is_firing = float(alert.state is AlertState.FIRING)
                firing.add_metric([*names, alert.alert.name, alert.alert.severity.value], is_firing)
        if statuses:
            measured.add_metric([], statuses[0].at * 60.0)
        yield from (target, sli, left, state, firing, measured)
