"""The scripted story of `demo --once`: healthy, fault, alert, incident, page, acknowledgement, recovery, the end.

Each step is waited for and timed.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from covet_sre.budget.status import AlertState, ObjectiveStatus, State
from covet_sre.flows.incidents import IncidentFilter, Incidents
from covet_sre.flows.reading import Demo, Reliability
from covet_sre.incident.facts import Acknowledge, Resolve
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outgoing

OBJECTIVE = "api-availability"
ALERT = "ErrorBudgetBurn1h"
FAULT = "errors"
SERVICE, ACTOR = "api", "demo"
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

    def __init__(self, reliability: Reliability, incidents: Incidents, demo: Demo) -> None:
        self._reliability, self._incidents, self._demo = reliability, incidents, demo
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
            Step("incident opens", _nothing, lambda: self._incident() is not None, 20, self._told),
            Step("somebody is paged", _nothing, lambda: bool(self._pages()), 20, self._paged),
            Step("acknowledged", self._acknowledge, self._is_acknowledged, 10, self._told),
            Step("budget falls", _nothing, self._fell, 20, self._fall),
            Step(
                "fault switched off",
                lambda: self._demo.switch(FAULT, False),
                lambda: not self._is_on(),
                10,
                self._faults,
            ),
            Step("alert ends", _nothing, lambda: self._state() is AlertState.INACTIVE, 60, self._alert),
            Step("resolved", self._resolve, self._is_over, 10, self._told),
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

    def _incident(self) -> Incident | None:
        """The story's incident, open or not."""
        found = self._incidents.incidents(IncidentFilter(service=SERVICE, limit=1))
        return found[0] if found else None

    def _pages(self) -> list[Outgoing]:
        incident = self._incident()
        return [one for one in self._incidents.inbox() if incident and one.incident == incident.identity]

    def _acknowledge(self) -> None:
        if (incident := self._incident()) is not None:
            self._incidents.decide(Acknowledge(incident.identity, ACTOR, "demo"))

    def _is_acknowledged(self) -> bool:
        incident = self._incident()
        return incident is not None and incident.is_acknowledged

    def _resolve(self) -> None:
        incident = self._incident()
        if incident is not None and incident.state.is_open:
            self._incidents.decide(Resolve(incident.identity, ACTOR, "the fault is switched off"))

    def _is_over(self) -> bool:
        incident = self._incident()
        return incident is not None and not incident.state.is_open

    def _told(self) -> str:
        incident = self._incident()
        if incident is None:
            return "there is no incident"
        taken = f", acknowledged by {incident.acknowledged_by}" if incident.is_acknowledged else ""
        return f"{incident.identity} {incident.severity} {incident.service} is {incident.state}{taken}"

    def _paged(self) -> str:
        return ", ".join(f"{one.person or 'the team'} by {one.current_target}" for one in self._pages()) or "nobody"

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
