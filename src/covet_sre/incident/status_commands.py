"""What people decide about the status page: public incidents and component states; maintenance and subscribers beside.

What is told of an internal incident stands on its timeline; nothing of the internal one goes the other way.
"""

from dataclasses import replace
from hashlib import sha256
from typing import assert_never

from covet_sre.errors import NotFound, Refused
from covet_sre.incident import status_facts as facts
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import NoteAdded
from covet_sre.incident.incident import Incident
from covet_sre.incident.status_mailing import tell_subscribers
from covet_sre.incident.status_maintenance import maintenance_changed, schedule
from covet_sre.incident.status_subscriptions import confirm, remove, subscribe, unsubscribe
from covet_sre.incident.status_texts import page_of, refuse_leaks, refuse_old
from covet_sre.status.by_hand import ByHand, Span, ended, set_by_hand
from covet_sre.status.page import StatusPage
from covet_sre.status.public_incident import ComponentStates, PublicIncident, PublicStatus, PublicUpdate, updated
from covet_sre.status.rules import Evidence, Sign, state_by
from covet_sre.status.states import IMPACT_OF, ComponentState, worst
from covet_sre.status.texts import LONGEST_REASON, checked_line, checked_text

_LONGEST_SECONDS = 366 * 86400.0


def decide_about_status(desk: Desk, command: facts.StatusCommand, now: float) -> str:
    """Do it; the identity of what was made or changed. Raises NotFound and Refused, and then nothing has changed."""
    match command:
        case facts.PublishIncident():
            return _publish(desk, command, now)
        case facts.UpdatePublicIncident():
            return _update(desk, command, now)
        case facts.CorrectPublicText():
            return _correct(desk, command, now)
        case facts.ScheduleMaintenance():
            return schedule(desk, command, now)
        case facts.UpdateMaintenance():
            return maintenance_changed(desk, command, now)
        case facts.SetComponentState():
            return _set_state(desk, command, now)
        case facts.ClearComponentState():
            return _clear_state(desk, command, now)
        case facts.SubscribeToStatus():
            return subscribe(desk, command, now)
        case facts.ConfirmStatusSubscription():
            return confirm(desk, command, now)
        case facts.UnsubscribeFromStatus():
            return unsubscribe(desk, command, now)
        case facts.RemoveStatusSubscriber():
            return remove(desk, command, now)
        case _:
            assert_never(command)


def publish(desk: Desk, told: facts.PublishIncident, now: float) -> str:
    """Tell the public how an internal incident goes: its first public text, or one more if there is one already.

    The public incident's identity. Raises Refused and NotFound as the commands do.
    """
    before = public_incident_of(desk, told.incident) if told.incident else None
    if before is None:
        return _publish(desk, told, now)
    update = facts.UpdatePublicIncident(
        actor=told.actor,
        identity=before.identity,
        version=before.version,
        text=told.text,
        status=told.status,
        components=told.components,
        title=told.title,
        impact=told.impact,
        notify=told.notify,
        confirmed=told.confirmed,
    )
    return _update(desk, update, now)


def tell_of(
    desk: Desk, incident: Incident, status: PublicStatus, text: str, actor: str, now: float, confirmed: str = ""
) -> str:
    """Tell the public how an internal incident goes, by its text alone: the seam for messages about incidents.

    What is affected, and how, is what the rules of its service's components say of its severity. The title of the first
    one names them; people change it on the status page. The public incident's identity; raises as the commands do.
    """
    page = page_of(desk)
    signs = [Evidence(Sign.INCIDENT, incident.severity.value, now)]
    served = [one for one in page.components if incident.service in one.services and not one.manual]
    found = [(one.identity, state_by(one.rules, signs)[0]) for one in served]
    states = tuple(one for one in found if one[1] is not ComponentState.OPERATIONAL)
    before = public_incident_of(desk, incident.identity)
    names = ", ".join(one.name for one in served)
    told = facts.PublishIncident(
        actor=actor,
        title=before.title if before else f"A problem with {names}" if names else "We are looking into a problem",
        text=text,
        status=status,
        impact=IMPACT_OF[worst(state for _, state in states)],
        components=() if status.is_over else states,
        incident=incident.identity,
        confirmed=confirmed,
    )
    return publish(desk, told, now)


def public_incident_of(desk: Desk, incident: str) -> PublicIncident | None:
    """What the public is told of an internal incident and is not over; the latest of several."""
    found = [one for one in desk.records(PublicIncident).values() if one.link == incident and not one.status.is_over]
    return max(found, key=lambda one: (one.began_at, one.identity), default=None)


def _publish(desk: Desk, command: facts.PublishIncident, now: float) -> str:
    page = page_of(desk)
    actor = checked_line(command.actor, "who does it", 100)
    title, text = checked_line(command.title, "the title"), checked_text(command.text, "the text")
    if command.status is PublicStatus.POSTMORTEM:
        raise Refused("a post-mortem is told after an incident", remedy="publish the incident first")
    if command.incident:
        desk.incident(command.incident)
    states = _states(page, command.components)
    confirmed = refuse_leaks(desk, (title, text), command.confirmed, command.incident)
    update = PublicUpdate(now, command.status, text, states, actor, confirmed)
    identity = _new_identity(desk, title, now)
    incident = PublicIncident(identity, title, command.impact, (update,), command.incident, 1, actor, now)
    _told(desk, page, incident, now, notify=command.notify)
    return identity


def _update(desk: Desk, command: facts.UpdatePublicIncident, now: float) -> str:
    page, before = page_of(desk), _public_incident(desk, command.identity)
    actor = checked_line(command.actor, "who does it", 100)
    text = checked_text(command.text, "the text")
    title = checked_line(command.title, "the title") if command.title.strip() else before.title
    refuse_old("the incident", command.version, before.version, before.changed_by)
    if command.status is PublicStatus.POSTMORTEM and not before.status.is_over:
        raise Refused(f"it is {before.status}, and a post-mortem is told afterwards", remedy="resolve it first")
    if before.status is PublicStatus.POSTMORTEM and command.status is PublicStatus.RESOLVED:
        raise Refused("its post-mortem is told already", remedy="write the update as a post-mortem")
    states = _states(page, command.components)
    if command.status is PublicStatus.RESOLVED:
        # What is over is well again, whatever the last update said of it.
        well = tuple((component, ComponentState.OPERATIONAL) for component in before.components)
        states = tuple((dict(well) | dict(states)).items())
        if any(state is not ComponentState.OPERATIONAL for _, state in states):
            raise Refused(
                "a component is not well, so that nothing is resolved", remedy="say monitoring, or set it well"
            )
    confirmed = refuse_leaks(desk, (title, text), command.confirmed, before.link)
    update = PublicUpdate(now, command.status, text, states, actor, confirmed)
    impact = command.impact if command.impact is not None else before.impact
    _told(desk, page, updated(before, update, title, impact), now, notify=command.notify)
    return before.identity


def _correct(desk: Desk, command: facts.CorrectPublicText, now: float) -> str:
    before = _public_incident(desk, command.identity)
    actor = checked_line(command.actor, "who does it", 100)
    text = checked_text(command.text, "the text")
    refuse_old("the incident", command.version, before.version, before.changed_by)
    if not 1 <= command.number <= len(before.updates):
        raise NotFound(f"it has no update {command.number}", remedy=f"it has {len(before.updates)}")
    confirmed = refuse_leaks(desk, (text,), command.confirmed, before.link)
    updates = list(before.updates)
    old = updates[command.number - 1]
    updates[command.number - 1] = replace(old, text=text, confirmed=confirmed, corrected_by=actor, corrected_at=now)
    changed = replace(before, updates=tuple(updates), version=before.version + 1, changed_by=actor, changed_at=now)
    desk.put_record(changed)
    return before.identity


def _told(desk: Desk, page: StatusPage, incident: PublicIncident, now: float, *, notify: bool) -> None:
    desk.put_record(incident)
    update = incident.updates[-1]
    if incident.link in desk.incidents:
        note = f"The public was told ({update.status}): {incident.title}\n{update.text}"
        desk.record(incident.link, NoteAdded(note), now, update.author)
    if notify:
        names = page.names(incident.components)
        parts = [update.text, f"Affected: {', '.join(names)}" if names else ""]
        tell_subscribers(
            desk,
            f"{incident.identity}-{incident.version}",
            f"{page.title}: {_WORDS[update.status]}: {incident.title}",
            "\n\n".join(part for part in parts if part),
            f"{page.address}/incidents/{incident.identity}.html",
            incident.components,
            now,
        )


_WORDS = {
    PublicStatus.INVESTIGATING: "Investigating",
    PublicStatus.IDENTIFIED: "Identified",
    PublicStatus.MONITORING: "Monitoring",
    PublicStatus.RESOLVED: "Resolved",
    PublicStatus.POSTMORTEM: "Post-mortem",
}


def _set_state(desk: Desk, command: facts.SetComponentState, now: float) -> str:
    component = page_of(desk).component(command.component)
    actor = checked_line(command.actor, "who does it", 100)
    reason = checked_text(command.reason, "the reason", LONGEST_REASON)
    before = desk.records(ByHand).get(component.identity, ByHand(component.identity, (), 0))
    last = before.spans[-1].author if before.spans else ""
    refuse_old(f"the state of {component.name}", command.version, before.version, last)
    if command.until is not None and command.until <= now:
        raise Refused("it ends in the past", remedy="set an end in the future, or none")
    if command.until is not None and command.until - now > _LONGEST_SECONDS:
        raise Refused("it ends in more than a year", remedy="set no end: it holds until somebody ends it")
    desk.put_record(set_by_hand(before, Span(command.state, now, command.until, actor, reason), now))
    return component.identity


def _clear_state(desk: Desk, command: facts.ClearComponentState, now: float) -> str:
    checked_line(command.actor, "who does it", 100)
    before = desk.records(ByHand).get(command.component)
    if before is None or before.present(now) is None:
        raise Refused(f"the state of {command.component} is not set by hand", remedy="nothing to do")
    refuse_old(f"the state of {command.component}", command.version, before.version, before.spans[-1].author)
    desk.put_record(ended(before, now))
    return command.component


def _states(page: StatusPage, components: ComponentStates) -> ComponentStates:
    """Raises NotFound for a component that the page has not, and Refused for one that is named twice."""
    known = {page.component(identity).identity: state for identity, state in components}
    if len(known) != len(components):
        raise Refused("a component is named twice", remedy="give each one state")
    return tuple(known.items())


def _public_incident(desk: Desk, identity: str) -> PublicIncident:
    found = desk.records(PublicIncident).get(identity)
    if found is None:
        raise NotFound(f"there is no public incident {identity}", remedy="see the list of the status page")
    return found


def _new_identity(desk: Desk, title: str, now: float) -> str:
    """What the public calls it: nothing in it tells of the internal incident, nor how many there were."""
    number = 0
    while (identity := public_identity(title, now, number)) in desk.records(PublicIncident):
        number += 1
    return identity


def public_identity(title: str, now: float, number: int) -> str:
    """Twelve characters, as Statuspage has them, the same for the same title and time."""
    return sha256(f"{now!r}\n{number}\n{title}".encode("utf-8", "replace")).hexdigest()[:12]
