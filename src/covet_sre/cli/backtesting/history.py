"""History read from metric sources through the engine, so that a backtest counts exactly as the server does."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import click

from covet_sre.app import Sources, wall_clock
from covet_sre.budget.backtest import Record
from covet_sre.catalog.source import SourceKind
from covet_sre.cli.backtesting.span import Span
from covet_sre.engine.engine import Connect, Engine
from covet_sre.engine.plan import metrics_by_source, wanted_streams
from covet_sre.engine.reader import PROCESS_START
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.address import Address
from covet_sre.integrations.openmetrics_file import OpenMetricsFile
from covet_sre.integrations.scrape import WallPacer
from covet_sre.slo.indicator import CounterRatio
from covet_sre.slo.minute_table import MinuteTable
from covet_sre.slo.minutes import CHUNK_MINUTES
from covet_sre.store.memory import MemoryStore

Progress = Callable[[int, int], None]
"""So much of so much is done."""


def from_sources(
    declaration: Declaration, prometheus: str | None, span: Span, lead_in: int, progress: Progress
) -> Record:
    """From the sources that the files name, or all from one `prometheus`.

    Raises UsageError for sources that keep no history, SourceError when one does not answer.
    """
    if prometheus is not None:
        try:
            Address.parse(prometheus)
        except ValueError as error:
            raise click.UsageError(f"--prometheus: {error}") from error
        declaration = _all_from(declaration, prometheus)
    scraped = [source.name for source in declaration.sources if source.kind is SourceKind.SCRAPE]
    if scraped:
        raise click.UsageError(
            f"the source {scraped[0]!r} is scraped directly and keeps no history: "
            "name one that does with --prometheus URL, --openmetrics FILE, or --ledger for a running server's"
        )
    connections = Sources(wall_clock, 1.0)
    try:
        return read_history(declaration, connections.connect, span, lead_in, progress)
    finally:
        connections.close()


def open_file(declaration: Declaration, path: Path, progress: Progress) -> OpenMetricsFile:
    """The metrics of the declaration out of an OpenMetrics file. Raises InvalidFiles."""
    wanted = {name for names in metrics_by_source(declaration).values() for name in names}
    return OpenMetricsFile(path, {*wanted, PROCESS_START}, progress)


def from_file(declaration: Declaration, file: OpenMetricsFile, span: Span, lead_in: int, progress: Progress) -> Record:
    """From a file that takes the place of every source. Raises InvalidFiles, SourceError."""
    declaration = _all_from(declaration, "http://the-file")
    return read_history(
        declaration, lambda one: dict.fromkeys((s.name for s in one.sources), file), span, lead_in, progress
    )


def answered_by_a_file(declaration: Declaration) -> tuple[Declaration, list[str]]:
    """The declaration without the objectives that need PromQL, and the names of those."""
    left_out = [
        objective.name
        for objective in declaration.objectives
        if any(not isinstance(stream.indicator, CounterRatio) for stream in wanted_streams([objective]).values())
    ]
    kept = tuple(objective for objective in declaration.objectives if objective.name not in left_out)
    return replace(declaration, objectives=kept), left_out


def read_history(declaration: Declaration, connect: Connect, span: Span, lead_in: int, progress: Progress) -> Record:
    """Everything that happened from `lead_in` minutes before the span to its end. Raises SourceError.

    The engine stands at the span's end, whatever the wall's clock says.
    """
    store = MemoryStore()
    # The last minute is read as any minute is; that shows the rhythm of the scrapes to the reading of all the rest.
    clock = _Stopped((span.end - 1) * 60.0)
    engine = Engine(store, connect, clock, WallPacer(), lambda _present: None)
    engine.declare(declaration)
    engine.turn()
    clock.seconds = span.end * 60.0
    engine.turn()
    for state in engine.source_states().values():
        if state.error is not None:
            raise state.error
    first = span.start - lead_in
    engine.fill_in_everything(progress, span.end - first)
    rows = store.stream_ids(list(wanted_streams(declaration.objectives)))
    streams = max(rows.values(), default=-1) + 1
    chunks = (store.chunk(number, streams) for number in range(first // CHUNK_MINUTES, -(-span.end // CHUNK_MINUTES)))
    return Record(MinuteTable.of_chunks(first, span.end, streams, chunks, store.gaps(first)), rows, span.start)


def _all_from(declaration: Declaration, address: str) -> Declaration:
    sources = (replace(s, kind=SourceKind.PROMETHEUS, addresses=(address,)) for s in declaration.sources)
    return replace(declaration, sources=tuple(sources))


class _Stopped:
    """A clock that stands where it is put."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds
