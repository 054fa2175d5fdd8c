"""What is open for a schedule, as whoever hands over sees it before they write."""

from covet_sre.alerting.silence import SilenceState
from covet_sre.flows.incidents import IncidentFilter, Incidents
from covet_sre.flows.oncall import Roster
from covet_sre.incident.whats_open import incident_line, open_text, pages
from covet_sre.oncall.swap import SwapState

_MOST_READ = 200


def open_for(incidents: Incidents, roster: Roster, schedule: str) -> str:
    """The same words that the one who comes is told with: see `incident.whats_open`."""
    found = incidents.incidents(IncidentFilter(is_open=True, limit=_MOST_READ))
    mine = [one for one in found if pages(roster.rules, one.service, schedule)]
    mine.sort(key=lambda one: (one.severity.rank, one.identity))
    silences = [one for one in incidents.silences() if one.state(roster.now) is SilenceState.ACTIVE]
    swaps = [one for one in roster.kept.swaps if one.schedule == schedule and one.state is SwapState.PENDING]
    return open_text(
        [incident_line(one) for one in mine],
        [f"{one.reason} ({one.author})" for one in sorted(silences, key=lambda one: one.ends_at)],
        [f"{one.asker} asks {one.asked}" for one in swaps],
    )
