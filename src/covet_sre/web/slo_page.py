"""One objective: is it met, how much budget is left, how fast does it go, when is it gone, and who spent it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from covet_sre.budget.adjustment import Adjustment, AdjustmentKind
from covet_sre.budget.policy import BudgetPolicy
from covet_sre.budget.status import AlertState, AlertStatus, Budget, ObjectiveStatus, WindowStatus
from covet_sre.flows.reading import Reliability
from covet_sre.flows.verdicts import NEVER_GREEN, alert_word, unadjusted_remaining
from covet_sre.slo.objective import Objective
from covet_sre.units import format_minutes
from covet_sre.web import words
from covet_sre.web.addresses import safe_link, slo_address
from covet_sre.web.declared import Declared, declared
from covet_sre.web.objective_row import ObjectiveRow, objective_row, word_tone
from covet_sre.web.shell import Shell, shell
from covet_sre.web.slo_charts import DEFAULT_RANGE, RANGES, SloCharts, slo_charts
from covet_sre.web.slo_tiles import Tile, four_tiles
from covet_sre.web.transitions import TransitionRow, transition_row

_HISTORY_ROWS = 20


@dataclass(frozen=True, slots=True)
class WindowRow:
    label: str
    events: str
    bad: str
    error_share: str
    burn: str
    known: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    name: str
    severity: str
    threshold: str
    long: str
    long_burn: str
    short: str
    short_burn: str
    word: str
    tone: str
    state: str
    firing: bool
    note: str


@dataclass(frozen=True, slots=True)
class TierRow:
    name: str
    state: str
    reach: str
    actions: tuple[str, ...]
    present: bool


@dataclass(frozen=True, slots=True)
class Spender:
    value: str
    bad: str
    share: str
    width: str


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    identity: int
    what: str
    author: str
    reason: str
    made: str
    revoked: str
    applies: bool


@dataclass(frozen=True, slots=True)
class RangeLink:
    name: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class SloPage:
    shell: Shell
    row: ObjectiveRow
    description: str
    runbook: str
    counted_until: str
    tiles: tuple[Tile, ...]
    charts: SloCharts
    ranges: tuple[RangeLink, ...]
    spenders: Mapping[str, tuple[Spender, ...]]
    windows: tuple[WindowRow, ...]
    alerts: tuple[AlertRow, ...]
    policy: str
    tiers: tuple[TierRow, ...]
    declared: Declared
    adjustments: tuple[AdjustmentRow, ...]
    unadjusted: str
    transitions: tuple[TransitionRow, ...]
    form_start: str
    form_end: str


def slo_page(reliability: Reliability, name: str, range_name: str) -> SloPage:
    """Raises NotFound. An unknown range falls back to the usual one."""
    frame = shell(reliability, name, "slos")
    status = reliability.status(name)
    item = status.objective
    chosen = range_name if range_name in RANGES else DEFAULT_RANGE
    policy = reliability.declaration().policy_for(item)
    return SloPage(
        shell=frame,
        row=objective_row(status),
        description=item.description,
        runbook=safe_link(item.runbook),
        counted_until=words.moment(status.at),
        tiles=four_tiles(status),
        charts=slo_charts(reliability, status, chosen),
        ranges=tuple(RangeLink(each, f"{slo_address(name)}?range={each}#over-time", each == chosen) for each in RANGES),
        spenders={label: _spenders(rows) for label, rows in reliability.spenders(name).items()},
        windows=tuple(_window_row(window, item) for window in status.windows),
        alerts=tuple(_alert_row(status, alert) for alert in status.alerts),
        policy=policy.name,
        tiers=_tiers(policy, status),
        declared=declared(item, str(policy.location)),
        adjustments=tuple(_adjustment_row(made) for made in reliability.adjustments(item.slo)),
        unadjusted=_unadjusted(status.budget, item),
        transitions=tuple(transition_row(each) for each in reliability.alert_history(name, _HISTORY_ROWS)),
        form_start=words.form_time(status.at - 60),
        form_end=words.form_time(status.at),
    )


def _window_row(window: WindowStatus, item: Objective) -> WindowRow:
    scale = item.budgeted.scale
    return WindowRow(
        window.label,
        words.count(window.counts.total / scale),
        words.count(window.counts.bad / scale),
        words.UNKNOWN if window.error_ratio is None else f"{words.plain(window.error_ratio * 100, 4)}%",
        words.burn(window.burn),
        words.share(window.known_minutes / window.minutes) if window.minutes else words.UNKNOWN,
    )


def _alert_row(status: ObjectiveStatus, told: AlertStatus) -> AlertRow:
    alert, word = told.alert, words.burn_word(alert_word(status, told))
    note = told.held_back or alert.description
    if told.state is not AlertState.INACTIVE and told.since is not None:
        note = f"since {words.moment(told.since)}. {note}".strip()
    return AlertRow(
        alert.name,
        alert.severity.value,
        words.burn(alert.threshold),
        format_minutes(alert.long_minutes),
        words.burn(told.long_burn),
        format_minutes(alert.short_minutes) if alert.short_minutes else "",
        words.burn(told.short_burn) if alert.short_minutes else "",
        word,
        word_tone(word, status.state),
        told.state.value,
        told.state is AlertState.FIRING,
        note,
    )


def _tiers(policy: BudgetPolicy, status: ObjectiveStatus) -> tuple[TierRow, ...]:
    """The present tier is not praised where good numbers are no good news."""
    present = None if status.budget is None else status.budget.tier.name
    muted = status.state in NEVER_GREEN
    return tuple(
        TierRow(
            tier.name,
            "unknown" if muted and tier.name == present else tier.state,
            _reach(tier.above),
            tier.actions,
            tier.name == present,
        )
        for tier in policy.tiers
    )


def _reach(above: float | None) -> str:
    return "below that" if above is None else f"above {words.plain(above * 100, 1)}%"


def _spenders(rows: Sequence[tuple[str, float]]) -> tuple[Spender, ...]:
    """Most first, "other" last; shares are of all bad events that the label told apart."""
    total = sum(bad for _, bad in rows)
    most = max((bad for _, bad in rows), default=0.0)
    return tuple(
        Spender(value or "(empty)", words.count(bad), words.share(bad / total), f"{bad / most * 100:.1f}%")
        for value, bad in rows
        if total > 0 and most > 0
    )


def _adjustment_row(made: Adjustment) -> AdjustmentRow:
    time = f"{words.moment(made.start_minute)} to {words.moment(made.end_minute)}"
    what = f"Excludes {time}"
    if made.kind is AdjustmentKind.CORRECT:
        what = f"Adds {made.bad:+,} bad and {made.total:+,} events at {words.moment(made.start_minute)}"
    revoked = ""
    if made.revoked_minute is not None:
        revoked = f"Revoked {words.moment(made.revoked_minute)} by {made.revoked_by}: {made.revoked_reason}"
    return AdjustmentRow(
        made.identity, what, made.author, made.reason, words.moment(made.made_minute), revoked, made.applies
    )


def _unadjusted(budget: Budget | None, item: Objective) -> str:
    """What would be left without adjustments; empty when nothing is adjusted."""
    if budget is None or budget.raw == budget.counts:
        return ""
    return words.share(unadjusted_remaining(item, budget))
