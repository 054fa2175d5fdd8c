"""What the dashboards ask of Prometheus: expressions over the series that our generated rules record."""

from collections.abc import Mapping

from covet_sre.slo.burn import MULTI_WINDOW_PAIRS, WindowPair, burn_threshold
from covet_sre.slo.objective import DEFAULT_BUDGET_WINDOW, Objective
from covet_sre.slo.window import CalendarWindow, RollingWindow, Window
from covet_sre.units import format_minutes

# Which series a dashboard is about, by its variables.
LISTED = 'service=~"$service"'
CHOSEN = 'service=~"$service",slo="$slo"'

# Our rules give it to what wakes somebody.
PAGES = 'severity=~"critical|page"'

# Recorded each minute over the last five.
_RECORDED_SECONDS = 300


def recorded(name: str, scope: str, by: str = "service, slo") -> str:
    """A recorded series, one for each SLO: labels that Prometheus' replicas or federation add are folded away."""
    return f"max by ({by}) (covet:{name}{{{scope}}})"


def budget(scope: str, at: str = "") -> str:
    """The share of the error budget that is left: 1 untouched, 0 spent, below 0 overspent."""
    return f"min by (service, slo) (covet:slo_error_budget_remaining_ratio{{{scope}}}{at})"


def indicator(scope: str) -> str:
    """The share of good events over the budget's window."""
    return f"1 - {recorded('slo_period_error_ratio', scope)}"


def burn(minutes: int, scope: str) -> str:
    """The burn rate over a window at this moment: error ratio / (1 - objective)."""
    return f"{recorded(_rate(minutes), scope)} / (1 - {recorded('slo_objective_ratio', scope)})"


def worst_burn(minutes: int, scope: str) -> str:
    """The highest burn rate within each step, so that a coarse step hides no peak."""
    ratio = f"max by (service, slo) (max_over_time(covet:{_rate(minutes)}{{{scope}}}[$__rate_interval]))"
    return f"{ratio} / (1 - {recorded('slo_objective_ratio', scope)})"


def _rate(minutes: int) -> str:
    return f"slo_error_ratio_rate{format_minutes(minutes)}"


def per_second(name: str, scope: str) -> str:
    """Events a second, of a series that counts those of five minutes."""
    return f"max by (service, slo) (avg_over_time(covet:{name}{{{scope}}}[$__rate_interval])) / {_RECORDED_SECONDS}"


def measured(scope: str) -> str:
    """Events a second now; nothing for an SLO whose series have been gone for ten minutes."""
    return f"max by (service, slo) (last_over_time(covet:slo_events_increase5m{{{scope}}}[10m])) / {_RECORDED_SECONDS}"


def unmeasured(scope: str) -> str:
    """SLOs of which nothing is known now. Comparing drops NaN, which is no knowledge either."""
    return f"{recorded('slo_info', scope)} unless (({measured(scope)}) > -Inf and ({budget(scope)}) > -Inf)"


def counted(found: str, among: str) -> str:
    """How many there are: 0 only while there is something to look among, else nothing."""
    return f"count({found}) or 0 * count({among})"


def budget_minutes(of: Window) -> int:
    """Length of a budget's window; a month of a calendar counts as 30 days."""
    return of.minutes if isinstance(of, RollingWindow) else of.duration.minutes


def window_lengths(objectives: tuple[Objective, ...]) -> dict[str, int]:
    """Minutes of the budget's window by how `covet:slo_info` may write the window in its label."""
    lengths: dict[str, int] = {}
    for objective in objectives:
        minutes = budget_minutes(objective.budget_window)
        lengths |= {str(objective.window): minutes, str(objective.budget_window): minutes}
        if isinstance(objective.window, CalendarWindow):
            lengths[str(objective.window.duration)] = minutes
    return dict(sorted(lengths.items()))


def pairs_in_use(lengths: Mapping[str, int]) -> tuple[WindowPair, ...]:
    """The pairs of windows whose alert at least one budget is long enough for."""
    longest = max(lengths.values(), default=DEFAULT_BUDGET_WINDOW.minutes)
    return tuple(pair for pair in MULTI_WINDOW_PAIRS if pair.long_minutes < longest)


def window_seconds(lengths: Mapping[str, int], scope: str) -> str:
    """The length of each SLO's budget window."""
    seconds = {label: 60.0 * minutes for label, minutes in lengths.items()}
    return _by_window(seconds, 60.0 * DEFAULT_BUDGET_WINDOW.minutes, scope)


def alert_level(pair: WindowPair, lengths: Mapping[str, int], scope: str) -> str:
    """The burn rate that spends the pair's share of the budget within its long window, for each SLO's own window."""
    levels = {
        label: burn_threshold(pair, minutes) if pair.long_minutes < minutes else None
        for label, minutes in lengths.items()
    }
    return _by_window(levels, burn_threshold(pair, DEFAULT_BUDGET_WINDOW.minutes), scope)


def _by_window(values: Mapping[str, float | None], otherwise: float, scope: str) -> str:
    """A constant for each SLO by its window's label, None for none; `otherwise` for labels that are not listed."""
    if all(value == otherwise for value in values.values()):
        return f"{otherwise:.10g} * {recorded('slo_info', scope)}"
    labels: dict[float, list[str]] = {}
    for label, value in values.items():
        if value is not None:
            labels.setdefault(value, []).append(label)
    branches = [_constant(value, scope, "=~", of) for value, of in labels.items()]
    branches.append(_constant(otherwise, scope, "!~", list(values)))
    return " or ".join(branches)


def _constant(value: float, scope: str, op: str, labels: list[str]) -> str:
    return f"{value:.10g} * " + recorded("slo_info", f'{scope},window{op}"{"|".join(labels)}"')
