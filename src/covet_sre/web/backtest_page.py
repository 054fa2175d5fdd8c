"""A backtest as one page that stands alone: no script, no request to anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from covet_sre.budget.outcome import Notice, Outcome, Share, precision, recall
from covet_sre.flows.backtesting import Trial
from covet_sre.slo.burn import Severity
from covet_sre.slo.objective import Objective
from covet_sre.web import words
from covet_sre.web.assets import Assets
from covet_sre.web.charts.axis import TimeAxis, ValueAxis, decimals
from covet_sre.web.charts.lanes import Lanes, Stretch, draw_lanes
from covet_sre.web.charts.line_chart import Chart, Level, Plan, Points, Series, draw
from covet_sre.web.templating import templates

_POINTS = 240
_BURN_MINUTES = 60
MOST_OBJECTIVES = 50
"""Plots of so many objectives: those that some policy would have sent something for come first."""

_STYLES = {Severity.PAGE: "lane-page", Severity.TICKET: "lane-ticket", Severity.WARNING: "lane-warning"}


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One policy over one objective, or over all of them. Cells in the order of the table's heads."""

    policy: str
    objective: str
    cells: tuple[str, ...]
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class NoticeRow:
    policy: str
    severity: str
    start: str
    end: str
    lasted: str
    budget_gone: str
    detection: str
    reset: str
    alerts: str
    incidents: str


@dataclass(frozen=True, slots=True)
class ObjectiveSection:
    name: str
    service: str
    target: str
    measured: str
    is_known: bool
    lanes: Lanes
    budget: Chart
    burn: Chart
    notices: tuple[NoticeRow, ...]


@dataclass(frozen=True, slots=True)
class ProposalSection:
    name: str
    reasons: tuple[str, ...]
    yaml: str


@dataclass(frozen=True, slots=True)
class BacktestPage:
    title: str
    span: str
    source: str
    remarks: tuple[str, ...]
    policies: tuple[tuple[str, str], ...]
    heads: tuple[str, ...]
    rows: tuple[ComparedRow, ...]
    has_incidents: bool
    sections: tuple[ObjectiveSection, ...]
    left_out: int
    proposals: tuple[ProposalSection, ...]
    style: Markup


def backtest_html(trial: Trial, proposed_yaml: Sequence[str] = ()) -> str:
    """`proposed_yaml` are the lines to paste, one text for each of the trial's proposals."""
    return templates().get_template("backtest.html").render(page=backtest_page(trial, proposed_yaml))


def backtest_page(trial: Trial, proposed_yaml: Sequence[str] = ()) -> BacktestPage:
    by_objective: dict[str, list[Outcome]] = {}
    for outcome in trial.outcomes:
        by_objective.setdefault(outcome.objective.name, []).append(outcome)
    loudest = sorted(by_objective.values(), key=lambda outcomes: -sum(len(one.notices) for one in outcomes))
    has_incidents = trial.incidents is not None
    return BacktestPage(
        title="Backtest of alert policies",
        span=f"{_dated(trial.record.start)} to {_dated(trial.record.end)} UTC",
        source=trial.source,
        remarks=trial.remarks,
        policies=tuple((policy.name, policy.title) for policy in trial.policies),
        heads=(
            *("Pages", "Tickets", "Warnings", "First", "Longest", "Budget gone", "Detected", "Reset"),
            *(("For nothing", "Precision", "Recall") if has_incidents else ()),
        ),
        rows=tuple(_compared(trial, has_incidents)),
        has_incidents=has_incidents,
        sections=tuple(_section(trial, outcomes, n) for n, outcomes in enumerate(loudest[:MOST_OBJECTIVES])),
        left_out=max(len(loudest) - MOST_OBJECTIVES, 0),
        proposals=tuple(
            ProposalSection(proposal.objective.name, proposal.reasons, yaml)
            for proposal, yaml in zip(trial.proposals, proposed_yaml, strict=True)
        ),
        # Our own stylesheet, not anybody's input.
        style=Markup(Assets().text("covet.css")),
    )


def _compared(trial: Trial, has_incidents: bool) -> list[ComparedRow]:
    rows: list[ComparedRow] = []
    for policy in trial.policies:
        outcomes = trial.of(policy)
        rows += (
            ComparedRow(policy.name, one.objective.name, (*_cells(one), *_for_incidents([one], has_incidents)))
            for one in outcomes
        )
        if len(outcomes) > 1:
            counts = (str(sum(len(one.of(severity)) for one in outcomes)) for severity in Severity)
            cells = (*counts, *[""] * 5, *_for_incidents(outcomes, has_incidents))
            rows.append(ComparedRow(policy.name, "all", cells, is_sum=True))
    return rows


def _cells(outcome: Outcome) -> tuple[str, ...]:
    first = outcome.first
    return (
        *(str(len(outcome.of(severity))) if outcome.is_known else words.UNKNOWN for severity in Severity),
        "–" if first is None else words.moment(first.start),
        _span(outcome.longest_minutes),
        "–" if first is None else words.share(first.budget_gone),
        _span(outcome.median_detection_minutes),
        _span(outcome.median_reset_minutes),
    )


def _for_incidents(outcomes: Sequence[Outcome], has_incidents: bool) -> tuple[str, ...]:
    if not has_incidents:
        return ()
    paged = precision(outcomes)
    return str(paged.of - paged.count), _share(paged), _share(recall(outcomes))


def _section(trial: Trial, outcomes: Sequence[Outcome], number: int) -> ObjectiveSection:
    objective = outcomes[0].objective
    time = TimeAxis(trial.record.start, trial.record.end)
    return ObjectiveSection(
        name=objective.name,
        service=objective.service,
        target=words.target(objective.target),
        measured=words.share(outcomes[0].measured),
        is_known=outcomes[0].is_known,
        lanes=_lanes(trial, outcomes, time, number),
        budget=_budget_left(trial, objective, time, number),
        burn=_burn(trial, objective, time, number),
        notices=tuple(_notice(outcome, notice) for outcome in outcomes for notice in outcome.notices),
    )


def _lanes(trial: Trial, outcomes: Sequence[Outcome], time: TimeAxis, number: int) -> Lanes:
    first = outcomes[0]
    crossed = [
        Stretch(one.start, one.end, "lane-crossing", f"{words.moment(one.start)}, {words.span(one.end - one.start)}")
        for one in trial.record.crossings(first.objective)
    ]
    rows: list[tuple[str, Sequence[Stretch]]] = [("errors above the target", crossed)]
    if first.incidents is not None:
        incidents = [Stretch(one.start, one.end, "lane-incident", one.title) for one in first.incidents]
        rows.append(("known incidents", incidents))
    rows += ((outcome.policy, [_stretch(outcome, notice) for notice in outcome.notices[::-1]]) for outcome in outcomes)
    summary = "When each policy would have paged or opened a ticket. Short ones are drawn wider than they were."
    return draw_lanes(f"lanes-{number}", "Policies side by side", summary, time, rows)


def _stretch(outcome: Outcome, notice: Notice) -> Stretch:
    minutes = outcome.minutes(notice)
    told = (
        f"{notice.severity.value} from {words.moment(notice.start)}, {words.span(minutes)}: {', '.join(notice.alerts)}"
    )
    return Stretch(notice.start, notice.start + minutes, _STYLES[notice.severity], told)


def _budget_left(trial: Trial, objective: Objective, time: TimeAxis, number: int) -> Chart:
    step = max((time.end - time.start) // _POINTS, 1)
    moments = [*range(time.start, time.end, step), time.end]
    gone = [(moment, trial.record.budget_gone(objective, moment)) for moment in moments]
    points = [(moment, None if value is None else 1 - value) for moment, value in gone]
    lowest = min((value for _, value in points if value is not None), default=0.0)
    axis = ValueAxis.around(min(lowest, 0.0), 1.0)
    return draw(
        Plan(
            f"budget-{number}",
            "Error budget left",
            f"What was left of the budget over {words.window(objective.budget_window)}, at each moment.",
            time,
            axis,
            (Series("Budget left", points, "line-1", filled=True),),
            words.share,
            # Without the comma of thousands: a budget may be overspent tenfold, and there is room for six characters.
            lambda value: f"{words.plain(value * 100, decimals(axis.step * 100)).replace(',', '')}%",
            (Level(0.0, "spent"),) if axis.low < 0 else (),
            height=150,
            empty="Nothing was measured: there is no budget.",
        )
    )


def _burn(trial: Trial, objective: Objective, time: TimeAxis, number: int) -> Chart:
    burns = trial.record.burn_rates(objective, _BURN_MINUTES)
    step = max(len(burns) // _POINTS, 1)
    points: Points = [
        (time.start + 1 + first, None if np.isnan(part).all() else float(np.nanmax(part)))
        for first in range(0, len(burns), step)
        if len(part := burns[first : first + step])
    ]
    highest = max((value for _, value in points if value is not None), default=0.0)
    axis = ValueAxis.around(0.0, max(highest * 1.05, 1.5), marks=3)
    return draw(
        Plan(
            f"burn-{number}",
            "Burn rate over an hour",
            f"The highest in each {words.span(step)}; at 1 the budget lasts exactly for its window.",
            time,
            axis,
            (Series("Burn rate", points, "line-1"),),
            words.burn,
            lambda value: f"{words.plain(value, decimals(axis.step))}×",
            (Level(1.0, "1×"),) if axis.high < 40 else (),
            height=130,
        )
    )


def _notice(outcome: Outcome, notice: Notice) -> NoticeRow:
    return NoticeRow(
        policy=outcome.policy,
        severity=notice.severity.value,
        start=words.moment(notice.start),
        end="still firing" if notice.end is None else words.moment(notice.end),
        lasted=words.span(outcome.minutes(notice)),
        budget_gone=words.share(notice.budget_gone),
        detection=_span(notice.detection_minutes),
        reset=_span(notice.reset_minutes),
        alerts=", ".join(notice.alerts),
        incidents=", ".join(one.title for one in notice.incidents) or "none",
    )


def _span(minutes: float | None) -> str:
    return "–" if minutes is None else words.span(minutes) if minutes else "at once"


def _share(told: Share) -> str:
    return "undefined (0 of 0)" if told.value is None else f"{told.count} of {told.of}"


def _dated(minute: int) -> str:
    return words.machine_time(minute).replace("T", " ").removesuffix("Z")
