"""The runs that the programme is made of."""

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from tests.chaos.faults import Trouble
from tests.chaos.figures import Figures, figures_of
from tests.chaos.installation import Installation, Setting
from tests.chaos.killing import kill_under_load
from tests.servers.postgresql import PostgresqlCluster


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """A temporary one, or one that is kept to be looked at."""
    if kept is not None:
        kept.mkdir(parents=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="covet-sre-chaos-") as folder:
        yield Path(folder)


def on_sqlite(
    kills: int, seed: int, kept: Path | None = None, *, most_seconds: float = 0.6, cold_every: int = 10
) -> Figures:
    """One server on a file, killed so many times."""

    def trouble(installation: Installation) -> None:
        kill_under_load(installation, kills, most_seconds, cold_every)

    with _folder(kept) as folder:
        return _run("SQLite, one server", folder, f"sqlite:///{folder / 'ledger.db'}", Setting(seed), trouble)


def on_postgresql(kills: int, seed: int, kept: Path | None = None) -> Figures:
    """Two servers on one database: killed, one or both; the database restarted; one paused past its lease."""
    cluster = PostgresqlCluster()
    try:
        with _folder(kept) as folder:

            def trouble(installation: Installation) -> None:
                Trouble(installation, cluster).go_on(kills)

            return _run("PostgreSQL, two servers", folder, cluster.new_database(), Setting(seed, servers=2), trouble)
    finally:
        cluster.remove()


def _run(name: str, folder: Path, url: str, setting: Setting, trouble: Callable[[Installation], None]) -> Figures:
    began = time.monotonic()
    with Installation(folder, url, setting) as installation:
        installation.start()
        trouble(installation)
        unsettled = installation.settle()
        history = installation.history()
        log = installation.log
    (folder / "wires.json").write_text(json.dumps([asdict(wire) for wire in history.wires]))
    (folder / "faults.json").write_text(json.dumps([asdict(fault) for fault in history.faults]))
    figures = figures_of(name, setting.seed, time.monotonic() - began, history)
    figures.violations += unsettled
    if "Traceback" in log:
        figures.violations.append(f"the log has a traceback: ...{log[log.index('Traceback') :][:2000]}")
    return figures
