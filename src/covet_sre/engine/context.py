"""What the numbers say to somebody who was just woken: which window burns, what is left, when it will be gone."""

from collections.abc import Iterator

from covet_sre.budget.status import ObjectiveStatus
from covet_sre.engine.answers import Answers
from covet_sre.incident.outgoing import Line
from covet_sre.units import format_minutes

_MOST_OBJECTIVES = 3


class Numbers:
    """Context lines and spent budgets out of the present numbers."""

    def __init__(self, answers: Answers, base_address: str) -> None:
        self._answers, self._base = answers, base_address.rstrip("/")

    def lines(self, service: str, slo: str) -> list[Line]:
        """Of an SLO, or of a service's that spend their budget fastest."""
        statuses = [
            one
            for one in self._answers.statuses()
            if (one.objective.name == slo if slo else one.objective.service == service)
        ]
        if not slo:
            statuses = [one for one in statuses if one.firing]
        statuses.sort(key=lambda one: one.budget.remaining if one.budget else 1.0)
        return [line for one in statuses[:_MOST_OBJECTIVES] for line in self._lines(one)]

    def spent(self, slo: str, start: float, end: float) -> float | None:
        """The share of the SLO's budget that was spent between two times, None where it is unknown."""
        status = next((one for one in self._answers.statuses() if one.objective.name == slo), None)
        if status is None or status.budget is None or status.budget.allowed_events <= 0:
            return None
        first, last = int(start // 60), max(int(end // 60), int(start // 60) + 1)
        history = self._answers.history(status.objective.name, first, last, 1)
        return sum(history.bad) / status.budget.allowed_events

    def _lines(self, status: ObjectiveStatus) -> Iterator[Line]:
        name = status.objective.name
        address = f"{self._base}/slos/{name}"
        for firing in status.firing:
            alert = firing.alert
            burn = "unknown" if firing.long_burn is None else f"{firing.long_burn:.1f}"
            windows = format_minutes(alert.long_minutes)
            if alert.short_minutes is not None:
                windows += f" and {format_minutes(alert.short_minutes)}"
            yield Line(
                "Burns", f"{name}: {burn} times its budget over {windows} (alert at {alert.threshold:g})", address
            )
        if status.budget is not None:
            budget = status.budget
            left = f"{name}: {budget.remaining:.1%} of {budget.window_label} left, tier {budget.tier.name}"
            yield Line("Budget", left, address)
        minutes = status.forecast.at_present_burn_minutes if status.forecast else None
        if minutes is not None:
            yield Line("Exhausted", f"{name}: in about {_about(minutes)} at the present rate", address)


def _about(minutes: int) -> str:
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes / 60:.0f} hours" if minutes < 2880 else f"{minutes / 1440:.0f} days"
