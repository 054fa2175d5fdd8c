"""The error budget around an incident: how much was left, minute by minute, with the incident marked."""

from covet_sre.budget.status import ObjectiveStatus
from covet_sre.flows.reading import Reliability
from covet_sre.incident.incident import Incident
from covet_sre.web import words
from covet_sre.web.charts.axis import TimeAxis, ValueAxis, decimals
from covet_sre.web.charts.line_chart import Chart, Level, Plan, Points, Series, Span, draw
from covet_sre.web.slo_charts import simulated_spans, unknown_spans

_POINTS = 120
_LEAST_AROUND_MINUTES = 30


def budget_charts(reliability: Reliability, incident: Incident, slos: "list[str]") -> tuple[Chart, ...]:
    """One for each objective of these SLOs."""
    wanted = set(slos)
    return tuple(
        _budget_chart(reliability, status, incident, number)
        for number, status in enumerate(each for each in reliability.statuses() if each.objective.slo in wanted)
    )


def _budget_chart(reliability: Reliability, status: ObjectiveStatus, incident: Incident, number: int) -> Chart:
    began = int(incident.times.impact // 60)
    over_at = incident.times.resolved or incident.times.closed
    over = status.at if over_at is None else min(-int(-over_at // 60), status.at)
    around = max((over - began) // 2, _LEAST_AROUND_MINUTES)
    time = TimeAxis(began - around, max(min(over + around, status.at), began + 1))
    history = reliability.history(status.objective.name, time.start, time.end, _POINTS)
    points = _left(reliability, status, time, list(zip(history.minutes, history.bad, strict=True)))
    known = [value for _, value in points if value is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    margin = max((high - low) * 0.15, 0.002)
    axis = ValueAxis.around(low - margin, high + margin)
    window = words.window(status.objective.budget_window)
    return draw(
        Plan(
            f"incident-budget-{number}",
            f"Error budget of {status.objective.title}",
            f"What was left of the budget over {window}; the incident is marked.",
            time,
            axis,
            (Series("Budget left", points, "line-1"),),
            words.share,
            lambda value: f"{words.plain(value * 100, decimals(axis.step * 100))}%",
            (Level(0.0, "spent"),) if axis.low < 0 < axis.high else (),
            (Span(began, over, "incident"), *unknown_spans(history), *simulated_spans(_simulated(reliability), time)),
            height=170,
            empty="No budget is known for this time.",
        )
    )


def _left(
    reliability: Reliability, status: ObjectiveStatus, time: TimeAxis, spent: "list[tuple[int, float]]"
) -> Points:
    """The budget left at the end of the picture is known; before it, what was spent since was still there."""
    budget = status.budget
    left = _left_at(reliability, status, time.end)
    if budget is None or left is None or budget.allowed_events <= 0:
        return []
    points: list[tuple[int, float | None]] = [(time.end, left)]
    for minute, bad in reversed(spent):
        left += bad / budget.allowed_events
        points.append((minute, left))
    return points[::-1]


def _left_at(reliability: Reliability, status: ObjectiveStatus, minute: int) -> float | None:
    if status.budget is None or minute >= status.at:
        return None if status.budget is None else status.budget.remaining
    known = [(at, value) for at, value in reliability.burn_down(status.objective.name) if value is not None]
    before = [point for point in known if point[0] <= minute]
    after = [point for point in known if point[0] >= minute]
    if not before or not after:
        return (before or after or [(0, None)])[-1 if before else 0][1]
    (first, left), (last, right) = before[-1], after[0]
    return left if last == first else left + (right - left) * (minute - first) / (last - first)


def _simulated(reliability: Reliability) -> int | None:
    return reliability.clock().simulated_until_minute
