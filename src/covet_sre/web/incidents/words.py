"""How incidents, severities and times to the second are written on the pages."""

from dataclasses import dataclass
from datetime import UTC, datetime

from covet_sre.alerting.severity import TITLES, Severity
from covet_sre.flows.narration import span
from covet_sre.incident.incident import Incident, State
from covet_sre.oncall.escalation import Recipient, RecipientKind
from covet_sre.oncall.target import Channel
from covet_sre.web import words

STATE_WORDS = {
    State.DETECTED: "Detected",
    State.PAGED: "Paged",
    State.TEAM_FORMED: "Team formed",
    State.TICKETED: "Ticketed",
    State.ASSIGNED: "Assigned",
    State.MITIGATING: "Mitigating",
    State.RESOLVED: "Resolved",
    State.REVIEW_PENDING: "Review pending",
    State.CLOSED: "Closed",
    State.FALSE_ALARM: "False alarm",
    State.MERGED: "Merged",
}

_LAST_SECOND = 253_402_300_799.0
CHANNEL_WORDS = {Channel.PAGE: "page", Channel.EMAIL: "e-mail", Channel.SLACK: "chat", Channel.TICKET: "ticket"}


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with its tone: the stylesheet gives the colour, the sign the shape."""

    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class SeverityBadge:
    """`value` is a class of the stylesheet too."""

    value: str
    title: str


def severity_badge(severity: Severity) -> SeverityBadge:
    return SeverityBadge(severity.value, TITLES[severity])


def state_badge(incident: Incident) -> Badge:
    """Red is what nobody takes care of; amber what somebody works on; green what is over."""
    return Badge(STATE_WORDS[incident.state], tone_of(incident))


def tone_of(incident: Incident) -> str:
    state = incident.state
    if state in (State.CLOSED, State.FALSE_ALARM, State.MERGED):
        return "unknown"
    if not state.is_open:
        return "ok"
    if incident.is_acknowledged:
        return "recovering" if state is State.MITIGATING and incident.times.mitigated is not None else "warning"
    return "critical" if incident.severity.rank < 2 else "warning"


def moment(at: float) -> str:
    """Nov 23, 09:40."""
    return words.moment(int(_shown(at) // 60))


def clock(at: float) -> str:
    """09:40:07."""
    return f"{datetime.fromtimestamp(_shown(at), UTC):%H:%M:%S}"


def day(at: float) -> str:
    """Monday, Nov 23."""
    when = datetime.fromtimestamp(_shown(at), UTC)
    return f"{when:%A}, {when:%b} {when.day}"


def machine(at: float) -> str:
    """ISO 8601, for `<time datetime>`."""
    return f"{datetime.fromtimestamp(_shown(at), UTC):%Y-%m-%dT%H:%M:%SZ}"


def lasted(seconds: float) -> str:
    """A span that stays on one line."""
    return span(seconds).replace(" ", "\N{NO-BREAK SPACE}")


def ago(at: float, now: float) -> str:
    """How long ago, in one unit."""
    return "just now" if now - at < 1 else f"{lasted(now - at)} ago"


def open_for(incident: Incident, now: float) -> str:
    """How long users were, or are, hurt as far as is known."""
    times = incident.times
    end = times.resolved or times.closed
    return lasted((now if end is None else end) - times.impact)


def next_step(incident: Incident, now: float) -> str:
    """Who is told next, and when; or why nobody is."""
    if not incident.state.is_open:
        return ""
    if incident.is_acknowledged:
        promise = incident.said.promise
        if promise is not None and promise.due_at <= now:
            return f"{incident.acknowledged_by} takes care; an update is overdue by {lasted(now - promise.due_at)}"
        return f"{incident.acknowledged_by} takes care; nobody else is asked"
    due = incident.step_due_at
    if due is None:
        return "Everybody in the plan was told, and nobody has acknowledged"
    step = incident.plan.steps[incident.next_step]
    who = words.listed([recipient(each) for each in step.recipients]) or "nobody: no recipient is declared"
    how = words.listed([CHANNEL_WORDS[channel] for channel in step.channels])
    when = "now" if due <= now else f"in {lasted(due - now)}"
    last = ", the catch-all" if step.is_catch_all else ""
    return f"Next, {when}: {how} to {who}{last}"


def recipient(each: Recipient) -> str:
    """The person, or who stands behind a name."""
    match each.kind:
        case RecipientKind.PERSON | RecipientKind.TARGET:
            return each.name
        case RecipientKind.SCHEDULE:
            return f"who is on call ({each.name})"
        case RecipientKind.TEAM:
            return f"team {each.name}"


def _shown(at: float) -> float:
    """A time that some sender made up may lie outside of every calendar."""
    return min(max(at, 0.0), _LAST_SECOND)
