"""The error budget's arithmetic, by events."""

from covet_sre.budget.policy import BudgetPolicy
from covet_sre.budget.status import Budget
from covet_sre.slo.objective import Objective
from covet_sre.units import Counts


def account(objective: Objective, policy: BudgetPolicy, counts: Counts, raw: Counts, end_minute: int) -> Budget | None:
    """The budget of an objective after `counts` in its budget window; None before the first event.

    allowed = (1 - target) * events; remaining = 1 - bad / allowed (the handbook: (1 - SLO) * total). `raw` are
    the counts without adjustments. Counts are in events, or in slices where the budget counts slices.
    """
    if counts.total <= 0:
        return None
    window = objective.budget_window
    minutes = window.length(end_minute)
    allowed = objective.error_share * counts.total
    remaining = float(1 - counts.bad / allowed)
    total_minutes = float(objective.error_share * minutes)
    return Budget(
        window_label=str(window),
        window_minutes=minutes,
        counts=counts,
        raw=raw,
        allowed_events=float(allowed),
        remaining=remaining,
        remaining_events=float(allowed - counts.bad),
        remaining_minutes=remaining * total_minutes,
        total_minutes=total_minutes,
        tier=policy.tier(remaining),
    )
