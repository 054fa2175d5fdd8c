"""Alert policies to compare with: the six approaches of The Site Reliability Workbook, and our own default.

Google, The Site Reliability Workbook (2018), chapter 5, "Alerting on SLOs", approaches 1 to 6. Its figures are for a
budget over 30 days. Where a threshold or a window stands for a share of the budget, it is worked out for the budget at
hand, so that the same share is gone when the alert fires.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from covet_sre.slo.burn import MULTI_WINDOW_PAIRS, BurnAlert, Severity, WindowPair, burn_threshold, multi_window_alerts
from covet_sre.units import MINUTES_PER_HOUR, format_minutes

_LONG_WINDOW_SHARE = 0.05
"""36 hours of 30 days."""


@dataclass(frozen=True, slots=True)
class Approach:
    """A policy that needs no file. `alerts` makes it for a budget over so many minutes."""

    name: str
    title: str
    alerts: Callable[[int], tuple[BurnAlert, ...]]


def _target_rate(_budget_minutes: int) -> tuple[BurnAlert, ...]:
    return (_page("TargetErrorRate", 1.0, 10),)


def _long_window(budget_minutes: int) -> tuple[BurnAlert, ...]:
    return (_page("LongAlertWindow", 1.0, max(round(_LONG_WINDOW_SHARE * budget_minutes), 1)),)


def _duration(_budget_minutes: int) -> tuple[BurnAlert, ...]:
    return (_page("ErrorsForAnHour", 1.0, 1, for_minutes=MINUTES_PER_HOUR),)


def _burn_rate(budget_minutes: int) -> tuple[BurnAlert, ...]:
    share = WindowPair(Severity.PAGE, 0.05, MINUTES_PER_HOUR, 5)
    return (_page("BurnRate", burn_threshold(share, budget_minutes), MINUTES_PER_HOUR),)


def _multi_burn_rate(budget_minutes: int) -> tuple[BurnAlert, ...]:
    return tuple(_of_pair(pair, budget_minutes, None) for pair in _table_5_8(budget_minutes))


def _multi_window(budget_minutes: int) -> tuple[BurnAlert, ...]:
    return tuple(_of_pair(pair, budget_minutes, pair.short_minutes) for pair in _table_5_8(budget_minutes))


def _table_5_8(budget_minutes: int) -> list[WindowPair]:
    """2 % in an hour and 5 % in six page, 10 % in three days opens a ticket; our default has a pair more."""
    wanted = ((Severity.PAGE, 60), (Severity.PAGE, 360), (Severity.TICKET, 4320))
    pairs = [pair for pair in MULTI_WINDOW_PAIRS if (pair.severity, pair.long_minutes) in wanted]
    return [pair for pair in pairs if pair.long_minutes < budget_minutes]


def _of_pair(pair: WindowPair, budget_minutes: int, short_minutes: int | None) -> BurnAlert:
    threshold = burn_threshold(pair, budget_minutes)
    return BurnAlert(
        f"Burn{format_minutes(pair.long_minutes)}", pair.severity, threshold, pair.long_minutes, short_minutes
    )


def _page(name: str, threshold: float, minutes: int, for_minutes: int = 0) -> BurnAlert:
    return BurnAlert(name, Severity.PAGE, threshold, minutes, for_minutes=for_minutes)


APPROACHES: Mapping[str, Approach] = {
    one.name: one
    for one in (
        Approach(
            "target-rate", "pages when the error ratio over 10 minutes reaches what the target allows", _target_rate
        ),
        Approach("long-window", "as target-rate, over 5 % of the budget's window: 36 h of 30 d", _long_window),
        Approach("duration", "pages when each minute of an hour is above what the target allows", _duration),
        Approach("burn-rate", "pages when 5 % of the budget is gone within an hour", _burn_rate),
        Approach(
            "multi-burn-rate",
            "pages for 2 % of the budget within 1 h or 5 % within 6 h, opens a ticket for 10 % within 3 d",
            _multi_burn_rate,
        ),
        Approach(
            "multi-window",
            "as multi-burn-rate, while a twelfth of the window still burns as fast",
            _multi_window,
        ),
        Approach(
            "default",
            "what every SLO has here: as multi-window, with a ticket for 10 % within 1 d, and tests of evidence",
            multi_window_alerts,
        ),
    )
}
"""By the name that people type: approaches 1 to 6 of the workbook in its order, then the default of this product."""
