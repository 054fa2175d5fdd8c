"""Noticing that reliability files have changed."""

from collections.abc import Sequence
from pathlib import Path


def fingerprint(paths: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """Changes when a reliability file is added, removed or written."""
    files = [file for path in paths for file in (sorted(path.rglob("*.y*ml")) if path.is_dir() else [path])]
    marks: list[tuple[str, int, int]] = []
    for file in files:
        try:
            status = file.stat()
        except OSError:
            continue
        marks.append((str(file), status.st_mtime_ns, status.st_size))
    return tuple(marks)
