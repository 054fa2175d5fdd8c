"""The pages from which people tell the public, as frozen views: what it sees, and what is internal beside it."""

from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.flows.incidents import Incidents
from covet_sre.flows.reading import Reliability
from covet_sre.flows.status_page import PublicStatus as PublicDoor
from covet_sre.status.leaks import Leak
from covet_sre.status.maintenance import Maintenance, MaintenanceStatus
from covet_sre.status.page import StatusPage
from covet_sre.status.public_incident import PublicIncident, PublicStatus
from covet_sre.status.standing import ComponentStanding
from covet_sre.status.states import ComponentState, Impact
from covet_sre.status.subscriber import SubscriberKind
from covet_sre.web.incidents import words as clock_words
from covet_sre.web.incidents.trouble import Trouble
from covet_sre.web.incidents.words import Badge
from covet_sre.web.shell import Shell, shell
from covet_sre.web.status.admin_forms import REMINDERS, STATE_FIELD
from covet_sre.web.status.words import (
    HEADLINES,
    IMPACT_WORDS,
    MAINTENANCE_WORDS,
    STATE_WORDS,
    STATUS_WORDS,
    uptime_text,
)
from covet_sre.web.words import form_time

SECTION = "incidents"

TONES = {
    ComponentState.OPERATIONAL: "ok",
    ComponentState.UNDER_MAINTENANCE: "low_traffic",
    ComponentState.DEGRADED_PERFORMANCE: "warning",
    ComponentState.PARTIAL_OUTAGE: "critical",
    ComponentState.MAJOR_OUTAGE: "critical",
}

_IMPACT_TONES = {
    Impact.NONE: "unknown",
    Impact.MINOR: "warning",
    Impact.MAJOR: "critical",
    Impact.CRITICAL: "critical",
}

_PAST = 10
_HOUR_MINUTES = 60

Options = tuple[tuple[str, str], ...]
"""(value, words)."""

STATE_OPTIONS: Options = tuple((state.value, STATE_WORDS[state]) for state in ComponentState)


@dataclass(frozen=True, slots=True)
class HandRow:
    """A component with the form that sets it. `by_hand` says who set it, empty where nobody did."""

    identity: str
    name: str
    group: str
    state: Badge
    uptime: str
    by_hand: str
    version: int
    manual: bool


@dataclass(frozen=True, slots=True)
class StoryRow:
    path: str
    title: str
    state: Badge
    about: str
    when: str
    internal: str


@dataclass(frozen=True, slots=True)
class StatusAdminPage:
    """`typed` is what stands in the form whose `action` could not be done, or that was previewed."""

    shell: Shell
    page: StatusPage
    headline: Badge
    components: tuple[HandRow, ...]
    open: tuple[StoryRow, ...]
    planned: tuple[StoryRow, ...]
    past: tuple[StoryRow, ...]
    subscribers: int
    actor: str
    action: str
    typed: Mapping[str, str]
    trouble: Trouble | None
    leaks: tuple[Leak, ...]
    states: Options
    statuses: Options
    impacts: Options
    reminders: Options
    starts: str
    ends: str


@dataclass(frozen=True, slots=True)
class TextRow:
    """One public text with what is internal about it."""

    number: int
    status: str
    when: str
    text: str
    states: str
    internal: str


@dataclass(frozen=True, slots=True)
class StoryAdminPage:
    """One public incident or maintenance. `resolved_inside`: what it is about is over, and the public does not know."""

    shell: Shell
    identity: str
    title: str
    state: Badge
    version: int
    public_address: str
    internal: str
    resolved_inside: bool
    texts: tuple[TextRow, ...]
    is_over: bool
    when: str
    components: tuple[tuple[str, str, str], ...]
    """(component, its name, the state that the form offers)."""
    form: Mapping[str, str]
    actor: str
    trouble: Trouble | None
    leaks: tuple[Leak, ...]
    states: Options
    statuses: Options
    impacts: Options


@dataclass(frozen=True, slots=True)
class SubscriberRow:
    identity: str
    address: str
    kind: str
    state: Badge
    about: str


@dataclass(frozen=True, slots=True)
class SubscribersPage:
    shell: Shell
    rows: tuple[SubscriberRow, ...]
    actor: str
    trouble: Trouble | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody sent that was not done. `action` names the form."""

    action: str = ""
    typed: Mapping[str, str] | None = None
    trouble: Trouble | None = None
    leaks: tuple[Leak, ...] = ()


NOTHING = Attempt()


def status_admin_page(
    reliability: Reliability, public: PublicDoor, actor: str, attempt: Attempt = NOTHING
) -> StatusAdminPage:
    """Everything on one page: states, incidents, maintenance, and the forms for new ones. Raises NotFound."""
    frame = shell(reliability, "Status page", SECTION)
    standing = public.standing()
    over = [one for one in standing.incidents if one.status.is_over]
    planned = [one for one in standing.maintenances if one.status is not MaintenanceStatus.COMPLETED]
    completed = [one for one in standing.maintenances if one.status is MaintenanceStatus.COMPLETED]
    past = [*(incident_row(one, standing.page) for one in over[:_PAST]), *map(_planned_row, completed[:_PAST])]
    soon = int(public.now() // 60) + _HOUR_MINUTES
    return StatusAdminPage(
        shell=frame,
        page=standing.page,
        headline=Badge(HEADLINES[standing.worst], TONES[standing.worst]),
        components=tuple(_hand_row(public, one) for one in standing.components),
        open=tuple(incident_row(one, standing.page) for one in standing.unresolved),
        planned=tuple(_planned_row(one) for one in reversed(planned)),
        past=tuple(past),
        subscribers=sum(one.is_confirmed for one in public.subscribers()),
        actor=actor,
        action=attempt.action,
        typed=attempt.typed or {},
        trouble=attempt.trouble,
        leaks=attempt.leaks,
        states=STATE_OPTIONS,
        statuses=tuple((s.value, STATUS_WORDS[s]) for s in PublicStatus if s is not PublicStatus.POSTMORTEM),
        impacts=_impacts(),
        reminders=tuple(REMINDERS.items()),
        starts=form_time(soon),
        ends=form_time(soon + _HOUR_MINUTES),
    )


def incident_admin_page(
    reliability: Reliability,
    public: PublicDoor,
    incidents: Incidents,
    identity: str,
    actor: str,
    attempt: Attempt = NOTHING,
) -> StoryAdminPage:
    """One public incident, with its next update as a form. Raises NotFound."""
    frame = shell(reliability, "Public incident", SECTION)
    standing, incident = public.standing(), public.incident(identity)
    page = standing.page
    now = dict(incident.states)
    usual = {"title": incident.title, "impact": incident.impact.value, "status": _next_status(incident), "notify": "1"}
    usual |= {f"{STATE_FIELD}{component}": state.value for component, state in now.items()}
    form = (usual if attempt.typed is None else dict(attempt.typed)) | {"version": str(incident.version)}
    last = incident.status is PublicStatus.POSTMORTEM
    return StoryAdminPage(
        shell=frame,
        identity=incident.identity,
        title=incident.title,
        state=_incident_badge(incident),
        version=incident.version,
        public_address=f"/status/incidents/{incident.identity}.html",
        internal=incident.link,
        resolved_inside=not incident.status.is_over and _is_over_inside(incidents, incident.link),
        texts=tuple(_texts(incident, page)),
        is_over=incident.status.is_over,
        when="",
        components=tuple(
            (one.identity, one.name, form.get(f"{STATE_FIELD}{one.identity}", "")) for one in page.components
        ),
        form={"text": "", "confirmed": "", "notify": "", **form},
        actor=actor,
        trouble=attempt.trouble,
        leaks=attempt.leaks,
        states=STATE_OPTIONS,
        statuses=tuple((s.value, STATUS_WORDS[s]) for s in PublicStatus if not (last and not s.is_over)),
        impacts=_impacts(),
    )


def maintenance_admin_page(
    reliability: Reliability, public: PublicDoor, identity: str, actor: str, attempt: Attempt = NOTHING
) -> StoryAdminPage:
    """One maintenance, with its next update as a form. Raises NotFound."""
    frame = shell(reliability, "Maintenance", SECTION)
    maintenance = public.maintenance(identity)
    usual = {
        "status": maintenance.status.value,
        "notify": "1",
        "starts": form_time(int(maintenance.starts_at // 60)),
        "ends": form_time(int(maintenance.ends_at // 60)),
    }
    form = (usual if attempt.typed is None else dict(attempt.typed)) | {"version": str(maintenance.version)}
    names = public.standing().page.names(maintenance.components)
    left = tuple(MaintenanceStatus)[tuple(MaintenanceStatus).index(maintenance.status) :]
    return StoryAdminPage(
        shell=frame,
        identity=maintenance.identity,
        title=maintenance.title,
        state=_maintenance_badge(maintenance),
        version=maintenance.version,
        public_address=f"/status/maintenance/{maintenance.identity}.html",
        internal=maintenance.silence,
        resolved_inside=False,
        texts=tuple(
            TextRow(
                number,
                MAINTENANCE_WORDS[one.status],
                clock_words.moment(one.at),
                one.text,
                ", ".join(names),
                _said_by(one.author, one.confirmed, ""),
            )
            for number, one in enumerate(maintenance.updates, start=1)
        ),
        is_over=maintenance.status is MaintenanceStatus.COMPLETED,
        when=_between(maintenance),
        components=(),
        form={"text": "", "confirmed": "", "notify": "", "starts": "", "ends": "", **form},
        actor=actor,
        trouble=attempt.trouble,
        leaks=attempt.leaks,
        states=STATE_OPTIONS,
        statuses=tuple((status.value, MAINTENANCE_WORDS[status]) for status in left),
        impacts=(),
    )


def subscribers_page(
    reliability: Reliability, public: PublicDoor, actor: str, trouble: Trouble | None = None
) -> SubscribersPage:
    """Everybody who is told. Raises NotFound."""
    frame = shell(reliability, "Subscribers", SECTION)
    found = public.subscribers()
    page = public.page()
    rows = [
        SubscriberRow(
            one.identity,
            one.address,
            "E-mail" if one.kind is SubscriberKind.EMAIL else "Webhook",
            Badge("Subscribed", "ok") if one.is_confirmed else Badge("Asked to confirm", "unknown"),
            ", ".join(page.names(one.components)) if page and one.components else "Everything",
        )
        for one in found
    ]
    return SubscribersPage(frame, tuple(rows), actor, trouble)


def incident_row(incident: PublicIncident, page: StatusPage) -> StoryRow:
    """One line of a list, also on the page of the internal incident."""
    return StoryRow(
        f"/status-page/incidents/{incident.identity}",
        incident.title,
        _incident_badge(incident),
        ", ".join(page.names(incident.components)),
        clock_words.moment(incident.changed_at),
        incident.link,
    )


def _planned_row(maintenance: Maintenance) -> StoryRow:
    return StoryRow(
        f"/status-page/maintenance/{maintenance.identity}",
        maintenance.title,
        _maintenance_badge(maintenance),
        _between(maintenance),
        clock_words.moment(maintenance.changed_at),
        "",
    )


def _hand_row(public: PublicDoor, one: ComponentStanding) -> HandRow:
    component, hand = one.component, public.by_hand(one.component.identity)
    span = hand.record.present(public.now()) if hand.record is not None else None
    until = f", until {clock_words.moment(span.until)}" if span and span.until is not None else ""
    return HandRow(
        component.identity,
        component.name,
        component.group,
        Badge(STATE_WORDS[one.state], TONES[one.state]),
        uptime_text(one.uptime.share),
        f"By {span.author}{until}: {span.reason}" if span else "",
        hand.version,
        component.manual,
    )


def _texts(incident: PublicIncident, page: StatusPage) -> list[TextRow]:
    known = {one.identity: one.name for one in page.components}
    return [
        TextRow(
            number,
            STATUS_WORDS[one.status],
            clock_words.moment(one.at),
            one.text,
            ", ".join(f"{known[each]}: {STATE_WORDS[state].lower()}" for each, state in one.states if each in known),
            _said_by(one.author, one.confirmed, one.corrected_by),
        )
        for number, one in enumerate(incident.updates, start=1)
    ]


def _said_by(author: str, confirmed: str, corrected_by: str) -> str:
    parts = [f"by {author}" if author else "", f"corrected by {corrected_by}" if corrected_by else ""]
    parts.append(f"internal names confirmed: {confirmed}" if confirmed else "")
    return "; ".join(part for part in parts if part)


def _next_status(incident: PublicIncident) -> str:
    """What an update usually is: as far as it was, and a post-mortem after the end."""
    return (PublicStatus.POSTMORTEM if incident.status.is_over else incident.status).value


def _incident_badge(incident: PublicIncident) -> Badge:
    return Badge(STATUS_WORDS[incident.status], "ok" if incident.status.is_over else _IMPACT_TONES[incident.impact])


def _maintenance_badge(maintenance: Maintenance) -> Badge:
    tones = {MaintenanceStatus.SCHEDULED: "unknown", MaintenanceStatus.COMPLETED: "ok"}
    return Badge(MAINTENANCE_WORDS[maintenance.status], tones.get(maintenance.status, "low_traffic"))


def _between(maintenance: Maintenance) -> str:
    return f"{clock_words.moment(maintenance.starts_at)} to {clock_words.moment(maintenance.ends_at)} UTC"


def _is_over_inside(incidents: Incidents, link: str) -> bool:
    return bool(link) and not incidents.incident(link).incident.state.is_open


def _impacts() -> Options:
    return tuple((impact.value, IMPACT_WORDS[impact]) for impact in Impact)
