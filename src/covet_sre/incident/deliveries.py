"""Notifications on their way: begun when they are due and still wanted, tried again, given up, delivered."""

from dataclasses import replace

from covet_sre.incident.asking import cancel, pass_on, silenced_until
from covet_sre.incident.bundling import bundled, led_by
from covet_sre.incident.channels import room_changed
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import NotTold, TicketMade, Told
from covet_sre.incident.following import catch_up
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import UNHEARD, Delivery, Outgoing, Purpose, Receipt, attempted, claimed, perhaps_told
from covet_sre.oncall.target import Channel


def begin_attempts(desk: Desk, at_most: int, now: float, kept_for_urgent: int = 0) -> list[Outgoing]:
    """The notifications to be sent now, claimed. Each is asked first whether it is still wanted: its state may have
    changed since it was written. Those that are not urgent leave `kept_for_urgent` of the `at_most` places free.
    """
    ready: list[Outgoing] = []
    for outgoing in desk.due_outgoing(now):
        if len(ready) >= (at_most if outgoing.is_urgent else at_most - kept_for_urgent) or outgoing.try_at > now:
            desk.try_again(outgoing)
        elif why := not_wanted(desk, outgoing):
            cancel(desk, outgoing, why, now)
            _catch_up(desk, outgoing, now)
        elif (until := _held_until(desk, outgoing, now)) > now:
            # It is due then: it is not late because somebody wanted quiet.
            desk.put_outgoing(replace(outgoing, due_at=until, try_at=until))
        elif outgoing.delivery is Delivery.CLAIMED:
            # Its attempt never came back: the outcome is unknown, and it is sent again with the same key.
            unheard = attempted(replace(outgoing, lead=""), UNHEARD, now)
            if unheard.delivery.is_over:
                _over(desk, unheard, now)
            else:
                # Put down, so that whatever carried it carries it no longer.
                desk.put_outgoing(unheard)
                ready.append(unheard)
        else:
            ready.append(outgoing)
    begun: list[Outgoing] = []
    for outgoing in bundled(desk, ready, now):
        for one in (outgoing, *led_by(desk, outgoing.key)):
            desk.put_outgoing(claimed(one, now))
        begun.append(desk.outgoing[outgoing.key])
    return begun


def not_wanted(desk: Desk, outgoing: Outgoing) -> str:
    """Why a notification need not leave any more, empty where it must."""
    incident = desk.incidents.get(outgoing.incident)
    if incident is None or outgoing.purpose is not Purpose.TRIGGER:
        return ""
    if not incident.state.is_open:
        return f"it is {incident.state}"
    if incident.episode != outgoing.episode:
        return f"episode {incident.episode} has begun"
    if incident.is_acknowledged and outgoing.channel is not Channel.TICKET:
        return f"{incident.acknowledged_by} acknowledged"
    return ""


def _held_until(desk: Desk, outgoing: Outgoing, now: float) -> float:
    """Until when a notification waits because everything that fires in its incident is silenced."""
    incident = desk.incidents.get(outgoing.incident)
    if incident is None or outgoing.purpose is not Purpose.TRIGGER or outgoing.tries:
        return 0.0
    return silenced_until(desk, incident, now)


def came_back(desk: Desk, key: str, tries: int, receipt: Receipt, now: float, target: str = "") -> None:
    """What became of an attempt at `target`. Of one that was settled, or that somebody has taken up since, nothing is
    new unless it arrived."""
    outgoing = desk.outgoing.get(key)
    if outgoing is None:
        return
    is_awaited = outgoing.delivery is Delivery.CLAIMED and outgoing.tries == tries
    if not is_awaited and not receipt.outcome.is_delivered:
        return
    for one in (outgoing, *led_by(desk, key)):
        _settle(desk, one if is_awaited else _back_at(one, target), receipt, now)


def _back_at(outgoing: Outgoing, target: str) -> Outgoing:
    """It had moved on to another target, which may have taken it too, when it turned out that this one had."""
    if target == outgoing.current_target or target not in outgoing.targets:
        return outgoing
    if outgoing.delivery is Delivery.CLAIMED:
        outgoing = perhaps_told(outgoing)
    return replace(outgoing, target=outgoing.targets.index(target))


def _settle(desk: Desk, outgoing: Outgoing, receipt: Receipt, now: float) -> None:
    outgoing = attempted(replace(outgoing, lead=""), receipt, now)
    if outgoing.delivery.is_over:
        _over(desk, outgoing, now)
    else:
        desk.put_outgoing(outgoing)


def _over(desk: Desk, outgoing: Outgoing, now: float) -> None:
    desk.put_outgoing(outgoing)
    if outgoing.incident in desk.incidents:
        _note(desk, outgoing, now)
        room_changed(desk, outgoing, now)
        _catch_up(desk, outgoing, now)
        if outgoing.delivery is Delivery.FAILED and outgoing.purpose is Purpose.TRIGGER:
            pass_on(desk, outgoing, now)


def _catch_up(desk: Desk, outgoing: Outgoing, now: float) -> None:
    """It may have changed while this was on its way: whom it reached, or may have, must hear that too."""
    incident, asked = desk.incidents.get(outgoing.incident), desk.delivered.get(outgoing.incident, {}).get(outgoing.key)
    if incident is not None and asked is not None:
        catch_up(desk, incident, asked, now)


def _note(desk: Desk, outgoing: Outgoing, now: float) -> Incident:
    target, purpose = outgoing.current_target, outgoing.purpose.value
    if outgoing.delivery is Delivery.DELIVERED:
        told = Told(outgoing.key, target, outgoing.person, purpose, outgoing.tries)
        incident = desk.record(outgoing.incident, told, now)
        if outgoing.channel is Channel.TICKET and outgoing.purpose is Purpose.TRIGGER and outgoing.reference:
            made = TicketMade(target, outgoing.reference, outgoing.detail if "://" in outgoing.detail else "")
            incident = desk.record(outgoing.incident, made, now)
        return incident
    not_told = NotTold(outgoing.key, target, outgoing.person, purpose, outgoing.delivery.value, outgoing.detail)
    return desk.record(outgoing.incident, not_told, now)
