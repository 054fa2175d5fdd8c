"""SeverityPolicy documents -> severity policies."""

from collections.abc import Mapping
from dataclasses import replace

from covet_sre.alerting.severity import SEVERITY_LABELS, Severity
from covet_sre.incident.response import HANDBOOK_RESPONSES, HANDBOOK_SEVERITIES, Response, SeverityPolicy
from covet_sre.incident.roles import HANDBOOK_DUTIES, Duties, Role
from covet_sre.oncall.target import Channel
from covet_sre.spec import openslo
from covet_sre.spec import severity_documents as documents
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.clock_times import delay_seconds
from covet_sre.spec.findings import Findings, Spot
from covet_sre.spec.governing import govern
from covet_sre.spec.library import Library
from covet_sre.spec.oncall_documents import BusinessHours


def severity_policies(library: Library) -> tuple[SeverityPolicy, ...]:
    """Every policy of the right shape; the handbook's table where there is none for all services."""
    found: list[SeverityPolicy] = []
    governed: dict[tuple[str, str], str] = {}
    for entry, model in library.all_of(documents.SeverityPolicy):
        spec, spot, findings = model.spec, entry.spot / "spec", library.findings
        read_annotations("SeverityPolicy", model.metadata.annotations, entry.spot / "metadata", findings)
        for index, name in enumerate(spec.services):
            library.find(openslo.Service, name, spot / "services" / index)
            govern(governed, ("service", name), entry.name, spot / "services" / index, findings)
        if not spec.services:
            govern(governed, ("everything", "not named elsewhere"), entry.name, spot, findings)
        if spec.business_hours is not None:
            library.find(BusinessHours, spec.business_hours, spot / "businessHours")
        found.append(
            SeverityPolicy(
                name=entry.name,
                labels={**SEVERITY_LABELS, **{word.lower(): Severity(level) for word, level in spec.labels.items()}},
                unnamed=Severity(spec.unlabelled),
                responses=_responses(spec.levels, spot / "levels", findings),
                business_hours=spec.business_hours or "",
                services=tuple(spec.services),
                duties=_duties(spec.duties, spot / "duties", library.findings),
                location=entry.spot.location,
            )
        )
    return tuple(found) if any(not policy.services for policy in found) else (*found, HANDBOOK_SEVERITIES)


def _responses(levels: documents.SeverityLevels, spot: Spot, findings: Findings) -> Mapping[Severity, Response]:
    written = {Severity.P0: levels.p0, Severity.P1: levels.p1, Severity.P2: levels.p2, Severity.P3: levels.p3}
    return {
        severity: _response(severity, level, spot / severity.value, findings) if level else HANDBOOK_RESPONSES[severity]
        for severity, level in written.items()
    }


def _response(severity: Severity, level: documents.SeverityLevel, spot: Spot, findings: Findings) -> Response:
    channels, missed = (tuple(dict.fromkeys(map(Channel, words))) for words in (level.notify, level.if_missed))
    match level.respond_within:
        case "immediately":
            deadline: float | None = 0.0
        case "next business day":
            deadline = None
        case text:
            deadline = delay_seconds(text, spot / "respondWithin", findings)
    if severity is Severity.P0 and not channels:
        problem = "P0 tells nobody"
        findings.error(spot / "notify", "contradiction", problem, "write notify: [page]")
    elif severity is Severity.P0 and Channel.PAGE not in channels:
        problem = f"P0 pages nobody: it only tells by {', '.join(channels)}"
        findings.warning(spot / "notify", "severity-silent", problem, "write notify: [page], and others beside it")
    if missed and deadline == 0.0:
        problem = "immediately leaves no time that could be missed"
        findings.warning(spot / "ifMissed", "no-effect", problem, "name the channels in notify, or give a time")
    usual = HANDBOOK_RESPONSES[severity]
    response = replace(usual, deadline_seconds=deadline, channels=channels, missed=missed)
    if level.update_every is not None:
        response = replace(response, update_seconds=delay_seconds(level.update_every, spot / "updateEvery", findings))
    if level.first_takes is not None:
        response = replace(response, first_takes=tuple(dict.fromkeys(map(Role, level.first_takes))))
    return response


def _duties(written: documents.RoleDuties, spot: Spot, findings: Findings) -> Duties:
    found: dict[Role, tuple[str, ...]] = {}
    for role, usual in HANDBOOK_DUTIES.items():
        duties: list[str] | None = getattr(written, role.value)
        found[role] = tuple(usual if duties is None else dict.fromkeys(duties))
        if duties is not None and len(found[role]) < len(duties):
            findings.error(spot / role.value, "reference-ambiguous", "names a duty twice", "remove one of them")
    return found
