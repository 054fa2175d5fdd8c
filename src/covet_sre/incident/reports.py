"""What is made of a report: attached to an incident, suppressed, or stale; and always with a reason."""

from collections.abc import Set
from dataclasses import replace

from covet_sre.alerting.alert import Alert, Cause, Disposition, Verdict, joined_sayings
from covet_sre.alerting.inhibition import InhibitRule
from covet_sre.alerting.labels import value_of
from covet_sre.alerting.report import Report, Sayings
from covet_sre.alerting.silence import SilenceKind
from covet_sre.incident.asking import ask, release
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import US, AlertEnded, AlertJoined, Opened, Reopened, SeverityChanged
from covet_sre.incident.incident import Incident, State
from covet_sre.incident.merging import LISTED_ALERTS, merge

_HEARD_AGAIN_SHARE = 1 / 16
_OLDEST_IMPACT_SECONDS = 30 * 86400.0

_JUST_OVER = (State.RESOLVED, State.REVIEW_PENDING)

_STALE = Disposition(Verdict.STALE, "it was over before it was heard of")


def take_report(desk: Desk, report: Report, now: float) -> Disposition:
    """Join a report with what is known, and decide what follows."""
    known = desk.alerts.get(report.key)
    sayings = joined_sayings(known.sayings if known else (), report)
    fires = any(saying.fires_at(now) for _, saying in sayings)
    if known is None:
        alert = _first_heard(desk, report, sayings, now)
        return take_in(desk, alert, now) if fires else _keep(desk, replace(alert, disposition=_STALE))
    if not known.is_firing:
        if not fires:
            desk.put_alert(replace(known, sayings=sayings))
            return _STALE
        return take_in(desk, _heard_again(desk, known, report, sayings, now), now)
    if not fires:
        return end_alert(desk, replace(known, sayings=sayings, heard_at=now), now)
    return _repeated(desk, known, _heard_again(desk, known, report, sayings, now), now)


def take_in(desk: Desk, alert: Alert, now: float) -> Disposition:
    """Decide about an alert that fires and belongs nowhere yet."""
    return _suppressed(desk, alert, now) or _attach(desk, alert, now)


def end_alert(desk: Desk, alert: Alert, now: float, why: str = "it is over") -> Disposition:
    """An alert fires no longer."""
    desk.put_alert(replace(alert, is_firing=False))
    _leave(desk, alert, now)
    if desk.freed:
        release_inhibited(desk, now)
    return replace(alert.disposition, why=why)


def release_inhibited(desk: Desk, now: float) -> None:
    """Look again at what rules keep quiet where an alert that it follows from is over."""
    freed, desk.freed = desk.freed, set()
    _let_speak(desk, {key for place in freed for key in desk.targets.get(place, ())}, now)


def look_at_inhibited(desk: Desk, now: float) -> None:
    """Look again at everything that rules keep quiet: the rules may be others than when it was."""
    _let_speak(desk, {key for key, alert in desk.alerts.items() if alert.is_firing}, now)


def _let_speak(desk: Desk, keys: Set[str], now: float) -> None:
    for key in sorted(keys):
        alert = desk.alerts[key]
        if alert.disposition.cause is Cause.INHIBITION:
            rule = next((rule for rule in desk.rules.inhibitions if rule.name == alert.disposition.by), None)
            if rule is None or not _is_inhibited(desk, alert, rule):
                look_again(desk, alert, now)


def _is_inhibited(desk: Desk, alert: Alert, rule: InhibitRule) -> bool:
    sources = desk.sources.get((rule.name, rule.equal_values(alert.labels)), set()) - {alert.key}
    return rule.inhibits(alert.labels, (desk.alerts[key].labels for key in sources))


def free_symptoms(desk: Desk, identity: str, now: float) -> None:
    """Symptoms that outlive the cause of an incident are problems of their own: those that others follow from first."""
    symptoms = [desk.alerts[key] for key in desk.symptoms_of.get(identity, ())]
    symptoms.sort(key=lambda alert: (len(desk.rules.upstreams(alert.service)), alert.key))
    for alert in symptoms:
        take_in(desk, alert, now)


def look_again(desk: Desk, alert: Alert, now: float) -> None:
    """What suppressed an alert may have ended: decide about it anew."""
    if alert.is_firing and alert.disposition.verdict is Verdict.SUPPRESSED:
        take_in(desk, alert, now)


def _first_heard(desk: Desk, report: Report, sayings: Sayings, now: float) -> Alert:
    service = desk.rules.service_of(report.labels)
    return Alert(
        key=report.key,
        labels=report.labels,
        annotations=report.annotations,
        sayings=sayings,
        service=service,
        severity=desk.rules.severity_of(report.labels, service),
        disposition=_STALE,
        heard_at=now,
        is_firing=False,
        link=report.link,
    )


def _heard_again(desk: Desk, known: Alert, report: Report, sayings: Sayings, now: float) -> Alert:
    if report.saying != dict(sayings)[report.reporter]:
        # An older saying: what is known is newer than what it tells.
        return replace(known, sayings=sayings, heard_at=now)
    alert = _first_heard(desk, report, sayings, now)
    return replace(alert, disposition=known.disposition, is_firing=known.is_firing)


def _repeated(desk: Desk, known: Alert, alert: Alert, now: float) -> Disposition:
    """It fired and fires: only what is new is written."""
    if _was_resolved_too_early(desk, known, now):
        return take_in(desk, alert, now)
    long_ago = now - known.heard_at > desk.rules.timing.stale_seconds * _HEARD_AGAIN_SHARE
    if long_ago or replace(alert, heard_at=known.heard_at) != known:
        desk.put_alert(alert)
        if alert.incident and alert.severity.outranks(known.severity):
            _raise_severity(desk, desk.incidents[alert.incident], alert, now)
    what = f"belongs to {known.incident}" if known.incident else f"is suppressed: {known.disposition.why}"
    return Disposition(
        Verdict.SUPPRESSED, f"it is known, and {what}", known.incident, Cause.DUPLICATE, known.disposition.by
    )


def _was_resolved_too_early(desk: Desk, alert: Alert, now: float) -> bool:
    """Whether people resolved its incident, long ago, and it never ended. What they called a false alarm stays one."""
    incident = desk.incidents.get(alert.incident)
    if not alert.incident or (incident is not None and incident.state not in (*_JUST_OVER, State.CLOSED)):
        return False
    resolved_at = incident.times.resolved if incident is not None else None
    return resolved_at is None or now - resolved_at >= desk.rules.timing.again_seconds


def _suppressed(desk: Desk, alert: Alert, now: float) -> Disposition | None:
    for silence in desk.silences.values():
        if silence.silences(alert.labels, now):
            cause = Cause.SILENCE if silence.kind is SilenceKind.SILENCE else Cause.MAINTENANCE
            why = f"{cause.value} by {silence.author}: {silence.reason}"
            return _keep(desk, _firing(alert, Disposition(Verdict.SUPPRESSED, why, "", cause, silence.identity)))
    for rule in desk.rules.inhibitions:
        if _is_inhibited(desk, alert, rule):
            why = f"inhibited by {rule.name}: an alert fires that it follows from"
            disposition = Disposition(Verdict.SUPPRESSED, why, "", Cause.INHIBITION, rule.name)
            return _keep(desk, _firing(alert, disposition))
    return None


def _attach(desk: Desk, alert: Alert, now: float) -> Disposition:
    incident, why, cause = _incident_for(desk, alert, now)
    is_new = incident is None
    # Whoever acknowledged it was told that it is over: people are asked again.
    reopened = incident is not None and not incident.state.is_open
    if incident is None:
        incident = desk.open(Opened(alert.service, alert.severity, _title(alert), _impact(alert, now)), now)
    elif not incident.state.is_open:
        incident = desk.record(incident.identity, Reopened(f"{alert.name} fires again"), now)
    identity = incident.identity
    desk.put_alert(_firing(alert, Disposition(Verdict.ATTACHED, why, identity, by=cause)))
    number = desk.joined[identity] = desk.joined[identity] + 1
    joined = AlertJoined(alert.key, alert.name, alert.severity, why, number, bool(cause))
    if _is_told(number) or incident.quiet_since is not None or now - incident.joined_at > 60.0:
        incident = desk.record(identity, joined, now)
    _inhibit_others(desk, alert, now)
    if is_new or reopened:
        if reopened and alert.severity.outranks(incident.severity):
            incident = desk.record(identity, _raised(incident, alert), now)
        ask(desk, incident, now)
        _take_in_symptoms(desk, desk.incident(identity), now)
    elif alert.severity.outranks(incident.severity):
        _raise_severity(desk, incident, alert, now)
    else:
        release(desk, incident, f"{alert.name} is not silenced", now)
    return desk.alerts[alert.key].disposition


def _incident_for(desk: Desk, alert: Alert, now: float) -> tuple[Incident | None, str, str]:
    """The incident that an alert belongs to, the rule that says so, and the service that it is a symptom of, if any.

    No incident: it begins a new one.
    """
    join_seconds = desk.rules.timing.join_seconds
    was_in = None if alert.disposition.is_symptom else desk.incidents.get(alert.incident)
    if was_in is not None and was_in.state.is_open:
        return was_in, "it fires again, and its incident is open", ""
    for incident in desk.open_incidents(alert.service):
        if now - incident.joined_at <= join_seconds:
            why = f"{alert.service} has an open incident, joined less than {join_seconds / 60:g} minutes ago"
            return incident, why, ""
    for upstream in desk.rules.upstreams(alert.service):
        for incident in desk.open_incidents(upstream):
            return incident, f"{alert.service} depends on {upstream}, which has an open incident", upstream
    if was_in is not None and was_in.state in _JUST_OVER and now - was_in.joined_at <= join_seconds:
        return was_in, "it fires again soon after its incident was resolved", ""
    return None, f"{alert.service} has no open incident that it could join", ""


def _take_in_symptoms(desk: Desk, incident: Incident, now: float) -> None:
    """The open incidents of services that depend on this one's are its symptoms, if they are as young."""
    for service in desk.rules.downstreams.get(incident.service, ()):
        for other in list(desk.open_incidents(service)):
            if not other.by_hand and now - other.joined_at <= desk.rules.timing.join_seconds:
                why = f"{service} depends on {incident.service}"
                merge(desk, other, desk.incident(incident.identity), why, US, now, incident.service)


def _inhibit_others(desk: Desk, alert: Alert, now: float) -> None:
    """An alert began from which others follow: they keep quiet from now on."""
    for rule in desk.rules.inhibitions:
        if not rule.is_source(alert.labels):
            continue
        targets = desk.targets.get((rule.name, rule.equal_values(alert.labels)), set()) - {alert.key}
        for key in sorted(targets):
            target = desk.alerts[key]
            is_attached = target.disposition.verdict is Verdict.ATTACHED
            if is_attached and rule.inhibits(target.labels, (alert.labels,)):
                why = f"inhibited by {rule.name}: {alert.name} fires, which it follows from"
                disposition = Disposition(Verdict.SUPPRESSED, why, "", Cause.INHIBITION, rule.name)
                desk.put_alert(replace(target, disposition=disposition))
                _leave(desk, target, now)


def _leave(desk: Desk, alert: Alert, now: float) -> None:
    """An alert fires in its incident no longer."""
    identity = alert.incident
    if identity and desk.incident(identity).state.is_open:
        firing = desk.causes(identity)
        if firing == 0 or desk.joined[identity] <= LISTED_ALERTS:
            desk.record(identity, AlertEnded(alert.key, alert.name, firing), now)


def _raise_severity(desk: Desk, incident: Incident, alert: Alert, now: float) -> None:
    if incident.state.is_open and alert.severity.outranks(incident.severity):
        ask(desk, desk.record(incident.identity, _raised(incident, alert), now), now)


def _raised(incident: Incident, alert: Alert) -> SeverityChanged:
    return SeverityChanged(incident.severity, alert.severity, f"{alert.name} is {alert.severity}", _title(alert))


def _is_told(number: int) -> bool:
    return number <= LISTED_ALERTS or number & (number - 1) == 0


def _firing(alert: Alert, disposition: Disposition) -> Alert:
    return replace(alert, disposition=disposition, is_firing=True)


def _keep(desk: Desk, alert: Alert) -> Disposition:
    desk.put_alert(alert)
    return alert.disposition


def _title(alert: Alert) -> str:
    return value_of(alert.annotations, "summary") or f"{alert.name} on {alert.service}"


def _impact(alert: Alert, now: float) -> float:
    return min(max(alert.starts_at, now - _OLDEST_IMPACT_SECONDS), now)
