"""Findings as a person, a script, GitHub, a code scanner or a pull request reads them."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote

from covet_sre.errors import Finding, Level

SCHEMA_VERSION = 1


def summary(findings: Sequence[Finding]) -> str:
    """`2 errors, 1 warning`."""
    errors = sum(finding.level is Level.ERROR for finding in findings)
    warnings = len(findings) - errors
    return f"{_counted(errors, 'error')}, {_counted(warnings, 'warning')}"


def _counted(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"


def printable(text: str) -> str:
    """One line that a terminal shows and does not obey: label values may hold anything."""
    return "".join(character if character.isprintable() else " " if character.isspace() else "�" for character in text)


def as_text(findings: Sequence[Finding]) -> str:
    """One line each: `file:line:column: error: field: what is wrong; what to do [code]`."""
    lines: list[str] = []
    for finding in findings:
        field = f"{finding.field}: " if finding.field else ""
        told = f"{field}{finding.problem}; {finding.remedy} [{finding.code}]"
        lines.append(printable(f"{finding.location}: {finding.level.value}: {told}"))
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """`{"schema_version": 1, "ok": ..., "findings": [...]}`."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "ok": not any(finding.level is Level.ERROR for finding in findings),
        "findings": [
            {
                "level": finding.level.value,
                "code": finding.code,
                "file": finding.location.file,
                "line": finding.location.line or None,
                "column": finding.location.column or None,
                "field": finding.field,
                "problem": finding.problem,
                "remedy": finding.remedy,
            }
            for finding in findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_github(findings: Sequence[Finding]) -> str:
    """Workflow commands that annotate the lines of a pull request. GitHub shows ten a step: the worst stand first."""
    lines: list[str] = []
    for finding in findings:
        place = [f"file={_github_property(finding.location.file)}"]
        if finding.location.line:
            place += [f"line={finding.location.line}", f"col={finding.location.column}"]
        title = f"title={_github_property(finding.field or finding.code)}"
        message = _github_data(f"{finding.problem}; {finding.remedy}")
        lines.append(f"::{finding.level.value} {','.join([*place, title])}::{message}")
    return "\n".join(lines)


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(findings: Sequence[Finding]) -> str:
    """SARIF 2.1.0 for code scanning."""
    # Only this form states our version, and the import takes longer than reading a hundred SLOs.
    from importlib.metadata import version

    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "covet-sre",
        "version": version("covet-sre"),
        "rules": [{"id": code, "shortDescription": {"text": code.replace("-", " ")}} for code in codes],
    }
    results = [
        {
            "ruleId": finding.code,
            "ruleIndex": codes.index(finding.code),
            "level": finding.level.value,
            "message": {"text": f"{finding.field}: {finding.problem}; {finding.remedy}".removeprefix(": ")},
            "locations": [{"physicalLocation": _sarif_place(finding)}],
        }
        for finding in findings
    ]
    document = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _sarif_place(finding: Finding) -> dict[str, object]:
    path = Path(finding.location.file)
    place: dict[str, object] = {
        "artifactLocation": {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}
    }
    if finding.location.line:
        place["region"] = {"startLine": finding.location.line, "startColumn": finding.location.column}
    return place


def as_markdown(findings: Sequence[Finding]) -> str:
    """A table for a pull request's comment or a step's summary."""
    if not findings:
        return "No findings."
    rows = ["| | Where | What is wrong | What to do |", "|---|---|---|---|"]
    for finding in findings:
        field = f"`{_cell(finding.field)}` " if finding.field else ""
        where = f"`{_cell(str(finding.location))}`"
        rows.append(f"| {finding.level.value} | {where} | {field}{_cell(finding.problem)} | {_cell(finding.remedy)} |")
    return "\n".join(rows)


def _cell(text: str) -> str:
    for character in "|<>":
        text = text.replace(character, f"&#{ord(character)};")
    return " ".join(text.split())


FORMATS: dict[str, Callable[[Sequence[Finding]], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
    "markdown": as_markdown,
}
