"""One reading of everything, without a server."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from covet_sre.api.answers import slo_item
from covet_sre.app.clocks import wall_clock
from covet_sre.app.files import read_files
from covet_sre.app.sources import Sources
from covet_sre.catalog.source import SourceKind
from covet_sre.engine.answers import Answers
from covet_sre.engine.engine import Engine
from covet_sre.integrations.scrape import WallPacer
from covet_sre.store.memory import MemoryStore


def measure_once(
    paths: Sequence[Path], prometheus: str | None, progress: Callable[[int, int], None]
) -> list[dict[str, Any]]:
    """Read files, and all the history that their windows need, into memory; the items that the API would give.

    `prometheus` takes the place of every source. Raises InvalidFiles and SourceError.
    """
    declaration = read_files(paths)
    if prometheus is not None:
        sources = (replace(s, kind=SourceKind.PROMETHEUS, addresses=(prometheus,)) for s in declaration.sources)
        declaration = replace(declaration, sources=tuple(sources))
    store = MemoryStore()
    answers = Answers(store, wall_clock)
    connections = Sources(wall_clock, 1.0)
    engine = Engine(store, connections.connect, wall_clock, WallPacer(), answers.publish)
    answers.attach(engine)
    engine.declare(declaration)
    try:
        engine.turn()
        for state in engine.source_states().values():
            if state.error is not None:
                raise state.error
        engine.fill_in_everything(progress)
        return [slo_item(status).model_dump(mode="json") for status in answers.statuses()]
    finally:
        connections.close()
