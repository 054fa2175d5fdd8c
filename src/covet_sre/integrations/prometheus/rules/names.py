"""What the recorded series are called. Dashboards, alerts and unit tests ask for them by these names."""

from covet_sre.units import format_minutes

Labels = tuple[tuple[str, str], ...]

OBJECTIVE = "covet:slo_objective_ratio"
INFO = "covet:slo_info"
BUDGET_REMAINING = "covet:slo_error_budget_remaining_ratio"
PERIOD_EVENTS = "covet:slo_period_events"
PERIOD_ERROR_RATIO = "covet:slo_period_error_ratio"
MINUTE_ERRORS = "covet:slo_minute_errors"
MINUTE_EVENTS = "covet:slo_minute_events"


def errors(minutes: int) -> str:
    """Bad events of the last minutes."""
    return f"covet:slo_errors_increase{format_minutes(minutes)}"


def events(minutes: int) -> str:
    """All events of the last minutes."""
    return f"covet:slo_events_increase{format_minutes(minutes)}"


def bad_slices(minutes: int) -> str:
    """What the slice that ends now spends of the budget: 0 to 1."""
    return f"covet:slo_bad_slices{format_minutes(minutes)}"


def slices(minutes: int) -> str:
    """1 where the slice that ends now has events."""
    return f"covet:slo_slices{format_minutes(minutes)}"


def error_ratio(minutes: int) -> str:
    """The share of bad events among those of the last minutes."""
    return f"covet:slo_error_ratio_rate{format_minutes(minutes)}"


def indicator(base: str, minutes: int) -> str:
    """The SLI over the last minutes, under the handbook's own kind of name."""
    return f"covet:sli_{base}_rate{format_minutes(minutes)}"


def quantile(base: str, percent: str) -> str:
    """A latency quantile over five minutes, under the handbook's own kind of name."""
    return f"covet:sli_{base}_p{percent}_5m"
