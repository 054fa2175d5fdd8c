"""A file of known incidents: a YAML or JSON list of when each was, and what it was."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from covet_sre.budget.incident import Incident
from covet_sre.errors import InvalidFiles
from covet_sre.spec.files import text_of
from covet_sre.spec.findings import Document, Findings, Spot, did_you_mean, shown
from covet_sre.spec.yaml_documents import read_yaml

_FIELDS = ("start", "end", "title", "service")
_TIME_REMEDY = "write a time such as 2026-11-23T08:00Z; without an offset it is UTC"


def read_incidents(path: Path, services: Iterable[str] = ()) -> tuple[Incident, ...]:
    """Incidents by their start. A service that is named must be one of `services`.

    Raises InvalidFiles with every finding when the file cannot be read as it is.
    """
    findings = Findings()
    text = text_of(path, findings)
    documents = [] if text is None else read_yaml(text, str(path), findings)
    known = frozenset(services)
    found = [_incident(document, known, findings) for document in documents]
    if findings.has_errors:
        raise InvalidFiles(findings.worst_first())
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.start, one.end)))


def _incident(document: Document, services: frozenset[str], findings: Findings) -> Incident | None:
    spot = Spot(document)
    if not isinstance(document.value, dict):
        problem = f"an incident is {shown(document.value)}"
        findings.error(spot, "type-wrong", problem, "write a list of mappings with start, end and title")
        return None
    fields = cast("dict[str, object]", document.value)
    for name in fields:
        if name not in _FIELDS:
            findings.error(spot / name, "field-unknown", "unknown field", did_you_mean(str(name), _FIELDS))
    start, end = _minute(fields, "start", spot, findings), _minute(fields, "end", spot, findings)
    title, service = _text(fields, "title", spot, findings), _text(fields, "service", spot, findings)
    if title is None:
        findings.error(spot, "field-missing", "title is missing", "say in a few words what it was")
    if service is not None and service not in services:
        findings.error(
            spot / "service",
            "reference-unknown",
            f"there is no Service {shown(service)}",
            did_you_mean(service, services),
        )
    if start is None or end is None or title is None:
        return None
    if end <= start:
        findings.error(
            spot / "end", "contradiction", "the incident ends before it starts", "give an end after the start"
        )
    return Incident(start, end, title, service or "")


def _minute(fields: dict[str, object], name: str, spot: Spot, findings: Findings) -> int | None:
    if name not in fields:
        findings.error(spot, "field-missing", f"{name} is missing", _TIME_REMEDY)
        return None
    value = fields[name]
    try:
        when = datetime.fromisoformat(str(value)) if isinstance(value, str) else None
    except ValueError:
        when = None
    if when is None:
        findings.error(spot / name, "value-wrong", f"{shown(value)} is no time", _TIME_REMEDY)
        return None
    return int(when.replace(tzinfo=when.tzinfo or UTC).timestamp() // 60)


def _text(fields: dict[str, object], name: str, spot: Spot, findings: Findings) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        findings.error(spot / name, "type-wrong", f"is {shown(value)} where text belongs", "write it in quotes")
        return None
    return value
