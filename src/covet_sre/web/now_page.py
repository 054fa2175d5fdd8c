"""Now: what needs attention, most urgent first, and a calm sentence when nothing does."""

from collections.abc import Sequence
from dataclasses import dataclass

from covet_sre.budget.status import ObjectiveStatus, State
from covet_sre.errors import Level
from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Demo, Fault, Problem, Reliability, SourceHealth
from covet_sre.flows.verdicts import UNMEASURED, URGENCY
from covet_sre.web import words
from covet_sre.web.charts.sparkline import POINTS
from covet_sre.web.incidents.now_section import NowIncidents, now_incidents
from covet_sre.web.objective_row import ObjectiveRow, StateBadge, budget_order, objective_row, state_badge
from covet_sre.web.shell import Shell, shell
from covet_sre.web.transitions import TransitionRow, transition_row

_CARDS = 12
_WORST = 6
_RECENT = 8


@dataclass(frozen=True, slots=True)
class StateCount:
    badge: StateBadge
    number: int
    address: str


@dataclass(frozen=True, slots=True)
class SourceRow:
    """`tone` is ok, warning (answers, with complaints) or critical (silent)."""

    name: str
    kind: str
    addresses: str
    tone: str
    said: str
    trouble: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ProblemRow:
    tone: str
    title: str
    detail: str
    remedy: str
    findings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NowPage:
    shell: Shell
    headline: str
    tone: str
    summary: str
    counts: tuple[StateCount, ...]
    attention: tuple[ObjectiveRow, ...]
    more_attention: int
    worst: tuple[ObjectiveRow, ...]
    total: int
    sources: tuple[SourceRow, ...]
    problems: tuple[ProblemRow, ...]
    transitions: tuple[TransitionRow, ...]
    faults: tuple[Fault, ...]
    incidents: NowIncidents | None


def now_page(reliability: Reliability, demo: Demo | None, incidents: Incidents | None = None) -> NowPage:
    frame = shell(reliability, "Now", "now")
    of_incidents = None if incidents is None else now_incidents(incidents)
    statuses = reliability.statuses()
    troubled = sorted(
        (status for status in statuses if status.state is not State.OK),
        key=lambda status: (URGENCY[status.state], budget_order(status)),
    )
    sources, problems = reliability.sources(), reliability.problems()
    headline, tone = _headline(statuses, troubled, sources, problems)
    if of_incidents is not None and of_incidents.headline:
        headline, tone = of_incidents.headline, of_incidents.tone
    sparks = reliability.sparklines(POINTS)
    worst = sorted(statuses, key=budget_order)[:_WORST]
    return NowPage(
        shell=frame,
        headline=headline,
        tone=tone,
        summary=_summary(statuses),
        counts=_counts(statuses),
        attention=tuple(objective_row(status) for status in troubled[:_CARDS]),
        more_attention=max(len(troubled) - _CARDS, 0),
        worst=tuple(objective_row(status, sparks.get(status.objective.name, ())) for status in worst),
        total=len(statuses),
        sources=tuple(_source_row(source, reliability.now_minute()) for source in sources),
        problems=tuple(_problem_row(problem) for problem in problems),
        transitions=tuple(transition_row(each) for each in reliability.alert_history(None, _RECENT)),
        faults=() if demo is None else tuple(demo.faults()),
        incidents=of_incidents,
    )


def _headline(
    statuses: Sequence[ObjectiveStatus],
    troubled: Sequence[ObjectiveStatus],
    sources: Sequence[SourceHealth],
    problems: Sequence[Problem],
) -> tuple[str, str]:
    """The answer to "is anything wrong?" in one sentence. Unknown is never calm."""
    if not statuses:
        return "No objectives are declared yet", "unknown"
    paging = sum(status.state is State.CRITICAL for status in troubled)
    if paging:
        return f"{words.number_of(paging, 'objective')} {'is' if paging == 1 else 'are'} critical", "critical"
    if any(problem.level is Level.ERROR for problem in problems):
        return "This installation has a problem", "warning"
    blind = sum(status.state in UNMEASURED for status in troubled)
    if blind or any(source.silent_minutes for source in sources):
        return f"{words.number_of(blind, 'objective')} cannot be measured" if blind else "A source is silent", "warning"
    if troubled:
        number = len(troubled)
        return f"{words.number_of(number, 'objective')} {'needs' if number == 1 else 'need'} a look", "warning"
    return "Every objective is within its budget", "ok"


def _summary(statuses: Sequence[ObjectiveStatus]) -> str:
    if not statuses:
        return "Add an SLO to the reliability files that this server was started with; it appears here within a minute."
    firing = sum(len(status.firing) for status in statuses)
    services = len({status.objective.service for status in statuses})
    return (
        f"{words.number_of(len(statuses), 'objective')} of {words.number_of(services, 'service')}; "
        f"{words.number_of(firing, 'alert') if firing else 'no alert'} firing."
    )


def _counts(statuses: Sequence[ObjectiveStatus]) -> tuple[StateCount, ...]:
    counted = [(state, sum(status.state is state for status in statuses)) for state in State]
    counted.sort(key=lambda pair: URGENCY[pair[0]])
    return tuple(
        StateCount(state_badge(state), number, f"/slos?state={state.value}") for state, number in counted if number
    )


def _source_row(source: SourceHealth, now_minute: int) -> SourceRow:
    if source.last_success_minute is None:
        said = "has never answered"
    else:
        said = f"answered {words.ago(source.last_success_minute, now_minute)}"
    silent = source.silent_minutes > 0 or source.last_success_minute is None
    trouble = source.last_error or "; ".join(source.warnings)
    tone = "critical" if silent else "warning" if trouble else "ok"
    return SourceRow(source.name, source.kind, ", ".join(source.addresses), tone, said, trouble, source.remedy)


def _problem_row(problem: Problem) -> ProblemRow:
    return ProblemRow(
        "critical" if problem.level is Level.ERROR else "warning",
        problem.title,
        problem.detail,
        problem.remedy,
        tuple(str(finding) for finding in problem.findings),
    )
