"""A storm does not ring a hundred times: beyond a few a minute, what one person is to be told by one target is one
notification. The first pages always go by themselves, and before everything else."""

from collections.abc import Sequence
from dataclasses import replace

from covet_sre.incident.desk import Desk
from covet_sre.incident.outgoing import Outgoing, Purpose
from covet_sre.oncall.target import TargetKind

ALONE_PER_MINUTE = 5
"""So many go by themselves, to one person by one target, in a minute."""

COLLECTED_SECONDS = 10.0
"""For so long others are waited for."""

_MINUTE = 60.0

_BY_THEMSELVES = (TargetKind.PAGERDUTY, TargetKind.TICKETS, TargetKind.GITHUB, TargetKind.JIRA)
"""These bundle by themselves, or keep an account of each incident, which is acknowledged and resolved there."""

Recipient = tuple[str, str, str]


def bundled(desk: Desk, ready: Sequence[Outgoing], now: float) -> list[Outgoing]:
    """What is sent of that which is ready: the others are led by one of them, and share its fate."""
    leads: dict[Recipient, Outgoing] = {}
    sent: list[Outgoing] = []
    for outgoing in ready:
        recipient = outgoing.current_target, outgoing.person, outgoing.address
        if not _may_be_bundled(desk, outgoing) or _goes_alone(desk, recipient, now):
            sent.append(outgoing)
        elif now - outgoing.due_at < COLLECTED_SECONDS and outgoing.tries == 0:
            # To a common moment: what becomes due until then goes along.
            at = (now // COLLECTED_SECONDS + 1) * COLLECTED_SECONDS
            desk.put_outgoing(replace(outgoing, try_at=at))
        elif recipient not in leads:
            leads[recipient] = outgoing
            sent.append(outgoing)
        else:
            desk.put_outgoing(replace(outgoing, lead=leads[recipient].key))
    return sent


def led_by(desk: Desk, key: str) -> list[Outgoing]:
    """The notifications that one carries beside its own."""
    return [desk.outgoing[one] for one in desk.led.get(key, ())]


def _may_be_bundled(desk: Desk, outgoing: Outgoing) -> bool:
    target = desk.rules.directory.targets.get(outgoing.current_target)
    return outgoing.purpose is Purpose.TRIGGER and target is not None and target.kind not in _BY_THEMSELVES


def _goes_alone(desk: Desk, recipient: Recipient, now: float) -> bool:
    """Whether it is one of the first of this minute; if so, it counts."""
    lately = [at for at in desk.rung.get(recipient, ()) if now - at < _MINUTE]
    alone = len(lately) < ALONE_PER_MINUTE
    desk.rung[recipient] = [*lately, now] if alone else lately
    return alone
