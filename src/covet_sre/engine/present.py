"""The present: one frozen snapshot of all numbers after a tick, from which every door's answers are made."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from covet_sre.budget.account import account
from covet_sre.budget.condition import Evidence, condition_of
from covet_sre.budget.forecast import at_present_burn, forecast, pessimistic
from covet_sre.budget.status import (
    AlertState,
    AlertStatus,
    Budget,
    BurnWord,
    Forecast,
    ObjectiveStatus,
    WindowStatus,
)
from covet_sre.engine.coarse import Steps
from covet_sre.engine.plan import SHOWN_WINDOWS, SILENCE_MINUTES, Plan
from covet_sre.errors import CovetSreError, SourceError, SourceMisanswered
from covet_sre.slo.alert_states import AlertStates
from covet_sre.slo.indicator import CounterRatio
from covet_sre.slo.matching import Part
from covet_sre.slo.minutes import CHUNK_MINUTES
from covet_sre.slo.objective import Objective
from covet_sre.slo.sums import BAD, KNOWN, TOTAL
from covet_sre.slo.verdict import Verdicts
from covet_sre.slo.window import RollingWindow, Window
from covet_sre.units import Counts

_STATES = (AlertState.INACTIVE, AlertState.PENDING, AlertState.FIRING)
_RECENT_STEPS = 7 * 1440 // CHUNK_MINUTES


@dataclass(frozen=True, slots=True)
class Present:
    """Everything after one tick. `values` are adjusted, `raw` as measured: both (windows, 3, streams).

    `settled` are the sources that have answered for so long that a series not seen yet is not there.
    `stalled` is why no tick could be committed since.
    """

    plan: Plan
    end: int
    values: NDArray[np.int64]
    raw: NDArray[np.int64]
    verdicts: Verdicts
    states: AlertStates
    steps: Steps
    troubles: Mapping[int, SourceError]
    matched: frozenset[tuple[int, Part]]
    settled: frozenset[str]
    stalled: CovetSreError | None = None

    def assess(self, position: int) -> ObjectiveStatus:
        """The status of the objective at a position of the declaration."""
        objective = self.plan.declaration.objectives[position]
        policy = self.plan.declaration.policy_for(objective)
        row = self.plan.row(objective.budget_window)
        number = self.plan.budgeted(objective)
        budget = account(
            objective, policy, self._counts(self.values, row, number), self._counts(self.raw, row, number), self.end
        )
        alerts = tuple(self._alert(number) for number in self.plan.watches_of.get(position, ()))
        firing = [alert for alert in alerts if alert.state is AlertState.FIRING]
        condition = condition_of(self._evidence(objective), budget, firing)
        compliance = self._window(objective, objective.window)
        windows = self._windows(objective)
        return ObjectiveStatus(
            objective=objective,
            at=self.end,
            state=condition.state,
            cause=condition.cause,
            remedy=condition.remedy,
            sli=None if compliance.error_ratio is None else 1 - compliance.error_ratio,
            compliance=compliance,
            budget=budget,
            windows=windows,
            alerts=alerts,
            forecast=self._forecast(objective, budget, windows) if budget is not None else None,
            policy=policy.name,
        )

    def _counts(self, values: NDArray[np.int64], row: int, number: int) -> Counts:
        return Counts(int(values[row, BAD, number]), int(values[row, TOTAL, number]))

    def _windows(self, objective: Objective) -> tuple[WindowStatus, ...]:
        minutes = {*SHOWN_WINDOWS}
        for alert in objective.alerts:
            minutes |= {alert.long_minutes, alert.short_minutes or alert.long_minutes}
        rolling: list[Window] = [RollingWindow(one) for one in sorted(minutes)]
        budget = objective.budget_window
        return tuple(self._window(objective, one) for one in (*rolling, *([] if budget in rolling else [budget])))

    def _window(self, objective: Objective, window: Window) -> WindowStatus:
        row, number = self.plan.row(window), self.plan.budgeted(objective)
        units = self._counts(self.values, row, number)
        ratio = min(max(units.bad, 0) / units.total, 1.0) if units.total > 0 else None
        return WindowStatus(
            label=str(window),
            minutes=window.length(self.end),
            known_minutes=int(self.values[row, KNOWN, self.plan.events(objective)]),
            counts=units,
            error_ratio=ratio,
            burn=None if ratio is None else ratio / float(objective.error_share),
        )

    def _alert(self, number: int) -> AlertStatus:
        verdicts, alert = self.verdicts, self.plan.watches[number].alert
        state = _STATES[self.states.state[number]]
        long_above, short_above = bool(verdicts.long_above[number]), bool(verdicts.short_above[number])
        words = {
            (True, True): BurnWord.CRITICAL,
            (True, False): BurnWord.RECOVERING,
            (False, True): BurnWord.INCREASING,
            (False, False): BurnWord.ACCEPTABLE,
        }
        held_back = ""
        if long_above and short_above and state is not AlertState.FIRING:
            held_back = self._held_back(number)
        return AlertStatus(
            alert=alert,
            state=state,
            since=None if state is AlertState.INACTIVE else int(self.states.since[number]),
            word=words[long_above, short_above],
            long_burn=_number(verdicts.long_burn[number]),
            short_burn=_number(verdicts.short_burn[number]),
            held_back=held_back,
        )

    def _held_back(self, number: int) -> str:
        alert = self.plan.watches[number].alert
        if self.verdicts.few[number]:
            return f"fewer than {alert.min_bad} bad events"
        if self.verdicts.unsure[number]:
            return f"not beyond chance with {alert.confidence:.0%} confidence"
        if self.states.state[number] == 1:
            return f"fires when it lasts {alert.for_minutes} min"
        return ""

    def _evidence(self, objective: Objective) -> Evidence:
        number = self.plan.events(objective)
        indicator = objective.indicator
        error = self.stalled or self.troubles.get(number)
        hour = self.plan.row(RollingWindow(60))
        silence = self.values[self.plan.row(RollingWindow(SILENCE_MINUTES)), KNOWN, number] == 0
        ever = self.values[self.plan.row(objective.budget_window), KNOWN, number] > 0
        return Evidence(
            trouble="" if error is None else ": ".join(part for part in (error.where, error.problem) if part),
            trouble_remedy="" if error is None else error.remedy,
            rejected=bool(silence) and isinstance(error, SourceMisanswered) and not isinstance(indicator, CounterRatio),
            unmatched=self._unmatched(number, objective),
            source=indicator.source,
            good_above_total=bool(self.raw[hour, BAD, number] < 0),
            silent_minutes=SILENCE_MINUTES if silence or self.stalled is not None else None,
            silence_is_new=not ever,
        )

    def _unmatched(self, number: int, objective: Objective) -> str:
        indicator = objective.indicator
        if not isinstance(indicator, CounterRatio) or indicator.source not in self.settled:
            return ""
        if (number, Part.TOTAL) not in self.matched:
            return str(indicator.total)
        if indicator.good is not None and (number, Part.GOOD) not in self.matched:
            return str(indicator.good)
        return ""

    def _forecast(self, objective: Objective, budget: Budget, windows: tuple[WindowStatus, ...]) -> Forecast:
        number, scale = self.plan.budgeted(objective), objective.budgeted.scale
        bad, total = (np.maximum(self.steps.column(kind, number), 0) / scale for kind in (BAD, TOTAL))
        known = self.steps.column(KNOWN, number)[-_RECENT_STEPS:] > 0
        recent = bad[-_RECENT_STEPS:][known]
        steps = self._steps_ahead(objective.budget_window, budget.window_minutes)
        mean_total = float(total[-_RECENT_STEPS:][known].mean()) if known.any() else 0.0
        is_rolling = isinstance(objective.budget_window, RollingWindow)
        leaving, leaving_total = (_leaving(column, steps) if is_rolling else np.zeros(steps) for column in (bad, total))
        # The window of a young ledger still fills up, and its budget with it.
        growth = float(objective.error_share) * (mean_total * np.arange(1, steps + 1) - np.cumsum(leaving_total))
        p10, p50, p90 = forecast(recent, leaving, budget.remaining_events, CHUNK_MINUTES, growth)
        burn = next((window.burn for window in windows if window.minutes == 60), None)
        present = at_present_burn(budget.remaining, burn, budget.window_minutes)
        return Forecast(pessimistic(p10, present, burn), p50, p90, present, steps * CHUNK_MINUTES)

    def _steps_ahead(self, window: Window, window_minutes: int) -> int:
        """How far a forecast goes: a whole rolling window, or to the end of the calendar's period."""
        if isinstance(window, RollingWindow):
            return window_minutes // CHUNK_MINUTES
        return max((window.start(self.end) + window_minutes - self.end) // CHUNK_MINUTES, 1)


def _leaving(column: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """What leaves a rolling window with each of the next steps: the oldest first."""
    leaving = np.zeros(steps)
    inside = column[-steps:]
    leaving[-len(inside) :] = inside
    return leaving


def _number(value: np.float64) -> float | None:
    return None if np.isnan(value) else float(value)
