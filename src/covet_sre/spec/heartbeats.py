"""Heartbeat documents -> heartbeats."""

from covet_sre.alerting.heartbeat import ExpectedHeartbeat, SentHeartbeat
from covet_sre.spec import heartbeat_documents as documents
from covet_sre.spec import openslo
from covet_sre.spec.annotations import read_annotations
from covet_sre.spec.clock_times import delay_seconds
from covet_sre.spec.inhibitions import matchers
from covet_sre.spec.library import Library
from covet_sre.spec.notification_targets import find_target


def expected_heartbeats(library: Library) -> tuple[ExpectedHeartbeat, ...]:
    """Every one that has no error."""
    found: list[ExpectedHeartbeat] = []
    for entry, model in library.all_of(documents.ExpectedHeartbeat):
        spec, spot, findings = model.spec, entry.spot / "spec", library.findings
        read_annotations("ExpectedHeartbeat", model.metadata.annotations, entry.spot / "metadata", findings)
        beat = matchers(spec.matchers, spot / "matchers", findings)
        within = delay_seconds(spec.within, spot / "within", findings)
        if spec.service is not None:
            library.find(openslo.Service, spec.service, spot / "service")
        if beat:
            found.append(ExpectedHeartbeat(entry.name, beat, within, spec.service or "", spec.severity))
    return tuple(found)


def sent_heartbeats(library: Library) -> tuple[SentHeartbeat, ...]:
    """All of them; a target that nobody declares is a finding."""
    found: list[SentHeartbeat] = []
    for entry, model in library.all_of(documents.SentHeartbeat):
        spec, spot, findings = model.spec, entry.spot / "spec", library.findings
        read_annotations("SentHeartbeat", model.metadata.annotations, entry.spot / "metadata", findings)
        find_target(library, spec.target, spot / "target")
        found.append(SentHeartbeat(entry.name, spec.target, delay_seconds(spec.every, spot / "every", findings)))
    return tuple(found)
