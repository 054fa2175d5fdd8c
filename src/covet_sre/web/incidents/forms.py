"""What the forms of an incident's page ask for, read without trusting it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from covet_sre.alerting.matcher_text import read_matcher
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence, SilenceKind
from covet_sre.errors import NotFound, Refused
from covet_sre.incident.events import Moment
from covet_sre.incident.facts import (
    Acknowledge,
    AddNote,
    Assign,
    CallFalseAlarm,
    ChangeSeverity,
    Close,
    Command,
    CorrectTime,
    Declare,
    Merge,
    Mitigate,
    Reopen,
    Resolve,
    Split,
)
from covet_sre.incident.incident import Incident
from covet_sre.web.incidents import words
from covet_sre.web.incidents.people_forms import PEOPLE_COMMANDS
from covet_sre.web.incidents.silences_page import DURATIONS
from covet_sre.web.incidents.trouble import Trouble, quicker

Fields = Mapping[str, str]

ALERT_FIELD = "alert:"
"""Before an alert's key: the boxes of the form that splits."""

_LONGEST = 10_000

_COMMANDS: Mapping[str, Callable[[str, str, Fields], Command]] = {
    "acknowledge": lambda incident, actor, _: Acknowledge(incident, actor, "page"),
    "notes": lambda incident, actor, fields: AddNote(incident, actor, _words(fields, "text", "a note")),
    "severity": lambda incident, actor, fields: ChangeSeverity(
        incident, actor, _severity(fields), _words(fields, "why", "why the severity changes")
    ),
    "assign": lambda incident, actor, fields: Assign(incident, actor, _words(fields, "person", "who works on it")),
    "mitigate": lambda incident, actor, fields: Mitigate(
        incident, actor, fields.get("how", "").strip(), done=fields.get("done") != "0"
    ),
    "resolve": lambda incident, actor, fields: Resolve(incident, actor, _words(fields, "how", "what resolved it")),
    "close": lambda incident, actor, fields: Close(incident, actor, fields.get("why", "").strip()),
    "false-alarm": lambda incident, actor, fields: CallFalseAlarm(
        incident, actor, _words(fields, "why", "what was mistaken for trouble")
    ),
    "reopen": lambda incident, actor, fields: Reopen(incident, actor, _words(fields, "why", "why it is not over")),
    "times": lambda incident, actor, fields: CorrectTime(
        incident, actor, _moment(fields), _time(fields, "at"), _words(fields, "reason", "how the time is known")
    ),
    "split": lambda incident, actor, fields: Split(
        incident, actor, _alerts(fields), _words(fields, "why", "why they do not belong here")
    ),
    "merge": lambda incident, actor, fields: Merge(
        incident, actor, _words(fields, "into", "the other incident"), _words(fields, "why", "why they are one")
    ),
    **PEOPLE_COMMANDS,
}


def command_of(action: str, incident: str, actor: str, fields: Fields) -> Command:
    """Raises NotFound for an action that there is not, and Refused with what is missing or wrong."""
    make = _COMMANDS.get(action)
    if make is None:
        raise NotFound(f"nothing is called {action!r} here", remedy="use the forms of the incident's page")
    return make(incident, actor, fields)


def declaration_of(actor: str, fields: Fields) -> Declare:
    """The incident that somebody declares by hand. Raises Refused."""
    impact = _time(fields, "impact") if fields.get("impact") else None
    service = _words(fields, "service", "the service")
    return Declare(actor, service, _severity(fields), _words(fields, "title", "what users notice"), impact)


def silence_of(identity: str, actor: str, fields: Fields, now: float) -> Silence:
    """The new silence that a form asks for. Raises Refused."""
    duration = fields.get("duration", "")
    if duration == "until":
        ends = _time(fields, "until")
    elif duration in DURATIONS:
        ends = now + DURATIONS[duration][1]
    else:
        raise Refused("how long it holds is missing", remedy="choose a duration")
    kind = SilenceKind.MAINTENANCE if fields.get("kind") == SilenceKind.MAINTENANCE.value else SilenceKind.SILENCE
    matchers = tuple(read_matcher(line) for line in fields.get("matchers", "").splitlines() if line.strip())
    return Silence(identity, matchers, now, ends, actor, _words(fields, "reason", "the reason"), now, kind)


def seen(incident: Incident) -> Mapping[str, str]:
    """What a page shows, sent along with its forms: what changed meanwhile can be told."""
    return {
        "seen_state": incident.state.value,
        "seen_severity": incident.severity.value,
        "seen_by": incident.acknowledged_by,
    }


def meanwhile(action: str, incident: Incident, actor: str, fields: Fields) -> Trouble | None:
    """What somebody else did since the page was shown, where the action should be thought over again."""
    now = seen(incident)
    told = {name: fields[name] for name in now if name in fields}
    by = incident.acknowledged_by
    if action == "acknowledge" and by and by != actor and told.get("seen_by") != by:
        return quicker(f"{by} has acknowledged it, and takes care.", "To take it over, assign it to yourself.")
    if action in ("acknowledge", "notes", *PEOPLE_COMMANDS) or told == {name: now[name] for name in told}:
        return None
    who = f", acknowledged by {by}" if by else ""
    return quicker(
        f"It is now {words.STATE_WORDS[incident.state].lower()}, {incident.severity}{who}. Nothing was changed.",
        "What you wrote stands below: send it again if it still holds.",
    )


def _words(fields: Fields, name: str, what: str) -> str:
    text = fields.get(name, "").strip()
    if not text:
        raise Refused(f"{what} is missing", remedy="write it, and send it again")
    if len(text) > _LONGEST:
        raise Refused(f"{what} is longer than {_LONGEST:,} characters", remedy="write less, and link to the rest")
    return text


def _severity(fields: Fields) -> Severity:
    value = fields.get("severity", "")
    if value not in set(Severity):
        raise Refused(f"no such severity: {value!r}", remedy="choose P0, P1, P2 or P3")
    return Severity(value)


def _moment(fields: Fields) -> Moment:
    value = fields.get("moment", "")
    if value not in set(Moment):
        raise Refused(f"an incident has no time {value!r}", remedy=f"choose {', '.join(Moment)}")
    return Moment(value)


def _time(fields: Fields, name: str) -> float:
    try:
        when = datetime.fromisoformat(fields.get(name, ""))
        return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError) as error:
        raise Refused("that is no time", remedy="write it like 2026-11-23T09:40, in UTC") from error


def _alerts(fields: Fields) -> tuple[str, ...]:
    keys = tuple(name.removeprefix(ALERT_FIELD) for name in fields if name.startswith(ALERT_FIELD))
    if not keys:
        raise Refused("no alert is chosen", remedy="tick those that do not belong here")
    return keys
