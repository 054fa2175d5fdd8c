"""Files and folders -> one Declaration, or all findings at once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from covet_sre.errors import InvalidFiles, Location
from covet_sre.flows.declaration import Declaration
from covet_sre.spec import openslo
from covet_sre.spec.alerts import AlertReader
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.files import files_below, text_of
from covet_sre.spec.findings import Document, Findings
from covet_sre.spec.indicators import IndicatorReader
from covet_sre.spec.library import Library
from covet_sre.spec.objectives import ObjectiveReader
from covet_sre.spec.plain_documents import PlainReader
from covet_sre.spec.policies import policies
from covet_sre.spec.rules import rules
from covet_sre.spec.services import services
from covet_sre.spec.sources import sources
from covet_sre.spec.yaml_documents import read_yaml


def read_paths(paths: Sequence[Path]) -> Declaration:
    """Read files, and folders with everything below them that ends in .yaml or .yml.

    Hidden files and folders are left out. Raises InvalidFiles with every finding, worst first, when one is an error.
    """
    findings = Findings()
    return _read(_texts(paths, findings), findings)


def read_documents(texts: Mapping[str, str]) -> Declaration:
    """Read texts by file name, as read_paths does with files. Raises InvalidFiles likewise."""
    return _read(texts.items(), Findings())


def _texts(paths: Sequence[Path], findings: Findings) -> Iterator[tuple[str, str]]:
    """Each file's name and text, one after the other: all texts at once would be most of what a reading holds."""
    seen: set[Path] = set()
    for path in files_below(paths, findings):
        try:
            real = path.resolve()
        except (OSError, RuntimeError):
            real = path
        if real in seen:
            continue
        seen.add(real)
        text = text_of(path, findings)
        if text is not None:
            yield str(path), text


def _documents(texts: Iterable[tuple[str, str]], findings: Findings) -> list[Document]:
    plain = PlainReader()
    documents: list[Document] = []
    first: str | None = None
    for file, text in texts:
        first = file if first is None else first
        found = plain.documents(text, file)
        documents.extend(read_yaml(text, file, findings) if found is None else found)
    if first is not None and not documents and not findings.has_errors:
        remedy = "write at least a Service, a DataSource and an SLO, or name another path"
        findings.file_error(Location(first), "file-empty", "no documents were found", remedy)
    return documents


def _read(texts: Iterable[tuple[str, str]], findings: Findings) -> Declaration:
    documents = _documents(texts, findings)
    # Every file that could not be read to its end has an error by now.
    library = Library(findings, is_whole=not findings.has_errors)
    # SLOs refer to all other kinds, and there are many of them: each is read at once when it has been added.
    slos = [document for document in documents if document.kind == openslo.SLO.__name__]
    for document in documents:
        if document.kind != openslo.SLO.__name__:
            library.add(document)
    written = services(library)
    by_name = sources(library)
    indicators = IndicatorReader(by_name, findings)
    alerts = AlertReader(library, indicators)
    objectives = ObjectiveReader(library, indicators, alerts, by_name).objectives(slos)
    alert_policies = alerts.policies()
    budget_policies = policies(library)
    for entry, target in library.all_of(openslo.AlertNotificationTarget):
        kind = "AlertNotificationTarget"
        read_annotations(kind, target.metadata.annotations, entry.spot / "metadata", findings)
    alert_rules = rules(library, written, objectives)
    if findings.has_errors:
        raise InvalidFiles(findings.worst_first())
    return Declaration(
        services=tuple(one.service for one in written),
        sources=tuple(source for source in by_name.values() if source),
        objectives=tuple(objectives),
        policies=tuple(budget_policies),
        alert_policies=tuple(alert_policies.items()),
        warnings=findings.worst_first(),
        rules=alert_rules,
    )
