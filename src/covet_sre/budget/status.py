"""What is known about one objective at one minute: the values that every page, command and answer shows."""

from dataclasses import dataclass
from enum import StrEnum

from covet_sre.budget.policy import Tier
from covet_sre.slo.burn import BurnAlert
from covet_sre.slo.objective import Objective
from covet_sre.units import Counts


class State(StrEnum):
    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    NO_DATA = "no_data"
    LOW_TRAFFIC = "low_traffic"
    MISCONFIGURED = "misconfigured"


class BurnWord(StrEnum):
    """Long window and short window against their threshold (L, S)."""

    CRITICAL = "Critical"  # L above, S above
    RECOVERING = "Recovering"  # L above, S below
    INCREASING = "Increasing"  # L below, S above
    ACCEPTABLE = "Acceptable"  # both below


class AlertState(StrEnum):
    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"


@dataclass(frozen=True, slots=True)
class WindowStatus:
    """One window of one objective. `burn` is None without events; `known_minutes` of `minutes` were measured.

    `counts` are in the ledger's units: the objective's stream has `scale` of them to an event.
    """

    label: str
    minutes: int
    known_minutes: int
    counts: Counts
    error_ratio: float | None
    burn: float | None


@dataclass(frozen=True, slots=True)
class AlertStatus:
    """One burn-rate alert. `since` is the minute in which its state began; `held_back` says why it does not fire
    although the burn rate is above the threshold (too few bad events, not significant, for how long still)."""

    alert: BurnAlert
    state: AlertState
    since: int | None
    word: BurnWord
    long_burn: float | None
    short_burn: float | None
    held_back: str = ""


@dataclass(frozen=True, slots=True)
class Budget:
    """The error budget over its window, in events and in minutes.

    `remaining` is a share: 1 untouched, 0 spent, negative overspent. `allowed` may be fractional.
    `counts` and `raw` (without adjustments) are in the ledger's units, everything named events is in events.
    """

    window_label: str
    window_minutes: int
    counts: Counts
    raw: Counts
    allowed_events: float
    remaining: float
    remaining_events: float
    remaining_minutes: float
    total_minutes: float
    tier: Tier

    @property
    def spent(self) -> float:
        return 1 - self.remaining


@dataclass(frozen=True, slots=True)
class Forecast:
    """Minutes from now until the budget is gone: pessimistic (P10), median and optimistic (P90).

    None means not within `horizon_minutes`. `at_present_burn_minutes` extends the last hour's burn rate.
    """

    p10_minutes: int | None
    p50_minutes: int | None
    p90_minutes: int | None
    at_present_burn_minutes: int | None
    horizon_minutes: int


@dataclass(frozen=True, slots=True)
class ObjectiveStatus:
    """Everything known about one objective. `at` is the minute up to which (exclusive) events were counted.

    `sli` is the share of good events over the objective's own window, None without events or data.
    `cause` and `remedy` explain every state that is not ok.
    """

    objective: Objective
    at: int
    state: State
    cause: str
    remedy: str
    sli: float | None
    compliance: WindowStatus
    budget: Budget | None
    windows: tuple[WindowStatus, ...]
    alerts: tuple[AlertStatus, ...]
    forecast: Forecast | None
    policy: str

    @property
    def firing(self) -> tuple[AlertStatus, ...]:
        return tuple(alert for alert in self.alerts if alert.state is AlertState.FIRING)

    @property
    def worst_burn(self) -> float | None:
        """The burn rate over the last hour, the one number that lists show."""
        return next((window.burn for window in self.windows if window.minutes == 60), None)
