"""Asking people: an episode begins, its steps fall due one after another, and end with an acknowledgement."""

from dataclasses import replace
from math import inf

from covet_sre.alerting.silence import SilenceState
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import (
    DeadlineMissed,
    EpisodeBegan,
    NotTold,
    StepHeld,
    StepsMissed,
    StepTaken,
    StepUnroutable,
)
from covet_sre.incident.holding_back import held_until, note_asked
from covet_sre.incident.incident import Incident
from covet_sre.incident.outgoing import Delivery, Outgoing, Purpose, outgoing_key, perhaps_told
from covet_sre.incident.plan import PlannedStep, make_plan
from covet_sre.oncall.escalation import Reach
from covet_sre.oncall.target import Channel

LATE_SECONDS = 60.0
"""Steps that fell due longer ago than this, while nothing ran, are not replayed one after another."""


def ask(desk: Desk, incident: Incident, now: float) -> None:
    """Begin an episode: the policies as they are now decide its plan."""
    rules, service = desk.rules, incident.service
    response = rules.response_to(service, incident.severity)
    seconds = response.deadline_seconds
    if seconds is None:
        seconds = rules.business_hours_of(service).next_business_day(now) - now
    team, rule = rules.team_of(service), rules.services.get(service)
    name = (rule.escalation if rule else "") or (team.escalation if team else "")
    plan = make_plan(response, seconds, rules.directory.escalations.get(name), team)
    deadline_at = now + seconds if seconds > 0 else None
    stop_asking(desk, incident, f"episode {incident.episode + 1} begins", now)
    incident = desk.record(incident.identity, EpisodeBegan(incident.episode + 1, plan, deadline_at), now)
    take_due_steps(desk, incident, now)


def take_due_steps(desk: Desk, incident: Incident, now: float) -> None:
    """Take the steps that are due, and note a deadline that has passed."""
    identity = incident.identity
    misses_at = incident.misses_deadline_at
    if misses_at is not None and misses_at <= now:
        incident = desk.record(identity, DeadlineMissed(incident.episode), now)
    while (due_at := incident.step_due_at) is not None and due_at <= now:
        if (until := silenced_until(desk, incident, now)) > now:
            desk.record(identity, StepHeld(incident.episode, incident.next_step, until, "it is silenced"), now)
            return
        if (until := held_until(desk, incident, now)) > now:
            desk.look_again(identity, until)
            return
        incident = _without_missed(desk, incident, now)
        incident = _take_step(desk, incident, now)


def pass_on(desk: Desk, failed: Outgoing, now: float) -> None:
    """Take the next step at once when nobody of the last one can be told: no target took it."""
    incident = desk.incident(failed.incident)
    _hurry(desk, failed, now)
    is_last = incident.episode == failed.episode and incident.next_step == failed.step + 1
    others = [*desk.asking(incident.identity), *desk.delivered.get(incident.identity, {}).values()]
    if not is_last or not incident.wants_people or any(_is_of_step(one, failed) for one in others):
        return
    unroutable = StepUnroutable(failed.episode, failed.step, f"no target took it: {failed.detail}")
    _take_step(desk, desk.record(incident.identity, unroutable, now), now)


def _hurry(desk: Desk, failed: Outgoing, now: float) -> None:
    """What its person wants to be told by later is told now: what came before did not reach them."""
    for outgoing in desk.asking(failed.incident):
        is_later = outgoing.tries == 0 and outgoing.not_before > now and outgoing.person == failed.person
        if is_later and failed.person and _is_of_step(outgoing, failed):
            desk.put_outgoing(replace(outgoing, not_before=now, due_at=now, try_at=now))


def _is_of_step(outgoing: Outgoing, other: Outgoing) -> bool:
    return (outgoing.episode, outgoing.step) == (other.episode, other.step)


def silenced_until(desk: Desk, incident: Incident, now: float) -> float:
    """Until when everything that fires in an incident is silenced; 0 where something speaks, or nothing fires."""
    active = [silence for silence in desk.silences.values() if silence.state(now) is SilenceState.ACTIVE]
    firing = desk.firing(incident.identity)
    if not active or not firing:
        return 0.0
    until = inf
    for key in firing:
        labels = desk.alerts[key].labels
        ends = [silence.ends_at for silence in active if silence.silences(labels, now)]
        if not ends:
            return 0.0
        until = min(until, max(ends))
    return until


def release(desk: Desk, incident: Incident, why: str, now: float) -> Incident:
    """A step that was held is due now, if something in the incident is not silenced any more."""
    if incident.held_until <= now or silenced_until(desk, incident, now) > now:
        return incident
    return desk.record(incident.identity, StepHeld(incident.episode, incident.next_step, now, why), now)


def let_leave(desk: Desk, incident: Incident, now: float) -> None:
    """What was held before it left, because of a silence, is looked at again."""
    for outgoing in desk.asking(incident.identity):
        if outgoing.delivery is Delivery.WAITING and outgoing.tries == 0 and outgoing.try_at > now:
            # What its person wants only later is not held by the silence.
            at = max(now, outgoing.not_before)
            desk.put_outgoing(replace(outgoing, due_at=at, try_at=at))


def stop_asking(desk: Desk, incident: Incident, why: str, now: float) -> None:
    """Cancel what has not left yet. What is on its way is asked about again when it comes back."""
    for outgoing in desk.asking(incident.identity):
        if outgoing.delivery is Delivery.WAITING:
            cancel(desk, outgoing, why, now)


def cancel(desk: Desk, outgoing: Outgoing, why: str, now: float) -> None:
    """A notification that need not leave any more. Of one that was under way nobody knows whether it arrived."""
    if outgoing.delivery is Delivery.CLAIMED:
        outgoing = perhaps_told(outgoing)
    desk.put_outgoing(replace(outgoing, delivery=Delivery.CANCELLED, detail=why))
    told = NotTold(outgoing.key, outgoing.current_target, outgoing.person, outgoing.purpose, "cancelled", why)
    desk.record(outgoing.incident, told, now)


def _without_missed(desk: Desk, incident: Incident, now: float) -> Incident:
    """Past the steps that fell due while nothing ran, up to the last of them."""
    steps, first = incident.plan.steps, incident.next_step
    due = [
        number
        for number in range(first, len(steps))
        if incident.began_at + steps[number].due_seconds <= now and not steps[number].is_catch_all
    ]
    is_late = now - (incident.began_at + steps[first].due_seconds) > LATE_SECONDS and not incident.held_until
    if not is_late or len(due) < 2:
        return incident
    return desk.record(incident.identity, StepsMissed(incident.episode, first, due[-2]), now)


def _take_step(desk: Desk, incident: Incident, now: float) -> Incident:
    """Tell a step's people; one that reaches nobody is passed on at once."""
    number = incident.next_step
    while number < len(incident.plan.steps):
        step = incident.plan.steps[number]
        reached = _reached(desk, incident, step, now)
        if reached:
            told = tuple(_told(reach) for reach in reached)
            for reach in reached:
                _tell(desk, incident, number, reach, now)
            note_asked(desk, incident, number, now)
            return desk.record(incident.identity, StepTaken(incident.episode, number, told), now)
        why = f"nobody can be told: {', '.join(map(str, step.recipients)) or 'no recipient is declared'}"
        incident = desk.record(incident.identity, StepUnroutable(incident.episode, number, why), now)
        number += 1
    return incident


def _told(reach: Reach) -> str:
    later = f" after {reach.after_seconds:g} s" if reach.after_seconds else ""
    return f"{reach.person or 'team'} by {reach.targets[0]}{later}"


def _reached(desk: Desk, incident: Incident, step: PlannedStep, now: float) -> list[Reach]:
    directory, team = desk.directory, desk.rules.team_of(incident.service)
    found = [
        reach
        for channel in step.channels
        for recipient in step.recipients
        for reach in directory.reach(recipient, channel, now, team)
    ]
    # A team's channel is told once, however many of its people have no contact of their own; and a person who said how
    # they want to be told is told so once, whatever channels the severity asks for.
    return list({_way(reach): reach for reach in found}.values())


def _way(reach: Reach) -> tuple[str, ...]:
    if reach.by_own_rule:
        urgency = "page" if reach.channel is Channel.PAGE else "low"
        return "own", urgency, reach.targets[0], reach.person
    return reach.channel, reach.targets[0], reach.address


def _tell(desk: Desk, incident: Incident, step: int, reach: Reach, now: float) -> None:
    first = f"{reach.targets[0]}:{reach.channel.value}"
    key = outgoing_key(incident.identity, incident.episode, step, first, reach.person, Purpose.TRIGGER)
    for earlier in desk.asking(incident.identity):
        is_same = (earlier.channel, earlier.person, earlier.targets) == (reach.channel, reach.person, reach.targets)
        if is_same and not earlier.is_under_way(now) and earlier.key != key:
            # It did not get through until now: once is enough.
            cancel(desk, earlier, f"step {step + 1} asks the same again", now)
    desk.put_outgoing(
        Outgoing(
            key=key,
            incident=incident.identity,
            episode=incident.episode,
            step=step,
            channel=reach.channel,
            purpose=Purpose.TRIGGER,
            targets=reach.targets,
            due_at=now + reach.after_seconds,
            try_at=now + reach.after_seconds,
            person=reach.person,
            address=reach.address,
            not_before=now + reach.after_seconds,
        )
    )
