"""The error budget's arithmetic, by events."""

from covet_sre.budget.policy import BudgetPolicy
from covet_sre.budget.status import Budget
from covet_sre.slo.objective import Objective
from covet_sre.units import Counts


def account(objective: Objective, policy: BudgetPolicy, units: Counts, raw: Counts, end_minute: int) -> Budget | None:
    """The budget of an objective after `units` in its budget window; None before the first event.

    allowed = (1 - target) * events; remaining = 1 - bad / allowed (the handbook: (1 - SLO) * total). `raw` are
    the counts without adjustments. Both are in the ledger's units, of which `scale` make one event (or one slice).
    """
    if units.total <= 0:
        return None
    scale = objective.budgeted.scale
    window = objective.budget_window
    minutes = window.length(end_minute)
    allowed = objective.error_share * units.total
    bad = max(units.bad, 0)
    remaining = float(1 - bad / allowed)
    total_minutes = float(objective.error_share * minutes)
    return Budget(
        window_label=str(window),
        window_minutes=minutes,
        counts=units,
        raw=raw,
        allowed_events=float(allowed / scale),
        remaining=remaining,
        remaining_events=float((allowed - bad) / scale),
        remaining_minutes=remaining * total_minutes,
        total_minutes=total_minutes,
        tier=policy.tier(remaining),
    )
