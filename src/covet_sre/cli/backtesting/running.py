"""One run of the command: read the files, read the history, replay it, propose."""

import logging
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from covet_sre.app import start_logging, wall_clock
from covet_sre.budget.backtest import Record, backtest, lead_in_minutes
from covet_sre.budget.incident import Incident
from covet_sre.budget.suggesting import Proposal, propose
from covet_sre.cli.backtesting.history import answered_by_a_file, from_file, from_sources, open_file
from covet_sre.cli.backtesting.policies import budget_minutes, chosen_policies, with_all_alerts
from covet_sre.cli.backtesting.served import from_server
from covet_sre.cli.backtesting.span import Span, span_of
from covet_sre.cli.client import Client
from covet_sre.engine.collector import collector_resting
from covet_sre.errors import Refused
from covet_sre.flows.backtesting import Trial
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.address import without_credentials
from covet_sre.integrations.openmetrics_file import OpenMetricsFile
from covet_sre.spec import read_paths
from covet_sre.spec.findings import did_you_mean, listed
from covet_sre.spec.incidents import read_incidents
from covet_sre.units import format_minutes

_DEFAULT_FROM = "30d"

# A history that begins so little after a budget's window changes no share that is told with one decimal.
_LATE_MINUTES = 60

Step = Callable[[str], Callable[[int, int], None]]
"""Begins a bar of the progress with its title; what it gives is told how much of how much is done."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. `client` asks a running server; `most_pages` None asks for no proposals."""

    paths: tuple[Path, ...]
    prometheus: str | None
    client: Client | None
    openmetrics: Path | None
    start: str | None
    end: str | None
    policies: tuple[str, ...]
    objectives: tuple[str, ...]
    incidents: Path | None
    most_pages: float | None


def run(asked: Asked) -> Trial:
    """Raises InvalidFiles, SourceError, Refused, UsageError."""
    # A source that fails is told once, by the error that ends the command.
    start_logging(logging.ERROR)
    with collector_resting():
        declaration = _only(read_paths(asked.paths), asked.objectives)
    incidents = None
    if asked.incidents is not None:
        incidents = read_incidents(asked.incidents, (service.name for service in declaration.services))
    with _bars() as step:
        if asked.openmetrics is None:
            return _Run(asked, declaration, incidents, step).over(
                span_of(asked.start or _DEFAULT_FROM, asked.end, _now())
            )
        declaration, left_out = answered_by_a_file(declaration)
        remarks = [f"{listed(left_out)} left out: a file answers no PromQL."] if left_out else []
        # Alerts of a policy may watch other metrics than the objectives do.
        readable = with_all_alerts(declaration, chosen_policies(asked.policies, declaration))
        file = open_file(readable, asked.openmetrics, step("Reading the file"))
        run = _Run(asked, declaration, incidents, step, file, remarks)
        return run.over(_span_of_file(asked, file))


def _only(declaration: Declaration, names: Sequence[str]) -> Declaration:
    """The declaration with these objectives alone, all without names. Raises UsageError for an unknown one."""
    known = {objective.name for objective in declaration.objectives}
    for name in names:
        if name not in known:
            raise click.UsageError(f"--objective {name!r} is unknown: {did_you_mean(name, known)}")
    if not known:
        raise click.UsageError("the files declare no objectives: there is nothing to replay")
    if not names:
        return declaration
    return replace(declaration, objectives=tuple(o for o in declaration.objectives if o.name in names))


def _span_of_file(asked: Asked, file: OpenMetricsFile) -> Span:
    """Without --from or --to, what the file holds."""
    held = file.span_seconds()
    if held is None:
        raise click.UsageError(f"{asked.openmetrics} holds no sample of a metric that the objectives count")
    end = int(held[1] // 60) + 1
    start = asked.start or f"{max(end - int(held[0] // 60), 1)}m"
    return span_of(start, asked.end, end, "the last sample of the file")


class _Run:
    """The steps that share what was asked."""

    def __init__(
        self,
        asked: Asked,
        declaration: Declaration,
        incidents: tuple[Incident, ...] | None,
        step: Step,
        file: OpenMetricsFile | None = None,
        remarks: Sequence[str] = (),
    ) -> None:
        self._asked, self._declaration, self._incidents, self._step = asked, declaration, incidents, step
        self._file = file
        self._remarks = list(remarks)

    def over(self, span: Span) -> Trial:
        declaration = self._declaration
        policies = chosen_policies(self._asked.policies, declaration)
        wanted = lead_in_minutes(declaration.objectives, policies, span.start)
        lead_in = span.lead_in(wanted)
        if lead_in < wanted:
            self._remarks.append(
                f"The longest window reaches {format_minutes(wanted)} back, and only {format_minutes(lead_in)} before "
                "--from can be had: long windows and budgets begin with less."
            )
        record = self._read(with_all_alerts(declaration, policies), span, lead_in)
        self._remark_on(record, span)
        outcomes = backtest(
            declaration.objectives, policies, record, self._incidents, _of(self._step("Replaying"), len(record.rows))
        )
        return Trial(
            record=record,
            source=self._source(),
            policies=tuple(policies),
            outcomes=tuple(outcomes),
            incidents=self._incidents,
            proposals=self._proposals(record),
            remarks=tuple(self._remarks),
        )

    def _read(self, declaration: Declaration, span: Span, lead_in: int) -> Record:
        progress = self._step("Reading history")
        if self._file is not None:
            return from_file(declaration, self._file, span, lead_in, progress)
        if self._asked.client is None:
            return from_sources(declaration, self._asked.prometheus, span, lead_in, progress)
        record, unknown = from_server(declaration, self._asked.client, span, lead_in, progress)
        if unknown:
            self._remarks.append(f"The server does not measure {listed(unknown)}: nothing is told of these.")
        return record

    def _remark_on(self, record: Record, span: Span) -> None:
        whole = span.end - span.start
        unknown = [one.name for one in self._declaration.objectives if not record.measured(one)]
        if len(unknown) == len(self._declaration.objectives):
            raise Refused(
                "nothing of these objectives was measured in this time",
                remedy="check --from and --to, and the metrics with covet-sre validate --prometheus URL",
            )
        if unknown:
            self._remarks.append(f"Not measured at all, so that all about it is unknown: {listed(unknown)}.")
        for objective in self._declaration.objectives:
            missing = 0 if objective.name in unknown else whole - round(record.measured(objective) * whole)
            if missing:
                self._remarks.append(
                    f"{objective.name}: {missing:,} of {whole:,} minutes were not measured; "
                    "they neither fire nor end an alert."
                )
            begins = record.measured_from(objective)
            window = objective.budget_window.start(span.start)
            if begins is not None and begins - window > _LATE_MINUTES:
                self._remarks.append(
                    f"{objective.name}: the history begins at {_time(begins)} UTC, and the budget reaches back to "
                    f"{_time(window)}: of fewer events, the same errors are a larger share of the budget."
                )
        if any(one.overlaps(span.start, span.end) for one in self._incidents or ()) or self._incidents is None:
            return
        self._remarks.append("None of the known incidents lies in this time: precision and recall say nothing here.")

    def _proposals(self, record: Record) -> tuple[Proposal, ...]:
        most_pages = self._asked.most_pages
        if most_pages is None:
            return ()
        objectives = self._declaration.objectives
        told = self._step("Trying thresholds")
        proposals: list[Proposal] = []
        for done, objective in enumerate(objectives, start=1):
            proposals.append(propose(objective, budget_minutes(objective), record, self._incidents, most_pages))
            told(done, len(objectives))
        return tuple(proposals)

    def _source(self) -> str:
        if self._asked.openmetrics is not None:
            return str(self._asked.openmetrics)
        if self._asked.client is not None:
            return f"the ledger of {self._asked.client.server}"
        if self._asked.prometheus is not None:
            return without_credentials(self._asked.prometheus)
        return listed([source.name for source in self._declaration.sources])


@contextmanager
def _bars() -> Generator[Step]:
    """Bars on stderr, gone when all is done: one for each step."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        def step(title: str) -> Callable[[int, int], None]:
            task = progress.add_task(title, total=None)
            return lambda done, whole: progress.update(task, completed=done, total=whole)

        yield step


def _of(progress: Callable[[int, int], None], whole: int) -> Callable[[int], None]:
    return lambda done: progress(done, whole)


def _time(minute: int) -> str:
    return f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%d %H:%M}"


def _now() -> int:
    return int(wall_clock() // 60)
