"""How it went on: those who were told of an incident hear what became of it."""

from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Outgoing, Purpose
from covet_sre.oncall.target import TargetKind

_ALL = frozenset({Purpose.ACKNOWLEDGE, Purpose.UPDATE, Purpose.RESOLVE})
_HEARS = {
    TargetKind.INBOX: frozenset[Purpose](),
    TargetKind.PAGERDUTY: frozenset({Purpose.ACKNOWLEDGE, Purpose.RESOLVE}),
    TargetKind.SLACK: _ALL,
    TargetKind.EMAIL: frozenset({Purpose.RESOLVE}),
    TargetKind.WEBHOOK: _ALL,
    TargetKind.TICKETS: frozenset[Purpose](),
    TargetKind.GITHUB: frozenset({Purpose.RESOLVE}),
    TargetKind.JIRA: frozenset({Purpose.RESOLVE}),
}
"""What each kind of target wants to hear: a mailbox not every acknowledgement, our own pages show the state itself."""


def tell_on(desk: Desk, incident: Incident, purpose: Purpose, now: float) -> None:
    """Tell everybody who was asked, and whom that reached or may have reached, once for each target and person."""
    for asked in list(desk.delivered.get(incident.identity, {}).values()):
        follow(desk, incident, asked, purpose, now)


def follow(desk: Desk, incident: Incident, asked: Outgoing, purpose: Purpose, now: float) -> None:
    """Tell one who was asked. The notification goes wherever the asking one arrived, under that one's thread."""
    for name in asked.told:
        target = desk.rules.directory.targets.get(name)
        if target is None or purpose not in _HEARS[target.kind]:
            continue
        # An update may come many times; the position on the timeline tells them apart.
        key = f"{asked.key}>{purpose.value}/{incident.episode}/{incident.position}"
        is_where_it_ended = name == asked.current_target
        desk.put_outgoing(
            Outgoing(
                key=key if is_where_it_ended else f"{key}/{name}",
                incident=asked.incident,
                episode=asked.episode,
                step=asked.step,
                channel=asked.channel,
                purpose=purpose,
                targets=(name,),
                due_at=now,
                try_at=now,
                person=asked.person,
                address=asked.address,
                reference=asked.reference if is_where_it_ended else "",
            )
        )


def catch_up(desk: Desk, incident: Incident, asked: Outgoing, now: float) -> None:
    """It may have changed while one who was asked was being told: they must hear that too."""
    if not incident.state.is_open:
        follow(desk, incident, asked, Purpose.RESOLVE, now)
    elif incident.is_acknowledged:
        follow(desk, incident, asked, Purpose.ACKNOWLEDGE, now)
