"""The four golden signals of a service, from its indicators: traffic, errors, latency, saturation."""

from collections.abc import Sequence

from covet_sre.engine.charts import Charts
from covet_sre.engine.present import Present
from covet_sre.engine.saturation import GAUGES, KEPT_MINUTES, Saturation
from covet_sre.flows.reading import GoldenSignals, Signal, SignalName, SignalUnit
from covet_sre.ports import LedgerStore
from covet_sre.slo.indicator import CounterRatio, MatchOp
from covet_sre.slo.objective import Objective

Points = tuple[tuple[int, float | None], ...]

_POINTS = 90


def golden_signals(
    service: str, present: Present | None, store: LedgerStore, saturation: Saturation | None
) -> GoldenSignals:
    """Latency is the share of requests slower than the objective's bound: exact, where a quantile would be a guess."""
    declared = () if present is None else present.plan.declaration.objectives
    own = [(n, one) for n, one in enumerate(declared) if one.service == service]
    counted = [(n, one) for n, one in own if isinstance(one.indicator, CounterRatio)]
    quick = [(n, one) for n, one in counted if _bound(one) is not None]
    plain = [(n, one) for n, one in counted if _bound(one) is None]
    return GoldenSignals(
        service=service,
        traffic=_traffic(present, store, (plain or counted)[:1]),
        errors=_errors(present, store, plain[:1]),
        latency=_latency(present, store, quick[:1]),
        saturation=_saturation([one for _, one in counted], saturation),
    )


def _bound(objective: Objective) -> str | None:
    """The latency bound of an indicator that counts a histogram's bucket."""
    indicator = objective.indicator
    if isinstance(indicator, CounterRatio):
        for matcher in indicator.part.matchers:
            if matcher.label == "le" and matcher.op is MatchOp.EQUAL:
                return matcher.value
    return None


def _unknown(name: SignalName, unit: SignalUnit, measures: str, remedy: str) -> Signal:
    return Signal(name, unit, measures, cause="No objective of this service measures it", remedy=remedy)


def _traffic(present: Present | None, store: LedgerStore, of: Sequence[tuple[int, Objective]]) -> Signal:
    name, unit = SignalName.TRAFFIC, SignalUnit.PER_SECOND
    if present is None or not of:
        return _unknown(name, unit, "Events per second", "Declare an SLO on the requests that the service answers")
    position, objective = of[0]
    history = Charts(present, store).history(position, present.end - KEPT_MINUTES, present.end, _POINTS)
    seconds = history.bucket_minutes * 60
    points: Points = tuple(
        (minute, total / seconds if known > 0 else None)
        for minute, total, known in zip(history.minutes, history.total, history.known, strict=True)
    )
    return _signal(name, unit, f"Events per second, from {objective.name}", points)


def _errors(present: Present | None, store: LedgerStore, of: Sequence[tuple[int, Objective]]) -> Signal:
    name, unit = SignalName.ERRORS, SignalUnit.SHARE
    if present is None or not of:
        return _unknown(name, unit, "Share of failed events", "Declare an availability SLO for the service")
    position, objective = of[0]
    measures = f"Share of failed events, from {objective.name}"
    return _signal(name, unit, measures, _bad_share(present, store, position), float(objective.error_share))


def _latency(present: Present | None, store: LedgerStore, of: Sequence[tuple[int, Objective]]) -> Signal:
    name, unit = SignalName.LATENCY, SignalUnit.SHARE
    if present is None or not of:
        return _unknown(name, unit, "Share of slow events", "Declare a latency SLO on a histogram's bucket")
    position, objective = of[0]
    measures = f"Share of events slower than {_bound(objective)} s, from {objective.name}"
    return _signal(name, unit, measures, _bad_share(present, store, position), float(objective.error_share))


def _bad_share(present: Present, store: LedgerStore, position: int) -> Points:
    history = Charts(present, store).history(position, present.end - KEPT_MINUTES, present.end, _POINTS)
    shares = (history.good_share(bucket) for bucket in range(len(history.minutes)))
    return tuple(
        (minute, None if share is None else 1 - share) for minute, share in zip(history.minutes, shares, strict=True)
    )


def _saturation(objectives: Sequence[Objective], saturation: Saturation | None) -> Signal:
    name, unit = SignalName.SATURATION, SignalUnit.COUNT
    for objective in objectives:
        source, job = objective.indicator.source, _job(objective)
        for gauge in sorted(GAUGES, key=lambda one: (one == "custom_queue_length") != _is_background(objective)):
            points = saturation.points(source, job, gauge) if saturation is not None else ()
            if points:
                return _signal(name, unit, f"{gauge} of job {job}" if job else gauge, points)
    return Signal(
        name,
        unit,
        "Work in progress or waiting",
        cause="Neither http_requests_in_flight nor custom_queue_length was seen for this service",
        remedy="Add the SDK's middleware, or set custom_queue_length from your queue",
    )


def _is_background(objective: Objective) -> bool:
    indicator = objective.indicator
    return isinstance(indicator, CounterRatio) and not indicator.total.metric.startswith("http_")


def _job(objective: Objective) -> str:
    indicator = objective.indicator
    assert isinstance(indicator, CounterRatio)
    return next((m.value for m in indicator.total.matchers if m.label == "job" and m.op is MatchOp.EQUAL), "")


def _signal(name: SignalName, unit: SignalUnit, measures: str, points: Points, bound: float | None = None) -> Signal:
    current = next((value for _, value in reversed(points) if value is not None), None)
    if current is None:
        cause, remedy = "Nothing was measured in the last three hours", "See the SLO that it comes from for the cause"
        return Signal(name, unit, measures, points, None, bound, cause, remedy)
    return Signal(name, unit, measures, points, current, bound)
