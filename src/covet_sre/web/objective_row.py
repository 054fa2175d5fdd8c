"""One objective in one line, as lists and the page of what needs attention show it."""

from collections.abc import Sequence
from dataclasses import dataclass

from covet_sre.budget.status import AlertState, Budget, BurnWord, ObjectiveStatus, State
from covet_sre.flows.verdicts import NEVER_GREEN, URGENCY, burn_word
from covet_sre.slo.burn import Severity
from covet_sre.web import words
from covet_sre.web.addresses import service_address, slo_address
from covet_sre.web.charts.sparkline import Sparkline, sparkline

_WORD_TONES = {
    BurnWord.CRITICAL.value: "critical",
    BurnWord.INCREASING.value: "warning",
    BurnWord.RECOVERING.value: "recovering",
    BurnWord.ACCEPTABLE.value: "ok",
    words.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class StateBadge:
    """A state in a word and a sign: never by colour alone."""

    value: str
    word: str


@dataclass(frozen=True, slots=True)
class BudgetBar:
    """What is left of a budget. `filled` is 0 to 100; `tone` the state of its tier, or unknown."""

    share: str
    minutes: str
    filled: str
    tone: str
    overspent: bool


@dataclass(frozen=True, slots=True)
class FiringAlert:
    name: str
    severity: str
    since: str


@dataclass(frozen=True, slots=True)
class ObjectiveRow:
    name: str
    title: str
    address: str
    service: str
    service_address: str
    state: StateBadge
    target: str
    window: str
    sli: str
    budget: BudgetBar
    burn: str
    burn_word: str
    burn_tone: str
    forecast: str
    spark: Sparkline | None
    alerts: tuple[FiringAlert, ...]
    cause: str
    remedy: str


def state_badge(state: State) -> StateBadge:
    return StateBadge(state.value, words.STATE_WORDS[state])


def word_tone(word: str, state: State) -> str:
    """The colour's name for one of the four words, none where good numbers are no good news."""
    return words.UNKNOWN if state in NEVER_GREEN else _WORD_TONES[word]


def budget_bar(budget: Budget | None, state: State) -> BudgetBar:
    """A budget that is not measured any more keeps its last number, without its colour."""
    if budget is None:
        return BudgetBar(words.UNKNOWN, "", "0", "unknown", overspent=False)
    tone = "unknown" if state in NEVER_GREEN else budget.tier.state
    filled = min(max(budget.remaining, 0.0), 1.0) * 100
    return BudgetBar(
        words.share(budget.remaining),
        f"{words.span(budget.remaining_minutes)} of {words.span(budget.total_minutes)}",
        f"{filled:.2f}",
        tone,
        overspent=budget.remaining <= 0,
    )


def firing_alerts(status: ObjectiveStatus) -> tuple[FiringAlert, ...]:
    """The alerts that fire, pages before tickets before warnings."""
    order = list(Severity)
    firing = sorted(
        (alert for alert in status.alerts if alert.state is AlertState.FIRING),
        key=lambda alert: order.index(alert.alert.severity),
    )
    return tuple(
        FiringAlert(
            alert.alert.name,
            alert.alert.severity.value,
            "" if alert.since is None else words.ago(alert.since, status.at),
        )
        for alert in firing
    )


def objective_row(status: ObjectiveStatus, shares: Sequence[float | None] = ()) -> ObjectiveRow:
    """`shares` are the points of its sparkline."""
    item = status.objective
    word = words.burn_word(burn_word(status))
    return ObjectiveRow(
        name=item.name,
        title=item.title,
        address=slo_address(item.name),
        service=item.service,
        service_address=service_address(item.service),
        state=state_badge(status.state),
        target=words.target(item.target),
        window=words.window_short(item.window),
        sli=words.good_share(status.sli),
        budget=budget_bar(status.budget, status.state),
        burn=words.burn(status.worst_burn) if word != words.UNKNOWN else "",
        burn_word=word,
        burn_tone=word_tone(word, status.state),
        forecast=words.exhaustion(status.forecast, status.state),
        spark=sparkline(shares),
        alerts=firing_alerts(status),
        cause=status.cause,
        remedy=status.remedy,
    )


def budget_order(status: ObjectiveStatus) -> tuple[float, int, str]:
    """Worst budget first. A budget that nobody knows stands where a spent one would: it is not good news."""
    remaining = 0.0 if status.budget is None else status.budget.remaining
    return remaining, URGENCY[status.state], status.objective.name
