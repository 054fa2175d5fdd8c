"""A chat channel of an incident's own: made for the urgent, kept up to date, archived some time after the end.

Every change leaves as a notification does: it never delays a page, and a channel that cannot be made costs nobody more
than the channel.
"""

import re

from covet_sre.alerting.severity import Severity
from covet_sre.incident.channel_end import ChannelEnd
from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident, State
from covet_sre.incident.message_events import ChannelArchived, ChannelMade
from covet_sre.incident.outgoing import Delivery, Notice, Outgoing, Room, RoomChange
from covet_sre.incident.roles import Role
from covet_sre.incident.telling import send_notice
from covet_sre.oncall.escalation import Reach
from covet_sre.oncall.target import Channel, NotificationTarget, TargetKind

LONGEST_NAME, LONGEST_TOPIC = 80, 250
_LEAST = Severity.P1
_OVER = (State.CLOSED, State.FALSE_ALARM, State.MERGED)
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_MEMBER = re.compile(r"[UW][A-Z0-9]{2,20}")


def keep_channels(desk: Desk, now: float) -> None:
    """Whatever changed in incidents since this was asked last, in their channels."""
    changed, desk.before = desk.before, {}
    for identity, before in sorted(changed.items(), key=lambda one: one[0]):
        incident = desk.incidents.get(identity)
        if incident is not None:
            _keep(desk, before, incident, now)


def archive_due(desk: Desk, end: ChannelEnd, now: float) -> None:
    """The time of a channel is over."""
    desk.forget_record(end)
    _change(desk, end.incident, end.target, Room(RoomChange.ARCHIVE, channel=end.channel), f"archive/{end.at:.0f}", now)


def room_changed(desk: Desk, outgoing: Outgoing, now: float) -> None:
    """What became of a change to a channel: a new one is known from now on, and its people and topic follow."""
    room = outgoing.notice.room if outgoing.notice else None
    if room is None or outgoing.delivery is not Delivery.DELIVERED or outgoing.incident not in desk.incidents:
        return
    incident = desk.incident(outgoing.incident)
    if room.change is RoomChange.CREATE and outgoing.reference and not incident.said.channel:
        channel, _, name = outgoing.reference.partition(":")
        incident = desk.record(incident.identity, ChannelMade(outgoing.current_target, channel, name or room.name), now)
        _set_topic(desk, incident, now)
        _invite(desk, incident, incident.crew.participants, now, also=_always(desk, outgoing.current_target))
        _welcome(desk, incident, now)
        _plan_end(desk, incident, now)
    elif room.change is RoomChange.ARCHIVE:
        desk.record(incident.identity, ChannelArchived(outgoing.current_target, room.channel), now)


def channel_name(prefix: str, incident: Incident) -> str:
    """`inc-2026-1126-001-orders-are-saved-twice`: as Slack wants names, at most 80 characters."""
    number = incident.identity.lower().removeprefix("inc-")
    words = re.sub(r"[^a-z0-9]+", "-", incident.title.lower()).strip("-")
    return f"{prefix or 'inc'}-{number}-{words}"[:LONGEST_NAME].strip("-")


def topic_of(incident: Incident) -> str:
    """State, severity and commander in one line."""
    commander = incident.crew.holder(Role.COMMANDER) or "nobody"
    head = f"{incident.severity} {incident.service}, {incident.state.value}, Incident Commander: {commander}. "
    return f"{head}{incident.title}"[:LONGEST_TOPIC]


def _keep(desk: Desk, before: Incident | None, incident: Incident, now: float) -> None:
    said = incident.said
    if not said.channel:
        target = _target_for(desk, incident)
        if target is not None and (before is None or not _is_urgent(before)):
            name = channel_name(target.settings.get("channel_prefix", ""), incident)
            _change(desk, incident.identity, target.name, Room(RoomChange.CREATE, name), "create", now)
        return
    if before is None or said.channel_is_over:
        return
    if topic_of(before) != topic_of(incident):
        _set_topic(desk, incident, now)
    new = tuple(one for one in incident.crew.participants if one not in before.crew.participants)
    _invite(desk, incident, new, now)
    if (before.state in _OVER) != (incident.state in _OVER):
        _plan_end(desk, incident, now)


def _target_for(desk: Desk, incident: Incident) -> NotificationTarget | None:
    """The team's first chat target that makes channels, for what is urgent and open."""
    team = desk.rules.team_of(incident.service)
    if not incident.state.is_open or not _is_urgent(incident) or team is None:
        return None
    targets = (desk.directory.targets.get(name) for name in team.targets.get(Channel.SLACK, ()))
    return next((one for one in targets if one is not None and _makes_channels(one)), None)


def _makes_channels(target: NotificationTarget) -> bool:
    return target.kind is TargetKind.SLACK and target.settings.get("incident_channels") == "true"


def _is_urgent(incident: Incident) -> bool:
    return incident.severity.rank <= _LEAST.rank


def _set_topic(desk: Desk, incident: Incident, now: float) -> None:
    said = incident.said
    room = Room(RoomChange.TOPIC, channel=said.channel, topic=topic_of(incident))
    _change(desk, incident.identity, said.channel_target, room, f"topic/{incident.position}", now)


def _invite(desk: Desk, incident: Incident, people: tuple[str, ...], now: float, also: tuple[str, ...] = ()) -> None:
    """Those of the people whose member id is known."""
    known = (desk.directory.people.get(person) for person in people)
    members = [one.addresses.get("slack", "") for one in known if one is not None]
    found = tuple(dict.fromkeys(one for one in (*also, *members) if _MEMBER.fullmatch(one)))
    if found:
        room = Room(RoomChange.INVITE, channel=incident.said.channel, members=found)
        _change(desk, incident.identity, incident.said.channel_target, room, f"invite/{incident.position}", now)


def _always(desk: Desk, target: str) -> tuple[str, ...]:
    found = desk.directory.targets.get(target)
    return tuple(one for one in found.settings.get("invite", "").split(",") if one) if found else ()


def _welcome(desk: Desk, incident: Incident, now: float) -> None:
    text = f"{incident.title}\n\n{topic_of(incident)}\nWhat happens is kept on the incident's page."
    notice = Notice(
        f"{incident.identity}: {incident.severity} {incident.service}", text, f"/incidents/{incident.identity}"
    )
    reach = Reach(Channel.SLACK, (incident.said.channel_target,), "", incident.said.channel)
    send_notice(desk, incident.identity, reach, notice, f"{incident.identity}/channel/welcome", now)


def _plan_end(desk: Desk, incident: Incident, now: float) -> None:
    """Archived some time after it was closed; not at all while it is not."""
    known = desk.records(ChannelEnd).get(incident.identity)
    if known is not None:
        desk.forget_record(known)
    if incident.state in _OVER:
        target = desk.directory.targets.get(incident.said.channel_target)
        after = target.settings.get("archive_after", "7d") if target else "7d"
        at = now + int(after[:-1]) * _SECONDS[after[-1]]
        desk.put_record(ChannelEnd(incident.identity, incident.said.channel_target, incident.said.channel, at))


def _change(desk: Desk, incident: str, target: str, room: Room, what: str, now: float) -> None:
    notice = Notice(f"{incident}: its channel, {room.change.value}", room.topic or room.name, room=room)
    send_notice(desk, incident, Reach(Channel.SLACK, (target,)), notice, f"{incident}/channel/{what}", now)
