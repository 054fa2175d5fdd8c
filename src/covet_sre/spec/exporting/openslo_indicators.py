"""Indicators -> the spec of an OpenSLO SLI."""

from typing import assert_never

from covet_sre.slo.indicator import CounterRatio, Indicator, QueryRatio, QueryRaw, QueryThreshold

Values = dict[str, object]


def indicator_spec(indicator: Indicator) -> Values:
    """The spec; the bound of a threshold stands on the objective."""
    source = indicator.source
    match indicator:
        case CounterRatio(_, total, good, bad):
            part = {"good": _metric(source, str(good))} if good else {"bad": _metric(source, str(bad))}
            return {"ratioMetric": {"counter": True, **part, "total": _metric(source, str(total))}}
        case QueryRatio(_, total, good, bad):
            part = {"good": _metric(source, good)} if good is not None else {"bad": _metric(source, str(bad))}
            return {"ratioMetric": {"counter": False, **part, "total": _metric(source, total)}}
        case QueryRaw(_, query, of_success):
            raw_type = "success" if of_success else "failure"
            return {"ratioMetric": {"counter": False, "rawType": raw_type, "raw": _metric(source, query)}}
        case QueryThreshold(_, query, _, _):
            return {"thresholdMetric": _metric(source, query)}
    assert_never(indicator)


def _metric(source: str, query: str) -> Values:
    return {"metricSource": {"metricSourceRef": source, "spec": {"query": query}}}
