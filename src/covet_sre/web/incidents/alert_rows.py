"""An alert, what was made of it, and why."""

from dataclasses import dataclass
from urllib.parse import urlencode

from covet_sre.alerting.alert import Alert, Cause, Disposition, Verdict
from covet_sre.alerting.identity import ALERT_NAME, RUNBOOK, SERVICE, SEVERITY
from covet_sre.alerting.labels import value_of
from covet_sre.alerting.matcher_text import written
from covet_sre.alerting.matchers import LabelMatcher
from covet_sre.web.addresses import incident_address, safe_link, service_address
from covet_sre.web.incidents import words
from covet_sre.web.incidents.words import Badge, SeverityBadge

_SHOWN_LABELS = 12


@dataclass(frozen=True, slots=True)
class MadeOf:
    """What was made of an alert, with the reason, and where it is now."""

    badge: Badge
    why: str
    incident: str
    address: str
    silence: str


@dataclass(frozen=True, slots=True)
class AlertRow:
    """`silence_address` opens the form that would keep it quiet."""

    key: str
    name: str
    summary: str
    severity: SeverityBadge
    status: Badge
    service: str
    service_address: str
    labels: tuple[tuple[str, str], ...]
    since: str
    since_machine: str
    made: MadeOf
    link: str
    runbook: str
    silence_address: str
    is_firing: bool


_CAUSES = {
    Cause.SILENCE: Badge("Silenced", "low_traffic"),
    Cause.MAINTENANCE: Badge("Maintenance", "low_traffic"),
    Cause.INHIBITION: Badge("Inhibited", "low_traffic"),
    Cause.DUPLICATE: Badge("Known", "unknown"),
    Cause.HEARTBEAT: Badge("Heartbeat", "ok"),
}
_VERDICTS = {
    Verdict.ATTACHED: Badge("In an incident", "warning"),
    Verdict.SUPPRESSED: Badge("Suppressed", "low_traffic"),
    Verdict.STALE: Badge("Stale", "unknown"),
}


def made_of(disposition: Disposition) -> MadeOf:
    badge = _VERDICTS[disposition.verdict] if disposition.cause is None else _CAUSES[disposition.cause]
    is_silence = disposition.cause in (Cause.SILENCE, Cause.MAINTENANCE)
    identity = disposition.incident
    address = incident_address(identity) if identity else ""
    return MadeOf(badge, disposition.why, identity, address, disposition.by if is_silence else "")


def alert_row(alert: Alert, now: float) -> AlertRow:
    shown = [label for label in alert.labels if label[0] not in (ALERT_NAME, SERVICE, SEVERITY)]
    return AlertRow(
        key=alert.key,
        name=value_of(alert.labels, ALERT_NAME) or alert.key,
        summary=value_of(alert.annotations, "summary") or value_of(alert.annotations, "description"),
        severity=words.severity_badge(alert.severity),
        status=Badge("Firing", "critical") if alert.is_firing else Badge("Over", "ok"),
        service=alert.service,
        service_address=service_address(alert.service),
        labels=tuple(shown[:_SHOWN_LABELS]),
        since=words.ago(alert.starts_at, now),
        since_machine=words.machine(alert.starts_at),
        made=made_of(alert.disposition),
        link=safe_link(alert.link),
        runbook=safe_link(value_of(alert.annotations, RUNBOOK)),
        silence_address=f"/silences?{urlencode({'matchers': _matchers(alert)})}#new",
        is_firing=alert.is_firing,
    )


def _matchers(alert: Alert) -> str:
    return "\n".join(written(LabelMatcher(name, value)) for name, value in alert.labels)
