"""The scripted story of `demo --once`: healthy, fault, alert, recovery, each step waited for and timed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from covet_sre.budget.status import AlertState, ObjectiveStatus, State
from covet_sre.flows.reading import Demo, Reliability

OBJECTIVE = "api-availability"
ALERT = "ErrorBudgetBurn1h"
FAULT = "errors"
_LOOK_EVERY_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Step:
    """`act` is done, then `holds` is waited for."""

    title: str
    act: Callable[[], None]
    holds: Callable[[], bool]
    within_seconds: float
    outcome: Callable[[], str]


class Story:
    """Tells the steps over what the doors answer. `tell` returns whether each came true in its time."""

    def __init__(self, reliability: Reliability, demo: Demo) -> None:
        self._reliability, self._demo = reliability, demo
        self._remaining_before = 1.0

    def tell(self) -> bool:
        began = time.monotonic()
        for step in self._steps():
            step.act()
            started = time.monotonic()
            while not step.holds():
                if time.monotonic() - started > step.within_seconds:
                    click.echo(f"{_at(began)}  ✗ {step.title}: did not come true within {step.within_seconds:.0f} s")
                    click.echo(f"         {step.outcome()}")
                    return False
                time.sleep(_LOOK_EVERY_SECONDS)
            click.echo(f"{_at(began)}  ✓ {step.title}: {step.outcome()}")
        return True

    def _steps(self) -> Sequence[Step]:
        return (
            Step("healthy", _nothing, self._healthy, 40, self._summary),
            Step("fault switched on", lambda: self._demo.switch(FAULT, True), lambda: self._is_on(), 10, self._faults),
            Step("alert fires", _nothing, lambda: self._state() is AlertState.FIRING, 40, self._alert),
            Step("budget falls", _nothing, self._fell, 20, self._fall),
            Step(
                "fault switched off",
                lambda: self._demo.switch(FAULT, False),
                lambda: not self._is_on(),
                10,
                self._faults,
            ),
            Step("alert ends", _nothing, lambda: self._state() is AlertState.INACTIVE, 60, self._alert),
        )

    def _status(self) -> ObjectiveStatus | None:
        return next((one for one in self._reliability.statuses() if one.objective.name == OBJECTIVE), None)

    def _healthy(self) -> bool:
        statuses = self._reliability.statuses()
        status = self._status()
        if status is None or status.budget is None or any(window.known_minutes < 2 for window in status.windows[:1]):
            return False
        self._remaining_before = status.budget.remaining
        return all(one.state is State.OK for one in statuses)

    def _state(self) -> AlertState | None:
        status = self._status()
        alerts = status.alerts if status else ()
        return next((alert.state for alert in alerts if alert.alert.name == ALERT), None)

    def _is_on(self) -> bool:
        return any(fault.on for fault in self._demo.faults() if fault.name == FAULT)

    def _fell(self) -> bool:
        status = self._status()
        return (
            status is not None and status.budget is not None and status.budget.remaining < self._remaining_before - 0.01
        )

    def _summary(self) -> str:
        states = [f"{one.objective.name} {one.state.value.replace('_', ' ')}" for one in self._reliability.statuses()]
        return ", ".join(states) or "nothing measured yet"

    def _faults(self) -> str:
        on = [fault.title.lower() for fault in self._demo.faults() if fault.on]
        return ", ".join(on) or "none on"

    def _alert(self) -> str:
        state = self._state()
        return f"{OBJECTIVE} {ALERT} is {state.value if state else 'unknown'}"

    def _fall(self) -> str:
        status = self._status()
        now = status.budget.remaining if status and status.budget else float("nan")
        return f"{self._remaining_before:.1%} was left, now {now:.1%}"


def _nothing() -> None:
    """A step that only waits."""


def _at(began: float) -> str:
    return f"{time.monotonic() - began:6.1f} s"
