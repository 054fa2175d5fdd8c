"""The pictures of one objective: burn-down, SLI over time, burn rates against their thresholds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from covet_sre.budget.status import ObjectiveStatus
from covet_sre.flows.reading import History, Reliability
from covet_sre.slo.burn import BurnAlert
from covet_sre.units import format_minutes
from covet_sre.web import words
from covet_sre.web.charts.axis import TimeAxis, ValueAxis, decimals
from covet_sre.web.charts.line_chart import Chart, Level, Plan, Points, Series, Span, draw

RANGES = {"1h": 60, "6h": 360, "1d": 1440, "7d": 10080, "30d": 43200}
DEFAULT_RANGE = "6h"

_POINTS = 120
_BURN_POINTS = 72
_MOSTLY_UNKNOWN = 0.5  # of a bucket's minutes


@dataclass(frozen=True, slots=True)
class SloCharts:
    burn_down: Chart
    sli: Chart
    burns: tuple[Chart, ...]


def slo_charts(reliability: Reliability, status: ObjectiveStatus, range_name: str) -> SloCharts:
    """`range_name` is a key of RANGES; the burn-down always covers the budget's own window."""
    end = status.at
    recent = TimeAxis(end - RANGES[range_name], end)
    history = reliability.history(status.objective.name, recent.start, end, _POINTS)
    simulated = reliability.clock().simulated_until_minute
    recent_spans = (*unknown_spans(history), *simulated_spans(simulated, recent))
    return SloCharts(
        _burn_down(reliability, status, simulated),
        _sli(status, history, recent, recent_spans),
        tuple(_burn(reliability, status, alert, recent, recent_spans) for alert in _own_alerts(status)),
    )


def _burn_down(reliability: Reliability, status: ObjectiveStatus, simulated: int | None) -> Chart:
    window = status.objective.budget_window
    start = window.start(status.at)
    time = TimeAxis(start, start + window.length(status.at))
    history = reliability.history(status.objective.name, start, status.at, _POINTS)
    points = reliability.burn_down(status.objective.name)
    ideal = [(minute, 1 - time.along(minute)) for minute, _ in points]
    if ideal and ideal[-1][0] < time.end:
        ideal.append((time.end, 0.0))
    lowest = min((value for _, value in points if value is not None), default=0.0)
    axis = ValueAxis.around(min(lowest, 0.0), 1.0)
    remaining = words.share(None if status.budget is None else status.budget.remaining)
    return draw(
        Plan(
            "burn-down",
            "Error budget left",
            f"{remaining} of the budget over {words.window(window)} is left. The dashed line spends it evenly.",
            time,
            axis,
            (Series("Budget left", points, "line-1", filled=True), Series("Even spending", ideal, "ideal")),
            words.share,
            lambda value: f"{words.plain(value * 100, decimals(axis.step * 100))}%",
            (Level(0.0, "spent"),) if axis.low < 0 else (),
            (*unknown_spans(history), *simulated_spans(simulated, time)),
            height=220,
            empty="No budget yet: nothing was measured in its window.",
        )
    )


def _sli(status: ObjectiveStatus, history: History, time: TimeAxis, spans: tuple[Span, ...]) -> Chart:
    shares = [history.good_share(bucket) for bucket in range(len(history.minutes))]
    points = list(zip(history.minutes, shares, strict=True))
    objective = float(status.objective.target)
    lowest = min([objective - (1 - objective) / 2, *(value for value in shares if value is not None)])
    axis = ValueAxis.around(lowest, 1.0)
    step = format_minutes(history.bucket_minutes)
    return draw(
        Plan(
            "sli",
            "SLI over time",
            f"Share of good events in each {step}, against the objective of {words.target(status.objective.target)}.",
            time,
            axis,
            (Series("Good events", points, "line-1"),),
            words.good_share,
            lambda value: f"{words.plain(value * 100, decimals(axis.step * 100))}%",
            (Level(objective, f"objective {words.target(status.objective.target)}"),),
            spans,
        )
    )


def _own_alerts(status: ObjectiveStatus) -> list[BurnAlert]:
    """Alerts on the objective's own indicator: of another one, no burn history is kept."""
    return [alert.alert for alert in status.alerts if alert.alert.indicator is None]


def _burn(
    reliability: Reliability, status: ObjectiveStatus, alert: BurnAlert, time: TimeAxis, spans: tuple[Span, ...]
) -> Chart:
    windows = [alert.long_minutes, *([alert.short_minutes] if alert.short_minutes else [])]
    name = status.objective.name
    lines = [reliability.burn_history(name, minutes, time.start, time.end, _BURN_POINTS) for minutes in windows]
    axis = ValueAxis.around(0.0, max([alert.threshold * 1.2, *_known(lines)]), marks=3)
    labels = [format_minutes(minutes) for minutes in windows]
    return draw(
        Plan(
            f"burn-{alert.name}",
            f"{alert.name} ({alert.severity.value})",
            f"Burn rate over {words.listed(labels)}; fires when each is at {words.burn(alert.threshold)} or above.",
            time,
            axis,
            tuple(
                Series(f"over {label}", points, f"line-{number}")
                for number, (label, points) in enumerate(zip(labels, lines, strict=True), start=1)
            ),
            words.burn,
            lambda value: f"{words.plain(value, decimals(axis.step))}×",
            (Level(alert.threshold, words.burn(alert.threshold)),),
            spans,
            height=130,
        )
    )


def _known(lines: Iterable[Points]) -> list[float]:
    return [value for line in lines for _, value in line if value is not None]


def unknown_spans(history: History) -> tuple[Span, ...]:
    """Neighbouring buckets of which most was not measured, as one span each."""
    spans: list[Span] = []
    for minute, known in zip(history.minutes, history.known, strict=True):
        end = min(minute + history.bucket_minutes, history.end_minute)
        if known >= _MOSTLY_UNKNOWN:
            continue
        if spans and spans[-1].end == minute:
            spans[-1] = Span(spans[-1].start, end, "unknown")
        else:
            spans.append(Span(minute, end, "unknown"))
    return tuple(spans)


def simulated_spans(until_minute: int | None, time: TimeAxis) -> Sequence[Span]:
    """What the demo made up before it began."""
    return [] if until_minute is None else [Span(time.start, until_minute, "simulated")]
