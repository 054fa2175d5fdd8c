"""What the state knows of a message's fields, and the times that people promise."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from covet_sre.errors import Refused
from covet_sre.incident.events import Acknowledged, Entry, Mitigated, MitigationBegan, NoteAdded, Resolved
from covet_sre.incident.incident import Incident, State
from covet_sre.incident.message_events import MessageSent
from covet_sre.incident.roles import Role
from covet_sre.incident.rules import Rules
from covet_sre.incident.templates import TEMPLATES, MessageKind
from covet_sre.oncall.target import Channel, TargetKind

_NEAR_SECONDS = 30 * 86_400.0
_MOST_ACTIONS = 12
_TICKETS = {
    TargetKind.GITHUB: ("GitHub", "repository"),
    TargetKind.JIRA: ("Jira", "project"),
    TargetKind.TICKETS: ("Covet SRE", ""),
}
_UNITS = {"m": 60.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}


def written_values(
    kind: MessageKind, incident: Incident, entries: Sequence[Entry], update_seconds: float, tickets: str, now: float
) -> Mapping[str, str]:
    """What the state knows of each field; a field that it does not know is absent."""
    known = {
        "identity": incident.identity,
        "severity": incident.severity.value,
        "service": incident.service,
        "started": written_time(incident.times.impact),
        "time": written_time(now),
        "impact": incident.title,
        "status": "Investigating" if kind is MessageKind.INITIAL else _status(incident),
        "eta": written_time(_next_minute(now + update_seconds)),
        "commander": incident.crew.holder(Role.COMMANDER),
        "actions": "\n".join(_actions(entries)),
        "resolution": incident.resolution,
        "resolved": written_time(incident.times.resolved) if incident.times.resolved is not None else "",
        "duration": _duration(incident),
        "ticket_system": tickets,
    }
    names = {one.name for one in TEMPLATES[kind].fields}
    return {name: text for name, text in known.items() if name in names and text}


def ticket_system(rules: Rules, incident: Incident) -> str:
    """Where the team's tickets are, with the incident's own where it has one; empty where there are none."""
    team = rules.team_of(incident.service)
    for name in team.targets.get(Channel.TICKET, ()) if team else ():
        target = rules.directory.targets.get(name)
        if target is not None and target.kind in _TICKETS:
            title, setting = _TICKETS[target.kind]
            place = incident.ticket or target.settings.get(setting, "")
            return f"{title} ({place})" if place else title
    return ""


def written_time(at: float) -> str:
    """2026-11-26 18:35 UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def promised_time(text: str, now: float) -> float:
    """The time that an ETA names: a time of day or a date with one, in UTC, or a span from now (`30m`, `2 h`).

    Raises Refused for what is no time, is past, or is more than 30 days ahead.
    """
    at = _time_in(text.strip(), now)
    if at is None:
        remedy = "write a time such as 2026-11-26 19:30 UTC, or a span such as 30m"
        raise Refused(f"the ETA {text.strip()[:60]!r} is no time", remedy=remedy)
    if at <= now:
        raise Refused(f"the ETA {written_time(at)} is past", remedy="promise a time that can still be kept")
    if at > now + _NEAR_SECONDS:
        raise Refused(f"the ETA {written_time(at)} is more than 30 days ahead", remedy="promise an earlier one")
    return at


def _time_in(text: str, now: float) -> float | None:
    compact = text.replace(" ", "")
    number = compact.rstrip("mindh")
    if number.isascii() and number.isdecimal() and len(number) < 6 and compact[len(number) :] in _UNITS:
        return _next_minute(now + int(number) * _UNITS[compact[len(number) :]])
    plain = text.removesuffix("UTC").strip()
    if len(plain) == 5 and plain[2] == ":":
        today = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"
        at = _instant(f"{today} {plain}")
        # Shortly before midnight, a time of day is tomorrow's.
        return at + 86_400.0 if at is not None and at < now - 43_200.0 else at
    return _instant(plain)


def _instant(text: str) -> float | None:
    try:
        when = datetime.fromisoformat(text)
        return when.replace(tzinfo=when.tzinfo or UTC).timestamp() if 1970 < when.year < 9999 else None
    except (ValueError, OverflowError):
        return None


def _next_minute(at: float) -> float:
    return -(-at // 60.0) * 60.0


def _status(incident: Incident) -> str:
    if not incident.state.is_open:
        return "Resolved"
    if incident.times.mitigated is not None:
        return "Mitigated: users are no longer hurt; the cause is being removed"
    return "Mitigating" if incident.state is State.MITIGATING else "Investigating"


def _actions(entries: Sequence[Entry]) -> Iterable[str]:
    """What people did since the last message, or from the beginning."""
    last = max((entry.position for entry in entries if isinstance(entry.event, MessageSent)), default=0)
    done: list[str] = []
    for entry in entries:
        match entry.event:
            case Acknowledged() if entry.position > last:
                did = f"{entry.actor} took it on"
            case NoteAdded(text) if entry.position > last:
                did = " ".join(text.split())
            case MitigationBegan() if entry.position > last:
                did = "Mitigation began"
            case Mitigated(how) if entry.position > last:
                did = f"Mitigated: {how}" if how else "Mitigated"
            case Resolved(how, by_alerts) if entry.position > last:
                did = f"Resolved: {how}" if how and not by_alerts else "Resolved"
            case _:
                continue
        done.append(f"{datetime.fromtimestamp(entry.at, UTC):%H:%M} {did}")
    return done[-_MOST_ACTIONS:]


def _duration(incident: Incident) -> str:
    """X hours Y minutes, as the handbook's review has it."""
    end = incident.times.resolved
    if end is None:
        return ""
    minutes = max(int((end - incident.times.impact) // 60), 0)
    hours, rest = divmod(minutes, 60)
    parts = [
        f"{count} {unit}{'s' if count != 1 else ''}" for count, unit in ((hours, "hour"), (rest, "minute")) if count
    ]
    return " ".join(parts) or "less than a minute"
