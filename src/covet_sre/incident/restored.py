"""The first desk over a restored database, and the end of its caution."""

from dataclasses import replace

from covet_sre.incident.asking import cancel
from covet_sre.incident.desk import Desk
from covet_sre.incident.events import NoteAdded
from covet_sre.incident.incident import Incident
from covet_sre.incident.reconciling import RESTORED, Reconciling
from covet_sre.oncall.target import Channel


def begin_reconciling(desk: Desk, now: float) -> None:
    """Where the desk was laid out from a restored database for the first time: what waits to leave is looked at."""
    found = desk.records(Reconciling).get(RESTORED)
    if found is None or found.until is not None:
        return
    open_ones = [one for one in desk.incidents.values() if one.state.is_open]
    until = now + found.seconds
    asked = [one.identity for one in open_ones if _asks_what_waits(desk, one, now)]
    for incident in open_ones:
        if incident.wants_people:
            note = "The database was restored from a backup: this asks once, and then again when that is looked into."
            desk.record(incident.identity, NoteAdded(note), now)
    incidents = tuple(one.identity for one in open_ones)
    desk.put_record(replace(found, until=until, incidents=incidents, asked=tuple(asked)))


def end_reconciling(desk: Desk, actor: str, now: float) -> bool:
    """Go on as usual; False where nothing was held back."""
    found = desk.records(Reconciling).get(RESTORED)
    if found is None or not found.lasts_at(now):
        return False
    desk.put_record(replace(found, until=now, ended_by=actor))
    for identity in found.asked:
        desk.look_again(identity, now)
    return True


def _asks_what_waits(desk: Desk, incident: Incident, now: float) -> bool:
    """Of what waits to page, one step is kept; none where a step is due that asks anew. Whether one was kept."""
    pages = [one for one in desk.asking(incident.identity) if one.channel is Channel.PAGE]
    is_due = incident.step_due_at is not None and incident.step_due_at <= now
    last = max(((one.episode, one.step) for one in pages), default=(0, 0))
    kept = [] if is_due else [one for one in pages if (one.episode, one.step) == last]
    for one in pages:
        if one not in kept:
            cancel(desk, one, "the database was restored from a backup: what is due is asked anew", now)
    return bool(kept) and not incident.is_acknowledged
