"""Which state an objective is in, why, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from covet_sre.budget.status import AlertStatus, Budget, State
from covet_sre.slo.burn import Severity
from covet_sre.units import format_minutes

_STATES = (
    (Severity.PAGE, State.CRITICAL),
    (Severity.TICKET, State.WARNING),
    (Severity.WARNING, State.WARNING),
)


_WHAT_TO_DO = "See who spends the budget and what changed when it began; undo that first, and look for reasons later"


@dataclass(frozen=True, slots=True)
class Condition:
    state: State
    cause: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known about the measuring of one objective.

    `trouble` is why the source gave nothing in the last reading; `unmatched` names a selector for which no series
    was ever found; `good_above_total` that more good events than events were counted in the last hour.
    `silent_minutes` is how long nothing was measured, None when something was within the last minutes.
    """

    trouble: str = ""
    trouble_remedy: str = ""
    rejected: bool = False
    unmatched: str = ""
    source: str = ""
    good_above_total: bool = False
    silent_minutes: int | None = None
    silence_is_new: bool = False


def condition_of(evidence: Evidence, budget: Budget | None, firing: Sequence[AlertStatus]) -> Condition:
    """Unknown comes before good and bad: a number that is not measured any more must not look like one that is."""
    return (
        _misconfigured(evidence)
        or _without_data(evidence)
        or _worse(_alerting(firing), _by_tier(budget))
        or _low_traffic(budget)
        or Condition(State.OK)
    )


def _misconfigured(evidence: Evidence) -> Condition | None:
    if evidence.rejected:
        return Condition(State.MISCONFIGURED, evidence.trouble, evidence.trouble_remedy)
    if evidence.unmatched and not evidence.trouble:
        return Condition(
            State.MISCONFIGURED,
            f"No series in source {evidence.source} matches {evidence.unmatched}",
            "Compare metric and label names with what the service exposes: "
            "covet-sre validate --prometheus URL names the difference",
        )
    if evidence.good_above_total:
        return Condition(
            State.MISCONFIGURED,
            "More good events than events were counted in the last hour",
            "The good selector must pick a part of what the total selector picks: compare their matchers",
        )
    return None


def _without_data(evidence: Evidence) -> Condition | None:
    if evidence.silent_minutes is None:
        return None
    if evidence.trouble:
        return Condition(State.NO_DATA, evidence.trouble, evidence.trouble_remedy)
    if evidence.silence_is_new:
        return Condition(
            State.NO_DATA, "Nothing was measured yet", "The first numbers come with the second reading, in a minute"
        )
    return Condition(
        State.NO_DATA,
        f"Nothing was measured for {format_minutes(evidence.silent_minutes)} or longer",
        f"Check that source {evidence.source} still scrapes the service, and that the service runs",
    )


def _alerting(firing: Sequence[AlertStatus]) -> Condition | None:
    for severity, state in _STATES:
        names = [status.alert.name for status in firing if status.alert.severity is severity]
        if names:
            cause = f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} firing"
            return Condition(state, cause, _WHAT_TO_DO)
    return None


def _by_tier(budget: Budget | None) -> Condition | None:
    if budget is None or budget.tier.state == State.OK:
        return None
    share = f"{max(budget.remaining, 0):.1%} of the error budget is left"
    cause = share if budget.remaining >= 0 else f"The error budget is overspent by {-budget.remaining:.1%}"
    return Condition(State(budget.tier.state), f"{cause}: tier {budget.tier.name}", "; ".join(budget.tier.actions))


def _worse(alerting: Condition | None, by_tier: Condition | None) -> Condition | None:
    """The worse of the two: a ticket must not hide that the budget is gone. Of equals, what is happening now."""
    if alerting is None or (by_tier is not None and State.CRITICAL is by_tier.state is not alerting.state):
        return by_tier
    return alerting


def _low_traffic(budget: Budget | None) -> Condition | None:
    if budget is not None and budget.allowed_events >= 1:
        return None
    allowed = "none" if budget is None else f"{budget.allowed_events:.2g}"
    return Condition(
        State.LOW_TRAFFIC,
        f"So few events in the window that a single bad one would spend the whole budget (it allows {allowed})",
        "Widen the window, lower the objective, or send synthetic requests",
    )
