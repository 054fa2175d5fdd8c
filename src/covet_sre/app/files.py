"""Reliability files, read with the collector at rest."""

from collections.abc import Sequence
from pathlib import Path

from covet_sre.engine.collector import collector_resting
from covet_sre.flows.declaration import Declaration
from covet_sre.spec import read_paths


@collector_resting()
def read_files(paths: Sequence[Path]) -> Declaration:
    """Read reliability files: a hundred thousand objects, all of them to be kept. Raises InvalidFiles."""
    return read_paths(paths)
