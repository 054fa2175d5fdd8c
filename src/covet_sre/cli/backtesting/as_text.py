"""A trial as tables in a terminal."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from covet_sre.budget.outcome import Notice, Outcome, Share, precision, recall
from covet_sre.cli.backtesting.suggested_yaml import suggested_yaml
from covet_sre.flows.backtesting import Trial
from covet_sre.slo.burn import Severity

_PIPED_WIDTH = 200
_MOST_NOTICES = 60
_UNKNOWN = "–"
_STYLES = {Severity.PAGE: "bold red", Severity.TICKET: "yellow", Severity.WARNING: "cyan"}
_HEADINGS = ("Pages", "Tickets", "Warnings", "First", "Longest", "Budget gone", "Detected", "Reset")
_INCIDENT_HEADINGS = ("For nothing", "Precision", "Recall")


def print_trial(trial: Trial) -> None:
    """Policies side by side, then what each would have sent, then the proposals."""
    console = Console()
    if not console.is_terminal:
        # A pipe has no width: what reads it may.
        console = Console(width=_PIPED_WIDTH)
    console.print(Text(f"{_time(trial.record.start)} to {_time(trial.record.end)} UTC, from {trial.source}"))
    for remark in trial.remarks:
        console.print(Text(f"Note: {remark}", style="yellow"))
    console.print()
    console.print(_comparison(trial))
    console.print()
    _print_notices(trial, console)
    for proposal in trial.proposals:
        console.print()
        console.print(Text(f"Suggested for {proposal.objective.name}", style="bold"))
        for reason in proposal.reasons:
            console.print(Text(f"  {reason}"))
        console.print(Text(suggested_yaml(proposal)), soft_wrap=True)


def _comparison(trial: Trial) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Policy", "Objective"):
        table.add_column(heading, overflow="fold")
    has_incidents = trial.incidents is not None
    for heading in (*_HEADINGS, *(_INCIDENT_HEADINGS if has_incidents else ())):
        table.add_column(heading, justify="right", no_wrap=True)
    for policy in trial.policies:
        outcomes = trial.of(policy)
        for outcome in outcomes:
            table.add_row(
                Text(policy.name),
                Text(outcome.objective.name),
                *_cells(outcome),
                *_incident_cells([outcome], has_incidents),
            )
        if len(outcomes) > 1:
            counts = (str(sum(len(one.of(severity)) for one in outcomes)) for severity in Severity)
            blanks = [""] * (len(_HEADINGS) - len(Severity))
            cells = (*counts, *blanks, *_incident_cells(outcomes, has_incidents))
            table.add_row(Text(policy.name), "all", *cells, style="bold")
    return table


def _cells(outcome: Outcome) -> list[str]:
    first = outcome.first
    return [
        *(str(len(outcome.of(severity))) if outcome.is_known else "unknown" for severity in Severity),
        _UNKNOWN if first is None else _time(first.start),
        span(outcome.longest_minutes),
        _UNKNOWN if first is None else percent(first.budget_gone),
        span(outcome.median_detection_minutes),
        span(outcome.median_reset_minutes),
    ]


def _incident_cells(outcomes: Sequence[Outcome], has_incidents: bool) -> list[str]:
    if not has_incidents:
        return []
    paged = precision(outcomes)
    return [str(paged.of - paged.count), share(paged), share(recall(outcomes))]


def _print_notices(trial: Trial, console: Console) -> None:
    rows = [(outcome, notice) for outcome in trial.outcomes for notice in outcome.notices]
    if not rows:
        known = [outcome for outcome in trial.outcomes if outcome.is_known]
        console.print(f"No policy would have sent anything{' where it is known' * (len(known) < len(trial.outcomes))}.")
        return
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("Policy", "Objective", "Severity", "From", "To"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("From", "To"))
    for heading in ("Lasted", "Budget gone", "Detected", "Reset"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("Alerts", overflow="fold")
    if trial.incidents is not None:
        table.add_column("Incident", overflow="fold")
    for outcome, notice in rows[:_MOST_NOTICES]:
        table.add_row(*_notice_cells(outcome, notice))
    console.print(table)
    if len(rows) > _MOST_NOTICES:
        console.print(f"... and {len(rows) - _MOST_NOTICES} more; --json FILE or --html FILE has all of them.")


def _notice_cells(outcome: Outcome, notice: Notice) -> list[str | Text]:
    cells: list[str | Text] = [
        Text(outcome.policy),
        Text(outcome.objective.name),
        Text(notice.severity.value, style=_STYLES[notice.severity]),
        _time(notice.start),
        "still firing" if notice.end is None else _time(notice.end),
        span(outcome.minutes(notice)),
        percent(notice.budget_gone),
        span(notice.detection_minutes),
        span(notice.reset_minutes),
        Text(", ".join(notice.alerts)),
    ]
    if outcome.incidents is not None:
        cells.append(Text(", ".join(one.title for one in notice.incidents) or "none"))
    return cells


def span(minutes: float | None) -> str:
    """A time span in at most two units: 43 min, 3 h 12 min, 2 d 4 h."""
    if minutes is None:
        return _UNKNOWN
    if minutes < 60:
        return f"{minutes:g} min"
    whole = round(minutes)
    days, rest = divmod(whole, 1440)
    hours, left = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h")] if days else [(hours, "h"), (left, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def percent(value: float | None) -> str:
    """A share of a budget."""
    return _UNKNOWN if value is None else f"{value * 100:.1f} %"


def share(told: Share) -> str:
    """2/3 (67 %); undefined of none."""
    return "undefined (0/0)" if told.value is None else f"{told.count}/{told.of} ({told.value * 100:.0f} %)"


def _time(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%d %H:%M}"
