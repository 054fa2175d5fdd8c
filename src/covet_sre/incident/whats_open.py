"""What is open for a schedule: what the one who leaves need not write down, and the one who comes must know."""

from covet_sre.alerting.silence import SilenceState
from covet_sre.incident.desk import Desk
from covet_sre.incident.incident import Incident
from covet_sre.incident.rules import Rules
from covet_sre.oncall.escalation import Recipient, RecipientKind
from covet_sre.oncall.swap import Swap, SwapState

_LISTED = 20


def whats_open(desk: Desk, schedule: str, now: float) -> str:
    """Open incidents of the services that page this schedule, active silences, swaps that wait; in plain text."""
    incidents = sorted(
        (one for one in desk.incidents.values() if one.state.is_open and pages(desk.rules, one.service, schedule)),
        key=lambda one: (one.severity.rank, one.identity),
    )
    silences = [one for one in desk.silences.values() if one.state(now) is SilenceState.ACTIVE]
    swaps = [one for one in desk.records(Swap).values() if one.schedule == schedule and one.state is SwapState.PENDING]
    return open_text(
        [incident_line(one) for one in incidents],
        [f"{one.reason} ({one.author})" for one in sorted(silences, key=lambda one: one.ends_at)],
        [f"{one.asker} asks {one.asked}" for one in swaps],
    )


def open_text(incidents: list[str], silences: list[str], swaps: list[str]) -> str:
    """The same lists, wherever they were read from."""
    parts = [
        _listed("Open incidents", incidents),
        _listed("Active silences", silences),
        _listed("Swaps that wait for an answer", swaps),
    ]
    return "\n\n".join(part for part in parts if part) or "Nothing is open."


def pages(rules: Rules, service: str, schedule: str) -> bool:
    """Whether an incident of a service may page whoever is on call on a schedule."""
    rule, team = rules.services.get(service), rules.team_of(service)
    policy = rules.directory.escalations.get((rule.escalation if rule else "") or (team.escalation if team else ""))
    wanted = Recipient(RecipientKind.SCHEDULE, schedule)
    return policy is not None and any(wanted in step.recipients for step in policy.steps)


def incident_line(incident: Incident) -> str:
    """One incident in one line."""
    by = f", {incident.acknowledged_by} takes care" if incident.is_acknowledged else ", nobody has acknowledged"
    return f"{incident.identity} {incident.severity} {incident.service}: {incident.title} ({incident.state}{by})"


def _listed(what: str, lines: list[str]) -> str:
    if not lines:
        return ""
    more = [f"and {len(lines) - _LISTED} more"] if len(lines) > _LISTED else []
    return "\n".join([f"{what}:", *(f"- {line}" for line in [*lines[:_LISTED], *more])])
