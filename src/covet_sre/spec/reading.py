"""Files and folders -> one Declaration, or all findings at once."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from covet_sre.budget.declaration import Declaration
from covet_sre.catalog.service import Service
from covet_sre.errors import InvalidFiles, Location
from covet_sre.spec import openslo
from covet_sre.spec.alerts import AlertReader
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.findings import Findings
from covet_sre.spec.indicators import IndicatorReader
from covet_sre.spec.library import Library
from covet_sre.spec.objectives import ObjectiveReader
from covet_sre.spec.policies import policies
from covet_sre.spec.sources import sources
from covet_sre.spec.yaml_documents import MAX_FILE_BYTES, read_yaml

SUFFIXES = (".yaml", ".yml")


def read_paths(paths: Sequence[Path]) -> Declaration:
    """Read files, and folders with everything below them that ends in .yaml or .yml.

    Hidden files and folders are left out. Raises InvalidFiles with every finding, worst first, when one is an error.
    """
    findings = Findings()
    texts: dict[str, str] = {}
    seen: set[Path] = set()
    is_whole = True
    for path in _files(paths, findings):
        try:
            real = path.resolve()
        except (OSError, RuntimeError):
            real = path
        if real in seen:
            continue
        seen.add(real)
        text = _text(path, findings)
        if text is None:
            is_whole = False
        else:
            texts[str(path)] = text
    return _read(texts, findings, is_whole=is_whole and not findings.has_errors)


def read_documents(texts: Mapping[str, str]) -> Declaration:
    """Read texts by file name, as read_paths does with files. Raises InvalidFiles likewise."""
    return _read(texts, Findings(), is_whole=True)


def _read(texts: Mapping[str, str], findings: Findings, *, is_whole: bool) -> Declaration:
    library = Library(findings, is_whole)
    documents = [document for file, text in texts.items() for document in read_yaml(text, file, findings)]
    library.is_whole = is_whole and not findings.has_errors
    for document in documents:
        library.add(document)
    if texts and not documents and not findings.has_errors:
        remedy = "write at least a Service, a DataSource and an SLO, or name another path"
        findings.file_error(Location(next(iter(texts))), "file-empty", "no documents were found", remedy)
    services = tuple(_services(library))
    by_name = sources(library)
    indicators = IndicatorReader(by_name, findings)
    alerts = AlertReader(library, indicators)
    objectives = ObjectiveReader(library, indicators, alerts, by_name).objectives()
    alert_policies = alerts.policies()
    budget_policies = policies(library)
    for entry, target in library.all_of(openslo.AlertNotificationTarget):
        kind = "AlertNotificationTarget"
        read_annotations(kind, target.metadata.annotations, entry.spot / "metadata", findings)
    if findings.has_errors:
        raise InvalidFiles(findings.worst_first())
    return Declaration(
        services=services,
        sources=tuple(source for source in by_name.values() if source),
        objectives=tuple(objectives),
        policies=tuple(budget_policies),
        alert_policies=tuple(alert_policies.items()),
        warnings=findings.worst_first(),
    )


def _services(library: Library) -> Iterator[Service]:
    for entry, model in library.all_of(openslo.Service):
        read_annotations("Service", model.metadata.annotations, entry.spot / "metadata", library.findings)
        metadata = model.metadata
        yield Service(
            entry.name, metadata.display_name or entry.name, model.spec.description or "", entry.spot.location
        )


def _files(paths: Sequence[Path], findings: Findings) -> Iterator[Path]:
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
            findings.file_error(Location(str(path)), "file-missing", "there is no such file", "check the path")


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(SUFFIXES) and not name.startswith("."):
                yield Path(parent) / name


def _text(path: Path, findings: Findings) -> str | None:
    location = Location(str(path))
    try:
        # A device or a pipe would never end.
        if not path.is_file():
            findings.file_error(location, "file-unreadable", "is no regular file", "name files and folders")
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


def file_text(path: Path, findings: Findings) -> str | None:
    """The text of a file that somebody named; None, with a finding, where there is none that can be read."""
    if path.exists():
        return _text(path, findings)
    findings.file_error(Location(str(path)), "file-missing", "there is no such file", "check the path")
    return None
