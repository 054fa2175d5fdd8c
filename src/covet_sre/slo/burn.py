"""Burn rates and the alert conditions on them.

A burn rate is the error ratio over a window divided by the error budget's share: 1 spends exactly the budget
over the SLO's window. Multi-window alerts ask two windows at once, so that they fire fast and end fast
(Google, The Site Reliability Workbook, chapter 5).
"""

from dataclasses import dataclass
from enum import StrEnum

from covet_sre.slo.indicator import Comparison, Indicator


class Severity(StrEnum):
    """What an alert asks of people: wake somebody, open a ticket, or only be seen."""

    PAGE = "page"
    TICKET = "ticket"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class BurnAlert:
    """Fires when the burn rate over `long_minutes` (and over `short_minutes`, if given) compares with `threshold`.

    `indicator` None means the objective's own; another one serves thresholds such as "P95 above 750 ms".
    No page on fewer than `min_bad` bad events in the long window; with `confidence` (0.5 to 1), the lower
    bound of the error ratio must exceed the threshold too.
    """

    name: str
    severity: Severity
    threshold: float
    long_minutes: int
    short_minutes: int | None = None
    op: Comparison = Comparison.GTE
    for_minutes: int = 0
    indicator: Indicator | None = None
    min_bad: int = 0
    confidence: float | None = None
    policy: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class WindowPair:
    """One row of a burn-rate policy: which share of the budget is gone when it fires, and over which windows."""

    severity: Severity
    budget_share: float
    long_minutes: int
    short_minutes: int


# The Site Reliability Workbook, table 5-8, and the 1 d / 2 h pair that its text adds; for a budget over 30 days.
MULTI_WINDOW_PAIRS = (
    WindowPair(Severity.PAGE, 0.02, 60, 5),
    WindowPair(Severity.PAGE, 0.05, 360, 30),
    WindowPair(Severity.TICKET, 0.10, 1440, 120),
    WindowPair(Severity.TICKET, 0.10, 4320, 360),
)

DEFAULT_POLICY = "multi-window"
"""The policy of alerts that nobody declared."""

# Fewer bad events than this never page, and the error ratio must exceed the threshold with this confidence.
DEFAULT_MIN_BAD = 5
DEFAULT_CONFIDENCE = 0.95


def burn_threshold(pair: WindowPair, budget_minutes: int) -> float:
    """The burn rate that spends `budget_share` of a budget over `budget_minutes` within the long window.

    14.4, 6, 3 and 1 for 30 days.
    """
    return round(pair.budget_share * budget_minutes / pair.long_minutes, 6)


def highest_burn_rate(error_share: float) -> float:
    """The burn rate of a total outage: no threshold above it can ever be reached."""
    return 1 / error_share


def multi_window_alerts(budget_minutes: int) -> tuple[BurnAlert, ...]:
    """The default policy: 14.4 over 1 h and 5 min, 6 over 6 h and 30 min page; 3 and 1 open tickets."""
    return tuple(
        BurnAlert(
            name=f"ErrorBudgetBurn{pair.long_minutes // 60}h"
            if pair.long_minutes < 1440
            else f"ErrorBudgetBurn{pair.long_minutes // 1440}d",
            severity=pair.severity,
            threshold=burn_threshold(pair, budget_minutes),
            long_minutes=pair.long_minutes,
            short_minutes=pair.short_minutes,
            min_bad=DEFAULT_MIN_BAD,
            confidence=DEFAULT_CONFIDENCE,
            policy=DEFAULT_POLICY,
        )
        for pair in MULTI_WINDOW_PAIRS
        if pair.long_minutes < budget_minutes
    )
