"""Pyrra's indicators -> queries of good or bad events, and all events."""

import promql_parser

from covet_sre.spec.findings import Findings, Spot, listed, shown
from covet_sre.spec.importing.event_queries import EventQueries, Part
from covet_sre.spec.importing.pyrra_models import BoolGauge, Indicator, LatencyNative, Ratio
from covet_sre.spec.promql import WINDOW, parse
from covet_sre.spec.writing import decimal


def pyrra_indicator(indicator: Indicator, spot: Spot, findings: Findings) -> tuple[EventQueries | None, list[str]]:
    """The queries of an indicator, or None with findings, and the labels that it is grouped by."""
    kinds = {
        "ratio": indicator.ratio,
        "latency": indicator.latency,
        "latencyNative": indicator.latency_native,
        "bool_gauge": indicator.bool_gauge,
    }
    given = {name: kind for name, kind in kinds.items() if kind is not None}
    if len(given) != 1:
        problem = f"has {' and '.join(given)}" if given else "has no indicator"
        findings.error(spot, "contradiction", problem, f"write one of {listed([*kinds])}")
        return None, []
    [(name, kind)] = given.items()
    here = spot / name
    match kind:
        case Ratio():
            return _ratio(kind, here, findings), kind.grouping
        case LatencyNative():
            return _native(kind, here, findings), kind.grouping
        case BoolGauge():
            return _gauge(kind, here, findings), kind.grouping
        case latency:
            good = _selector(latency.success.metric, here / "success" / "metric", findings)
            total = _selector(latency.total.metric, here / "total" / "metric", findings)
            return _different("good", good, total, here / "success", findings), latency.grouping


def _ratio(ratio: Ratio, spot: Spot, findings: Findings) -> EventQueries | None:
    given = {"errors": ratio.errors, "success": ratio.success, "total": ratio.total}
    read = {
        name: _selector(query.metric, spot / name / "metric", findings)
        for name, query in given.items()
        if query is not None
    }
    if len(read) != 2:
        problem = f"has {listed([*read]) or 'no metrics'}"
        findings.error(
            spot, "contradiction", problem, "write two of errors, success and total, usually errors and total"
        )
        return None
    if "total" in read:
        [part] = [name for name in read if name != "total"]
        return _different("bad" if part == "errors" else "good", read[part], read["total"], spot / part, findings)
    errors, success = read["errors"], read["success"]
    if errors is None or success is None:
        return None
    bad, good = (f"sum(increase({each}[{WINDOW}]))" for each in (errors, success))
    # Where one of them never happened yet, the other is the sum; where both are missing, nothing is known.
    total = f"({bad} or 0 * {good}) + ({good} or 0 * {bad})"
    return EventQueries("bad", bad, total, is_counter=False)


def _different(
    part: Part, part_query: str | None, total: str | None, spot: Spot, findings: Findings
) -> EventQueries | None:
    if part_query is None or total is None:
        return None
    if parse(part_query) == parse(total):
        problem = f"is the same as total: the SLI would always be {'0' if part == 'bad' else '100'} %"
        findings.error(spot / "metric", "contradiction", problem, f"select the {part} events alone")
        return None
    return EventQueries(part, part_query, total, is_counter=True)


def _native(kind: LatencyNative, spot: Spot, findings: Findings) -> EventQueries | None:
    selector = _selector(kind.total.metric, spot / "total" / "metric", findings)
    try:
        bound = promql_parser.parse_duration(kind.latency).total_seconds()
    except (ValueError, OverflowError):
        findings.error(
            spot / "latency", "value-wrong", f"is {shown(kind.latency)}", "write a duration such as 200ms or 1s"
        )
        return None
    if selector is None:
        return None
    histogram = f"sum(increase({selector}[{WINDOW}]))"
    total = f"histogram_count({histogram})"
    return EventQueries(
        "good", f"histogram_fraction(0, {decimal(bound)}, {histogram}) * {total}", total, is_counter=False
    )


def _gauge(kind: BoolGauge, spot: Spot, findings: Findings) -> EventQueries | None:
    """Each sample is an event, good when it is 1: as Pyrra counts them."""
    selector = _selector(kind.metric, spot / "metric", findings)
    if selector is None:
        return None
    good, total = (f"sum({function}({selector}[{WINDOW}]))" for function in ("sum_over_time", "count_over_time"))
    return EventQueries("good", good, total, is_counter=False)


def _selector(metric: str, spot: Spot, findings: Findings) -> str | None:
    try:
        selector = parse(metric)
    except ValueError as error:
        findings.error(spot, "query-wrong", str(error), "mend the PromQL")
        return None
    if selector is None:
        findings.error(
            spot, "query-wrong", "is an expression, and Pyrra takes a metric", "write the metric and its matchers"
        )
        return None
    return metric.strip()
