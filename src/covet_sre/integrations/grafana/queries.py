"""What the dashboards ask of Prometheus: expressions over the series that our generated rules record."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from covet_sre.slo.burn import MULTI_WINDOW_PAIRS, WindowPair, burn_threshold
from covet_sre.slo.objective import DEFAULT_BUDGET_WINDOW, Objective
from covet_sre.slo.stream import Occurrences
from covet_sre.slo.window import RollingWindow
from covet_sre.units import format_minutes

# Which series a dashboard is about, by its variables.
LISTED = 'service=~"$service"'
CHOSEN = 'service=~"$service",slo="$slo"'

# Our rules give it to what wakes somebody.
PAGES = 'severity=~"critical|page"'

# Recorded each minute over the last five.
_RECORDED_SECONDS = 300

# In place of events a second, for SLOs that count slices of time; and of a rate, where no event gave one.
BY_SLICES = -1
NO_EVENTS = -1


@dataclass(frozen=True, slots=True)
class Declared:
    """What of a declaration the dashboards depend on: not the names of SLOs, nor how many there are.

    `window_minutes` are the lengths of budgets' windows by the label `window` of `covet:slo_info`.
    """

    window_minutes: Mapping[str, int]
    usual_budget_minutes: int
    slice_minutes: tuple[int, ...]

    @classmethod
    def of(cls, objectives: Iterable[Objective]) -> "Declared":
        """A month of a calendar counts as 30 days, as it does in the rules."""
        windows: dict[str, int] = {}
        lengths: Counter[int] = Counter()
        slices: set[int] = set()
        for objective in objectives:
            window, budgeting = objective.budget_window, objective.budgeting
            minutes = window.minutes if isinstance(window, RollingWindow) else window.duration.minutes
            windows[str(window)] = minutes
            lengths[minutes] += 1
            if not isinstance(budgeting, Occurrences):
                slices.add(budgeting.slice_minutes)
        usual = min(lengths, key=lambda minutes: (-lengths[minutes], minutes), default=DEFAULT_BUDGET_WINDOW.minutes)
        return cls(dict(sorted(windows.items())), usual, tuple(sorted(slices)))

    @property
    def pairs(self) -> tuple[WindowPair, ...]:
        """The pairs of windows whose alert at least one budget is long enough for."""
        longest = max(self.window_minutes.values(), default=DEFAULT_BUDGET_WINDOW.minutes)
        return tuple(pair for pair in MULTI_WINDOW_PAIRS if pair.long_minutes < longest)


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


def measured(scope: str, declared: Declared) -> str:
    """Events a second now, or BY_SLICES; nothing for an SLO whose series have been gone for ten minutes."""
    events = f"{_last('slo_events_increase5m', scope)} / {_RECORDED_SECONDS}"
    slices = [f"0 * {_last(_slices(minutes), scope)} + {BY_SLICES}" for minutes in declared.slice_minutes]
    return " or ".join([events, *slices])


def _last(name: str, scope: str) -> str:
    return f"max by (service, slo) (last_over_time(covet:{name}{{{scope}}}[10m]))"


def known(scope: str, declared: Declared) -> str:
    """0 at each step in which something was measured."""
    names = ["slo_events_increase5m", *(_slices(minutes) for minutes in declared.slice_minutes)]
    return " or ".join(
        f"0 * max by (service, slo) (max_over_time(covet:{name}{{{scope}}}[$__rate_interval]))" for name in names
    )


def or_idle(shown: str, rate: str, scope: str, declared: Declared) -> str:
    """What is shown, and NO_EVENTS where `rate` is missing while the SLO is measured: idle is not unknown."""
    return f"{shown} or (0 * ({measured(scope, declared)}) + {NO_EVENTS} unless {rate})"


def unmeasured(scope: str, declared: Declared) -> str:
    """SLOs of which nothing is known now. Comparing drops NaN, which is no knowledge either."""
    return f"{recorded('slo_info', scope)} unless (({measured(scope, declared)}) > -Inf and {budget(scope)} > -Inf)"


def slice_counts(minutes: int, scope: str) -> tuple[str, str]:
    """(bad, good) shares of the slice that ended last."""
    name = format_minutes(minutes)
    bad, whole = recorded(f"slo_bad_slices{name}", scope), recorded(_slices(minutes), scope)
    return bad, f"{whole} - {bad}"


def _slices(minutes: int) -> str:
    return f"slo_slices{format_minutes(minutes)}"


def counted(found: str, among: str) -> str:
    """How many there are: 0 only while there is something to look among, else nothing."""
    return f"count({found}) or 0 * count({among})"


def window_seconds(declared: Declared, scope: str) -> str:
    """The length of each SLO's budget window."""
    seconds = {label: 60.0 * minutes for label, minutes in declared.window_minutes.items()}
    return _by_window(seconds, 60.0 * DEFAULT_BUDGET_WINDOW.minutes, scope)


def alert_level(pair: WindowPair, declared: Declared, scope: str) -> str:
    """The burn rate that spends the pair's share of the budget within its long window, for each SLO's own window."""
    levels = {
        label: burn_threshold(pair, minutes) if pair.long_minutes < minutes else None
        for label, minutes in declared.window_minutes.items()
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
