"""Measuring once, without a server: files and a Prometheus in, the same items out that the API gives."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from covet_sre.app import measure_once, start_logging


def measured_items(paths: Sequence[Path], prometheus: str | None) -> list[dict[str, Any]]:
    """Read the whole history that the windows need, then judge. Raises InvalidFiles, SourceError."""
    from rich.console import Console
    from rich.progress import Progress

    # A source that fails is told once, by the error that ends the command.
    start_logging(logging.ERROR)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading history", total=None)
        return measure_once(paths, prometheus, lambda done, total: progress.update(task, completed=done, total=total))
