"""The status page out of a database that no server has open: what the public can still be shown when we are down."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from covet_sre.app.clocks import wall_clock
from covet_sre.app.files import read_files
from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.engine.status_standing import Standings
from covet_sre.errors import NotFound, SourceUnreachable
from covet_sre.flows.declaration import Declaration
from covet_sre.integrations.scrape import WallPacer
from covet_sre.ports import CounterAnswer, CounterQuery, MetricSource
from covet_sre.store import open_store
from covet_sre.web.status.site import Site, render_site


class _Unasked:
    """A source that is declared, and that nobody asks now."""

    def read(self, query: CounterQuery, start_seconds: float, end_seconds: float) -> CounterAnswer:  # noqa: ARG002
        raise SourceUnreachable("no source is asked offline")

    def evaluate(
        self, expression: str, start_minute: int, end_minute: int
    ) -> Sequence[tuple[Mapping[str, str], Mapping[int, float]]]:
        raise SourceUnreachable(f"no source is asked offline: {expression}, {start_minute} to {end_minute}")

    def process_starts(self, at_seconds: float) -> Mapping[tuple[str, str], float]:  # noqa: ARG002
        return {}

    def remarks(self) -> Sequence[str]:
        return ()

    def close(self) -> None: ...


def _unasked(declaration: Declaration) -> Mapping[str, MetricSource]:
    return {one.name: _Unasked() for one in declaration.sources}


def offline_site(paths: Sequence[Path], database_url: str) -> Site:
    """Every file of the page, by what the ledger and the records know. No source is asked.

    Raises InvalidFiles, NotFound where there is no page or no database, and StoreBusy where a server has it open.
    """
    declaration = read_files(paths)
    file = database_url.removeprefix("sqlite:///")
    if database_url.startswith("sqlite") and not Path(file).exists():
        raise NotFound(f"there is no database {file}", remedy="name it with --database-url, or ask a server: --server")
    store = open_store(database_url)
    try:
        answers = Answers(store, wall_clock)
        engine = Engine(store, _unasked, wall_clock, WallPacer(), answers.publish)
        answers.attach(engine)
        answers.declare(declaration)
        engine.look(declaration)
        return render_site(Standings(answers, store, wall_clock).standing())
    finally:
        store.close()
