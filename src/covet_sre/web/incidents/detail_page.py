"""One incident: where it stands, what is to be done next, what happened, and everything that belongs to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from covet_sre.alerting.severity import TITLES, Severity
from covet_sre.flows.acting import own_name
from covet_sre.flows.incidents import IncidentDetail, IncidentFilter, Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.incident.events import Moment
from covet_sre.incident.incident import Incident, State
from covet_sre.incident.outgoing import Line
from covet_sre.web.addresses import incident_address, safe_link
from covet_sre.web.charts.line_chart import Chart
from covet_sre.web.incidents import words
from covet_sre.web.incidents.alert_rows import AlertRow, alert_row
from covet_sre.web.incidents.budget_chart import budget_charts
from covet_sre.web.incidents.cards import IncidentCard, incident_card
from covet_sre.web.incidents.communications_panel import CommunicationsPanel, communications_panel
from covet_sre.web.incidents.forms import seen
from covet_sre.web.incidents.next_action import NextAction, next_action, possible
from covet_sre.web.incidents.roles_panel import RolesPanel, roles_panel
from covet_sre.web.incidents.timeline import TimelineRow, log_rows, story_rows
from covet_sre.web.incidents.told_rows import Told, told_beside_messages
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.shell import Shell, shell
from covet_sre.web.words import UNKNOWN, form_time, share

_LOG = "log"
_OTHERS = 50


@dataclass(frozen=True, slots=True)
class ContextLine:
    """`address` is empty, or one that may be followed."""

    label: str
    text: str
    address: str


@dataclass(frozen=True, slots=True)
class TimeRow:
    """One of the incident's times. `value` is as a form writes it; empty for one that has not come."""

    name: str
    title: str
    when: str
    machine: str
    value: str
    after: str


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """`typed` is what somebody wrote that could not be done, and `action` the form in which it stood."""

    shell: Shell
    card: IncidentCard
    next: NextAction | None
    facts: tuple[Fact, ...]
    story: tuple[TimelineRow, ...]
    log: tuple[TimelineRow, ...]
    shows_log: bool
    entries: int
    alerts: tuple[AlertRow, ...]
    more_alerts: int
    notifications: tuple[Told, ...]
    context: tuple[ContextLine, ...]
    charts: tuple[Chart, ...]
    roles: RolesPanel
    communications: CommunicationsPanel
    times: tuple[TimeRow, ...]
    possible: frozenset[str]
    severities: tuple[tuple[str, str], ...]
    people: tuple[str, ...]
    others: tuple[tuple[str, str], ...]
    merged_into: str
    merged_address: str
    seen: Mapping[str, str]
    actor: str
    trouble: Trouble | None
    action: str
    typed: Mapping[str, str]
    tells_public: bool
    """Whether there is a status page on which it can be told."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody tried on the page and could not be done."""

    action: str
    typed: Mapping[str, str]
    trouble: Trouble


def incident_page(
    reliability: Reliability,
    incidents: Incidents,
    identity: str,
    actor: str,
    *,
    log: str = "",
    attempt: Attempt | None = None,
) -> IncidentPage:
    """Raises NotFound."""
    frame = shell(reliability, identity, "incidents")
    detail, now = incidents.incident(identity), incidents.now()
    incident = detail.incident
    merged = incident.merged_into
    return IncidentPage(
        shell=frame,
        card=incident_card(incident, now),
        next=next_action(incident),
        facts=_facts(detail, now),
        story=story_rows(detail.entries),
        log=log_rows(reversed(detail.entries)) if log == _LOG else (),
        shows_log=log == _LOG,
        entries=len(detail.entries),
        alerts=tuple(alert_row(alert, now) for alert in sorted(detail.alerts, key=lambda each: not each.is_firing)),
        more_alerts=detail.more_alerts,
        notifications=told_beside_messages(detail.notifications),
        context=tuple(_context_line(line) for line in detail.context),
        charts=budget_charts(reliability, incident, [slo for slo, _ in detail.spent]),
        roles=roles_panel(incident, incidents.rules(), own_name(actor), now),
        communications=communications_panel(detail, now),
        times=_times(incident),
        possible=possible(incident),
        severities=tuple((each.value, TITLES[each]) for each in Severity),
        people=tuple(sorted(incidents.rules().directory.people)),
        others=_others(incidents, incident),
        merged_into=merged,
        merged_address=incident_address(merged) if merged else "",
        seen=seen(incident),
        actor=actor,
        trouble=attempt.trouble if attempt else None,
        action=attempt.action if attempt else "",
        typed=attempt.typed if attempt else {},
        tells_public=reliability.declaration().rules.status_page is not None,
    )


def _facts(detail: IncidentDetail, now: float) -> tuple[Fact, ...]:
    incident = detail.incident
    times = incident.times
    firing = sum(alert.is_firing for alert in detail.alerts)
    over = times.resolved or times.closed
    impact = f"since {words.moment(times.impact)}"
    if over is not None:
        impact = f"{words.moment(times.impact)} to {words.moment(over)}"
    spent = ", ".join(f"{share(value)} of {slo}" for slo, value in detail.spent) or "no SLO is named by its alerts"
    known = [value for _, value in detail.spent if value is not None]
    return (
        Fact("Users hurt" if incident.state.is_open else "Lasted", words.open_for(incident, now), impact),
        _acknowledged(incident, now),
        Fact(
            "Alerts firing",
            f"{firing}{' or more' if detail.more_alerts else ''}" if incident.alerts else "none",
            f"{incident.alerts} joined" if incident.alerts else "declared by hand",
        ),
        Fact("Budget spent", share(max(known)) if known else UNKNOWN, spent),
    )


def _acknowledged(incident: Incident, now: float) -> Fact:
    at, deadline = incident.times.acknowledged, incident.deadline_at
    if incident.is_acknowledged and at is not None:
        late = ", too late" if incident.deadline_missed else ""
        after = words.lasted(at - incident.times.detected)
        return Fact("Acknowledged", incident.acknowledged_by, f"{after} after it was detected{late}")
    if not incident.state.is_open:
        return Fact("Acknowledged", "by nobody", "it was over before")
    if deadline is None:
        return Fact("Acknowledged", "not yet", f"{incident.severity} is to be answered at once")
    if incident.deadline_missed or deadline <= now:
        return Fact("Acknowledged", "too late", f"was due {words.ago(deadline, now)}")
    return Fact("Acknowledged", "not yet", f"due in {words.lasted(deadline - now)}")


def _context_line(line: Line) -> ContextLine:
    """Our own pages are named by their path; anything else must be an address of the web."""
    is_ours = line.address.startswith("/") and not line.address.startswith("//")
    return ContextLine(line.label, line.text, line.address if is_ours else safe_link(line.address))


_TIMES = {
    Moment.IMPACT: "Users hurt from",
    Moment.DETECTED: "Detected",
    Moment.ACKNOWLEDGED: "Acknowledged",
    Moment.MITIGATED: "Mitigated",
    Moment.RESOLVED: "Resolved",
}


def _times(incident: Incident) -> tuple[TimeRow, ...]:
    rows: list[TimeRow] = []
    before: float | None = None
    for moment, title in _TIMES.items():
        at = incident.times.of(moment)
        if at is None:
            rows.append(TimeRow(moment.value, title, "", "", "", ""))
            continue
        after = f"+{words.lasted(at - before)}" if before is not None else ""
        value = form_time(int(at // 60))
        rows.append(TimeRow(moment.value, title, words.moment(at), words.machine(at), value, after))
        before = at
    return tuple(rows)


def _others(incidents: Incidents, incident: Incident) -> tuple[tuple[str, str], ...]:
    """Open incidents into which this one may go."""
    if incident.state is State.MERGED:
        return ()
    found: Sequence[Incident] = incidents.incidents(IncidentFilter(is_open=True, limit=_OTHERS))
    return tuple((each.identity, each.title) for each in found if each.identity != incident.identity)
