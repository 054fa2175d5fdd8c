"""The four answers on top of an objective's page: what is promised, kept, left, and until when."""

from dataclasses import dataclass

from covet_sre.budget.status import Forecast, ObjectiveStatus, State
from covet_sre.flows.verdicts import NEVER_GREEN, UNMEASURED
from covet_sre.slo.objective import Objective
from covet_sre.web import words
from covet_sre.web.objective_row import budget_bar


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the four answers: a number, and what it means."""

    title: str
    value: str
    tone: str
    lines: tuple[str, ...]


def four_tiles(status: ObjectiveStatus) -> tuple[Tile, ...]:
    return (_objective(status.objective), _sli(status), _budget(status), _exhaustion(status))


def _objective(item: Objective) -> Tile:
    lines = [f"of events good over {words.window(item.window)}"]
    if item.budget_window != item.window:
        lines.append(f"budget over {words.window(item.budget_window)}")
    return Tile("Objective", words.target(item.target), "plain", tuple(lines))


def _sli(status: ObjectiveStatus) -> Tile:
    if status.sli is None:
        window = words.window(status.objective.window)
        return Tile("SLI", words.UNKNOWN, "unknown", (f"no events are known in {window}",))
    counts, scale = status.compliance.counts, status.objective.budgeted.scale
    met = status.sli >= float(status.objective.target)
    gap = abs(status.sli - float(status.objective.target)) * 100
    side = "above" if met else "below"
    lines = (
        f"{words.plain(gap, 3)} points {side} the objective",
        f"{words.count(counts.bad / scale)} bad of {words.count(counts.total / scale)} events"
        f" in {words.window(status.objective.window)}",
    )
    if status.state in UNMEASURED:
        lines = ("when it was last measured", *lines)
    tone = "unknown" if status.state in NEVER_GREEN else "ok" if met else "critical"
    return Tile("SLI", words.good_share(status.sli), tone, lines)


def _budget(status: ObjectiveStatus) -> Tile:
    budget = status.budget
    if budget is None:
        return Tile("Error budget", words.UNKNOWN, "unknown", (f"over {words.window(status.objective.budget_window)}",))
    lines = (
        f"{words.span(budget.remaining_minutes)} of {words.span(budget.total_minutes)} left",
        f"{words.count(budget.remaining_events)} of {words.count(budget.allowed_events)} bad events left",
    )
    if status.state in UNMEASURED:
        lines = ("when it was last measured", *lines)
    tone = budget_bar(budget, status.state).tone
    return Tile("Error budget", words.share(budget.remaining), tone, lines)


def _exhaustion(status: ObjectiveStatus) -> Tile:
    forecast = status.forecast
    if forecast is None or status.state in UNMEASURED:
        return Tile("Budget gone", words.UNKNOWN, "unknown", ("no forecast without data",))
    if status.budget is not None and status.budget.remaining <= 0:
        overspent = f"overspent by {words.share(-status.budget.remaining)}"
        return Tile("Budget gone", "already spent", "critical", (overspent,))
    first, last = _quantile(forecast.p10_minutes, forecast), _quantile(forecast.p90_minutes, forecast)
    lines = [
        "even when things go badly (P10)" if forecast.p10_minutes is None else f"likely between {first} and {last}"
    ]
    if forecast.at_present_burn_minutes is not None:
        rate = words.burn(status.worst_burn)
        lines.append(f"at the last hour's {rate}: in {words.span_short(forecast.at_present_burn_minutes)}")
    tone = "critical" if status.state is State.CRITICAL and words.gone_sooner(forecast) else "plain"
    return Tile("Budget gone", words.exhaustion(forecast, status.state), tone, tuple(lines))


def _quantile(minutes: int | None, forecast: Forecast) -> str:
    if minutes is None:
        return f"beyond {words.span_short(forecast.horizon_minutes)}"
    return words.span_short(minutes)
