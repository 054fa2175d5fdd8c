"""What the doors say about an objective in one word or number: the same on pages, in the API and in commands."""

from collections.abc import Iterable

from covet_sre.budget.status import AlertStatus, Budget, BurnWord, ObjectiveStatus, State
from covet_sre.slo.objective import Objective

URGENCY = {
    State.CRITICAL: 0,
    State.MISCONFIGURED: 1,
    State.NO_DATA: 2,
    State.WARNING: 3,
    State.LOW_TRAFFIC: 4,
    State.OK: 5,
}
"""How loudly a state asks for somebody, 0 the loudest."""

UNMEASURED = (State.NO_DATA, State.MISCONFIGURED)
"""States in which a burn rate, or a word about it, would pretend to knowledge."""

NEVER_GREEN = (*UNMEASURED, State.LOW_TRAFFIC)
"""States in which good numbers are no good news."""

# From the loudest: the word of an objective is the loudest of its alerts.
_WORDS = (BurnWord.CRITICAL, BurnWord.INCREASING, BurnWord.RECOVERING, BurnWord.ACCEPTABLE)


def by_service(statuses: Iterable[ObjectiveStatus]) -> dict[str, list[ObjectiveStatus]]:
    """The objectives of each service that has any."""
    owned: dict[str, list[ObjectiveStatus]] = {}
    for status in statuses:
        owned.setdefault(status.objective.service, []).append(status)
    return owned


def alert_word(status: ObjectiveStatus, told: AlertStatus) -> BurnWord | None:
    """An alert's word, None where nothing is measured."""
    return None if status.state in UNMEASURED or told.long_burn is None else told.word


def burn_word(status: ObjectiveStatus) -> BurnWord | None:
    """The loudest word of an objective's alerts, None where nothing is measured."""
    if status.worst_burn is None:
        return None
    said = {alert_word(status, told) for told in status.alerts}
    return next((word for word in _WORDS if word in said), None)


def unadjusted_remaining(objective: Objective, budget: Budget) -> float | None:
    """The share of the budget that would be left without adjustments, None without events."""
    allowed = budget.raw.total * float(objective.error_share)
    return 1 - budget.raw.bad / allowed if allowed > 0 else None
