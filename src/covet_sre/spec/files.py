"""Which files a path names, and their text: what cannot be read is a finding."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from covet_sre.errors import Location
from covet_sre.spec.findings import Findings
from covet_sre.spec.yaml_documents import MAX_FILE_BYTES

SUFFIXES = (".yaml", ".yml")


def files_below(paths: Sequence[Path], findings: Findings) -> Iterator[Path]:
    """Files, and of folders everything below them that ends in .yaml or .yml; hidden ones are left out.

    A path that leads to nothing is a finding.
    """
    for path in paths:
        if path.is_dir():
            files = sorted(_below(path))
            if not files:
                problem = f"the folder has no files that end in {' or '.join(SUFFIXES)}"
                findings.file_error(Location(str(path)), "file-missing", problem, "name the folder that has them")
            yield from files
        elif path.exists():
            yield path
        else:
            _report_no_file(path, findings)


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                yield Path(parent) / name


def text_of(path: Path, findings: Findings) -> str | None:
    """The text of a file; None, with a finding, where there is none that can be read."""
    location = Location(str(path))
    try:
        # A device or a pipe would never end.
        if not path.is_file():
            _report_no_file(path, findings)
            return None
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        problem = error.strerror or str(error)
        findings.file_error(location, "file-unreadable", f"cannot be read: {problem}", "check its permissions")
        return None
    if len(content) > MAX_FILE_BYTES:
        problem = f"is larger than {MAX_FILE_BYTES >> 20} MiB"
        findings.file_error(location, "yaml-limit", problem, "split it into several files")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        here = Location(str(path), line, column)
        findings.file_error(here, "yaml-characters", "is no UTF-8 text", "save the file as UTF-8")
        return None


def _report_no_file(path: Path, findings: Findings) -> None:
    if path.exists():
        findings.file_error(Location(str(path)), "file-unreadable", "is no regular file", "name files and folders")
    else:
        findings.file_error(Location(str(path)), "file-missing", "there is no such file", "check the path")
