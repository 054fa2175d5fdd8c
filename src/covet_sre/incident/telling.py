"""A notice to one person: by every way that is their own, else by their team's, else in our own inbox."""

from dataclasses import replace

from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Notice, Outgoing, Purpose
from covet_sre.oncall.escalation import Reach, Recipient, RecipientKind
from covet_sre.oncall.target import LOCAL_INBOX, Channel, TargetKind

_WAYS = (Channel.SLACK, Channel.EMAIL)


def ways_to(desk: Desk, person: str, service: str, now: float) -> list[Reach]:
    """How words reach somebody: chat and mail. What only takes alerts takes no notices."""
    directory = desk.directory
    team = desk.rules.team_of(service)
    recipient = Recipient(RecipientKind.PERSON, person)
    found = [reach for channel in _WAYS for reach in directory.reach(recipient, channel, now, team)]
    taking = [reach for reach in found if takes_notices(desk, reach.targets[0])]
    own = [reach for reach in taking if reach.person]
    return own or taking[:1] or [Reach(Channel.SLACK, (LOCAL_INBOX.name,))]


def takes_notices(desk: Desk, target: str) -> bool:
    """Whether text to people is any of a target's business."""
    found = desk.directory.targets.get(target)
    return found is not None and found.kind in (
        TargetKind.SLACK,
        TargetKind.EMAIL,
        TargetKind.WEBHOOK,
        TargetKind.INBOX,
    )


def tell_person(desk: Desk, incident: str, person: str, notice: Notice, key: str, now: float) -> None:
    """`key` is what no other notice to anybody has in common with this one."""
    for reach in ways_to(desk, person, desk.incident(incident).service, now):
        if person and not reach.person:
            # Where all of a team read it, it must say whom it means.
            notice = replace(notice, subject=f"For {person}: {notice.subject}")
        send_notice(desk, incident, reach, notice, f"{key}/{person}/{reach.targets[0]}", now)


def send_notice(
    desk: Desk,
    incident: str,
    reach: Reach,
    notice: Notice,
    key: str,
    now: float,
    purpose: Purpose = Purpose.NOTICE,
) -> None:
    """One notice on its way. `incident` is empty where it is about none; a TEST goes where pages go."""
    at = now + reach.after_seconds
    desk.put_outgoing(
        Outgoing(
            key=key,
            incident=incident,
            episode=desk.incidents[incident].episode if incident in desk.incidents else 0,
            step=0,
            channel=reach.channel,
            purpose=purpose,
            targets=reach.targets,
            due_at=at,
            try_at=at,
            person=reach.person,
            address=reach.address,
            notice=notice,
        )
    )
