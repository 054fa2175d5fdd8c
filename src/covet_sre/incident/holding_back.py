"""While what was restored is looked into: an incident that has paged since then pages no more."""

from dataclasses import replace

from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident
from covet_sre.incident.reconciling import RESTORED, Reconciling
from covet_sre.oncall.target import Channel


def held_until(desk: Desk, incident: Incident, now: float) -> float:
    """Until when an incident that has asked since the restore asks nobody; 0 for all others."""
    found = desk.records(Reconciling).get(RESTORED)
    if found is None or found.until is None or now >= found.until or incident.identity not in found.asked:
        return 0.0
    return found.until


def note_asked(desk: Desk, incident: Incident, step: int, now: float) -> None:
    """A step of an incident was taken: where it pages, that was its one page."""
    found = desk.records(Reconciling).get(RESTORED)
    if found is None or found.until is None or now >= found.until:
        return
    is_new = incident.identity in found.incidents and incident.identity not in found.asked
    if is_new and Channel.PAGE in incident.plan.steps[step].channels:
        desk.put_record(replace(found, asked=(*found.asked, incident.identity)))
