"""Proposing an objective, and when to page for it, from what happened: with the reasons, in whole sentences."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from covet_sre.budget.backtest import Record, TriedPolicy, backtest
from covet_sre.budget.incident import Incident
from covet_sre.budget.outcome import Outcome, precision, recall
from covet_sre.slo.burn import (
    DEFAULT_CONFIDENCE,
    DEFAULT_MIN_BAD,
    MULTI_WINDOW_PAIRS,
    BurnAlert,
    Severity,
    WindowPair,
    burn_threshold,
    highest_burn_rate,
)
from covet_sre.slo.objective import Objective
from covet_sre.slo.suggestion import suggest_target
from covet_sre.units import MINUTES_PER_DAY, Counts, format_minutes

SENSITIVITIES = (0.25, 0.5, 1.0, 1.5, 2.5, 5.0, 10.0)
"""The workbook's shares of the budget, multiplied: below 1 pages earlier, above 1 later."""

DAYS_OF_A_MONTH = 30


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to write for one objective. `target` is None where history gives none; then `objective` is as declared.

    `outcome` is what the alerts would have done over the same history.
    """

    objective: Objective
    target: Fraction | None
    alerts: tuple[BurnAlert, ...]
    outcome: Outcome
    reasons: tuple[str, ...]


def propose(
    objective: Objective,
    budget_minutes: int,
    record: Record,
    incidents: Sequence[Incident] | None,
    most_pages_a_month: float,
) -> Proposal:
    """The strictest target that history kept with half of its budget to spare, and the most sensitive thresholds
    that page for known incidents alone; without incidents, at most `most_pages_a_month` times in 30 days.
    """
    found = suggest_target(_days(objective, record))
    reasons = list(found.reasons)
    tried = objective if found.target is None else replace(objective, target=found.target)
    if found.target is None:
        reasons.append(f"The thresholds below are for the target as it is declared, {_percent(objective.target)}.")
    by_factor = {f"{factor:g}": _alerts(tried, budget_minutes, factor) for factor in SENSITIVITIES}
    policies = [
        TriedPolicy(name, "", (alerts,))
        for name, alerts in by_factor.items()
        if any(alert.severity is Severity.PAGE for alert in alerts)
    ]
    if not policies:
        highest = highest_burn_rate(float(tried.error_share))
        reasons.append(
            f"A total outage is a burn rate of {highest:.3g} there, which reaches none of the thresholds tried."
        )
        [outcome] = backtest([tried], [TriedPolicy("none", "", ((),))], record, incidents)
        return Proposal(tried, found.target, (), outcome, tuple(reasons))
    outcomes = backtest([tried], policies, record, incidents)
    if incidents is not None and outcomes[0].incidents:
        place, why = _by_incidents(outcomes)
    else:
        place, why = _by_pages(outcomes, most_pages_a_month)
    alerts = policies[place].alerts[0]
    reasons += [why, _shares_in_words(float(policies[place].name))]
    return Proposal(tried, found.target, alerts, outcomes[place], tuple(reasons))


def _days(objective: Objective, record: Record) -> list[Counts]:
    """Whole events by day of the replayed time, the last one perhaps shorter."""
    scale = objective.budgeted.scale
    starts = range(record.start, record.end, MINUTES_PER_DAY)
    units = (record.counts(objective, start, min(start + MINUTES_PER_DAY, record.end)) for start in starts)
    # Parts of a bad event are rounded up: a target should not be kept by rounding.
    return [Counts(-(-day.bad // scale), day.total // scale) for day in units]


def _alerts(objective: Objective, budget_minutes: int, factor: float) -> tuple[BurnAlert, ...]:
    """The default pairs with other shares for pages; those that a total outage cannot reach are left out."""
    highest = highest_burn_rate(float(objective.error_share))
    alerts: list[BurnAlert] = []
    for pair in MULTI_WINDOW_PAIRS:
        share = pair.budget_share * (factor if pair.severity is Severity.PAGE else 1)
        threshold = burn_threshold(
            WindowPair(pair.severity, share, pair.long_minutes, pair.short_minutes), budget_minutes
        )
        if pair.long_minutes < budget_minutes and threshold < highest:
            alerts.append(
                BurnAlert(
                    f"ErrorBudgetBurn{format_minutes(pair.long_minutes)}",
                    pair.severity,
                    threshold,
                    pair.long_minutes,
                    pair.short_minutes,
                    min_bad=DEFAULT_MIN_BAD,
                    confidence=DEFAULT_CONFIDENCE,
                )
            )
    return tuple(alerts)


def _by_incidents(outcomes: Sequence[Outcome]) -> tuple[int, str]:
    """The most incidents without a page for nothing; where each pages for nothing, the fewest of those pages."""
    false_pages = [len(one.pages) - precision([one]).count for one in outcomes]
    found = [recall([one]).count for one in outcomes]
    quiet = [place for place, false in enumerate(false_pages) if not false]
    known = recall([outcomes[0]]).of
    if quiet:
        place = max(quiet, key=lambda one: (found[one], -one))
        return place, f"These page for {found[place]} of {known} known incidents, and for nothing else."
    place = min(range(len(outcomes)), key=lambda one: (false_pages[one], -found[one]))
    return place, (
        f"No thresholds that were tried page for known incidents alone. These page for {found[place]} of {known}, "
        f"and {_times(false_pages[place])} without one: look whether those were incidents that nobody wrote down."
    )


def _by_pages(outcomes: Sequence[Outcome], most_a_month: float) -> tuple[int, str]:
    """The most sensitive ones that page seldom enough; where none do, the least sensitive."""
    days = (outcomes[0].end - outcomes[0].start) / MINUTES_PER_DAY
    rates = [len(one.pages) * DAYS_OF_A_MONTH / days for one in outcomes]
    wanted = f"{most_a_month:g} a month"
    span = f"{days:.3g} day{'s' * (days != 1)}"
    for place, rate in enumerate(rates):
        if rate <= most_a_month:
            told = f"These {_would_page(len(outcomes[place].pages))} in {span}, and {wanted} are allowed"
            if place == 0:
                return place, f"{told}; they are the most sensitive that were tried."
            return place, f"{told}; more sensitive ones {_would_page(len(outcomes[place - 1].pages))}."
    last = len(outcomes) - 1
    return last, (
        f"All thresholds that were tried page more often than {wanted}. These, the least sensitive, "
        f"{_would_page(len(outcomes[last].pages))} in {span}: the target may be stricter than the service is."
    )


def _shares_in_words(factor: float) -> str:
    pages = [pair for pair in MULTI_WINDOW_PAIRS if pair.severity is Severity.PAGE]
    told = " or ".join(
        f"{_percent(Fraction(pair.budget_share * factor))} of it within {format_minutes(pair.long_minutes)}"
        for pair in pages
    )
    return f"They page when so much of the budget goes: {told}; and while a twelfth of that time still burns as fast."


def _would_page(number: int) -> str:
    if not number:
        return "would never have paged"
    return f"would have paged {_times(number)}"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.4g} %"
