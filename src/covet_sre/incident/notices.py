"""Text about shifts to one person or to a team, on its way like every notification. A page never waits for it."""

from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Notice
from covet_sre.incident.telling import send_notice, takes_notices
from covet_sre.oncall.escalation import Reach, Recipient, RecipientKind
from covet_sre.oncall.target import Channel


def write_to_person(desk: Desk, person: str, notice: Notice, key: str, now: float) -> bool:
    """By e-mail, else by chat, as the person wants it; whether there is a way at all.

    `key` tells this notice from all others, however often it is repeated.
    """
    return _write(desk, Recipient(RecipientKind.PERSON, person), notice, f"{key}/{person}", now)


def write_to_team(desk: Desk, team: str, notice: Notice, key: str, now: float) -> bool:
    """In the team's chat, else by its e-mail; whether there is a way at all."""
    return _write(desk, Recipient(RecipientKind.TEAM, team), notice, f"{key}/team {team}", now)


def _write(desk: Desk, recipient: Recipient, notice: Notice, key: str, now: float) -> bool:
    channels = (Channel.EMAIL, Channel.SLACK)
    for channel in channels if recipient.kind is RecipientKind.PERSON else reversed(channels):
        reached = [_carried(desk, reach) for reach in desk.directory.reach(recipient, channel, now)]
        ways = [reach for reach in reached if reach.targets]
        if ways:
            for number, reach in enumerate(ways):
                send_notice(desk, "", reach, notice, f"{key}/{number}" if number else key, now)
            return True
    return False


def _carried(desk: Desk, reach: Reach) -> Reach:
    """The same way, without what carries no text. The first of its targets knows the address."""
    targets = tuple(name for name in reach.targets if takes_notices(desk, name))
    keeps_address = targets[:1] == reach.targets[:1]
    return Reach(reach.channel, targets, reach.person, reach.address if keeps_address else "", reach.after_seconds)
