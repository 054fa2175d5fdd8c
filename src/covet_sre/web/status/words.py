"""How the public is told: words for states, and times on the clock of the page's zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from covet_sre.status.maintenance import MaintenanceStatus
from covet_sre.status.public_incident import PublicStatus
from covet_sre.status.states import ComponentState, Impact
from covet_sre.web.words import good_share

STATE_WORDS = {
    ComponentState.OPERATIONAL: "Operational",
    ComponentState.UNDER_MAINTENANCE: "Under maintenance",
    ComponentState.DEGRADED_PERFORMANCE: "Degraded performance",
    ComponentState.PARTIAL_OUTAGE: "Partial outage",
    ComponentState.MAJOR_OUTAGE: "Major outage",
}

HEADLINES = {
    ComponentState.OPERATIONAL: "All systems operational",
    ComponentState.UNDER_MAINTENANCE: "Maintenance in progress",
    ComponentState.DEGRADED_PERFORMANCE: "Some systems are slower or less reliable than usual",
    ComponentState.PARTIAL_OUTAGE: "Partial system outage",
    ComponentState.MAJOR_OUTAGE: "Major system outage",
}

TONES = {
    ComponentState.OPERATIONAL: "ok",
    ComponentState.UNDER_MAINTENANCE: "work",
    ComponentState.DEGRADED_PERFORMANCE: "slow",
    ComponentState.PARTIAL_OUTAGE: "part",
    ComponentState.MAJOR_OUTAGE: "down",
}
"""Classes of the stylesheet."""

IMPACT_TONES = {Impact.NONE: "none", Impact.MINOR: "slow", Impact.MAJOR: "part", Impact.CRITICAL: "down"}

IMPACT_WORDS = {
    Impact.NONE: "No impact",
    Impact.MINOR: "Minor impact",
    Impact.MAJOR: "Major impact",
    Impact.CRITICAL: "Critical impact",
}

STATUS_WORDS = {
    PublicStatus.INVESTIGATING: "Investigating",
    PublicStatus.IDENTIFIED: "Identified",
    PublicStatus.MONITORING: "Monitoring",
    PublicStatus.RESOLVED: "Resolved",
    PublicStatus.POSTMORTEM: "Post-mortem",
}

MAINTENANCE_WORDS = {
    MaintenanceStatus.SCHEDULED: "Scheduled",
    MaintenanceStatus.IN_PROGRESS: "In progress",
    MaintenanceStatus.VERIFYING: "Verifying",
    MaintenanceStatus.COMPLETED: "Completed",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """`text` for people, `machine` in RFC 3339."""

    text: str
    machine: str


def moment(at: float, zone: tzinfo, *, year: bool = False) -> Moment:
    """`26 Nov, 18:40 GMT`."""
    local = datetime.fromtimestamp(at, zone)
    return Moment(f"{day_text(local.date(), year=year)}, {local:%H:%M %Z}", rfc3339(at))


def day_text(day: date, *, year: bool = False) -> str:
    """`26 Nov`, or `26 Nov 2026`."""
    return f"{day.day} {day:%b %Y}" if year else f"{day.day} {day:%b}"


def rfc3339(at: float) -> str:
    """UTC, to the second."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def uptime_text(share: float | None) -> str:
    """Rounded down: what is not whole is never 100 %."""
    return "No data" if share is None else good_share(share)


def minutes_text(seconds: float) -> str:
    """`1 h 5 min`; what lasted less than a minute is one."""
    minutes = max(round(seconds / 60), 1)
    hours, rest = divmod(minutes, 60)
    return f"{minutes} min" if not hours else f"{hours} h" if not rest else f"{hours} h {rest} min"


def cut(text: str, most: int) -> str:
    """At most so many characters, with an ellipsis where something is left out."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
