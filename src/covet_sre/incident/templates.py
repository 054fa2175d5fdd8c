"""The handbook's three messages about an incident, to the letter: what is not known yet stands there in brackets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class MessageKind(StrEnum):
    """The handbook's Initial Incident Report, Status Update Template and Resolution Notice."""

    INITIAL = "initial"
    UPDATE = "update"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Field:
    """`placeholder` is what the handbook has in its place. A field with `is_list` is a list of one item a line."""

    name: str
    label: str
    placeholder: str
    is_list: bool = False
    is_mandatory: bool = True


@dataclass(frozen=True, slots=True)
class Template:
    """`layout` is the handbook's text with `{name}` where its placeholders are."""

    title: str
    layout: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field:
        """Raises KeyError."""
        return {one.name: one for one in self.fields}[name]


IDENTITY = Field("identity", "Incident ID", "INC-YYYY-MMDD-###")

TEMPLATES: Mapping[MessageKind, Template] = {
    MessageKind.INITIAL: Template(
        "Initial Incident Report",
        """🚨 INCIDENT ALERT 🚨

Incident ID: {identity}
Severity: {severity}
Service: {service}
Started: {started}

IMPACT:
- {impact}
- {functionality}

STATUS:
- {status}
- ETA for update: {eta}

Incident Commander: @{commander}
""",
        (
            IDENTITY,
            Field("severity", "Severity", "P[0-3]"),
            Field("service", "Service", "[Affected Service]"),
            Field("started", "Started", "[Timestamp]"),
            Field("impact", "Impact on users", "[Description of user impact]", is_list=True),
            Field("functionality", "Affected functionality", "[Affected functionality]", True, is_mandatory=False),
            Field("status", "Status", "Investigating", is_list=True),
            Field("eta", "ETA for update", "[Time]"),
            Field("commander", "Incident Commander", "[username]"),
        ),
    ),
    MessageKind.UPDATE: Template(
        "Status Update",
        """📊 INCIDENT UPDATE 📊

Incident ID: {identity}
Time: {time}

CURRENT STATUS:
- {status}

ACTIONS TAKEN:
- {actions}

NEXT STEPS:
- {next_steps}

ETA for next update: {eta}
""",
        (
            IDENTITY,
            Field("time", "Time", "[Timestamp]"),
            Field("status", "Current status", "[Current investigation/mitigation status]", is_list=True),
            Field("actions", "Actions taken", "[List of actions performed]", is_list=True),
            Field("next_steps", "Next steps", "[Planned next actions]", is_list=True),
            Field("eta", "ETA for next update", "[Time]"),
        ),
    ),
    MessageKind.RESOLUTION: Template(
        "Resolution Notice",
        """✅ INCIDENT RESOLVED ✅

Incident ID: {identity}
Resolution Time: {resolved}
Duration: {duration}

RESOLUTION:
- {resolution}

ROOT CAUSE:
- {root_cause}

NEXT STEPS:
- Post-incident review scheduled for {review_date}
- Follow-up items tracked in {ticket_system}
""",
        (
            IDENTITY,
            Field("resolved", "Resolution time", "[Timestamp]"),
            Field("duration", "Duration", "[Total incident duration]"),
            Field("resolution", "Fix applied", "[Description of fix applied]", is_list=True),
            Field("root_cause", "Root cause", "[Brief root cause summary]", is_list=True),
            Field("review_date", "Review scheduled for", "[Date]"),
            Field("ticket_system", "Follow-up items tracked in", "[Ticket System]"),
        ),
    ),
}
"""Page "Incident Management", "Incident Communication Templates"."""

Values = Mapping[str, str]

_SLOT = re.compile(r"\{(\w+)\}")
_SPACE = re.compile(r"\s+")
_BULLET = re.compile(r"^\s*[-*•]\s+")


def rendered(kind: MessageKind, values: Values) -> str:
    """The message, without a line's end behind it. Without any value it is the handbook's text."""
    template = TEMPLATES[kind]
    lines: list[str] = []
    for line in template.layout.splitlines():
        lines += _line(template, line, values)
    return "\n".join(lines)


def without_optional(kind: MessageKind, values: Values) -> str:
    """The message as it leaves: what may be missing, and is, leaves no line behind."""
    template = TEMPLATES[kind]
    absent = {f"- {{{one.name}}}" for one in template.fields if not one.is_mandatory and not filled(one, values)}
    lines: list[str] = []
    for line in template.layout.splitlines():
        lines += [] if line in absent else _line(template, line, values)
    return "\n".join(lines)


def missing(kind: MessageKind, values: Values) -> tuple[Field, ...]:
    """The mandatory fields that nobody has filled."""
    return tuple(one for one in TEMPLATES[kind].fields if one.is_mandatory and not filled(one, values))


def filled(field: Field, values: Values) -> Sequence[str]:
    """A field's items; none where there is nothing, or only the handbook's placeholder."""
    written = values.get(field.name, "")
    lines = written.splitlines() if field.is_list else [_SPACE.sub(" ", written)]
    # The word "Investigating" is what the handbook has there, and a good status.
    empty = {"", field.placeholder} if field.placeholder.endswith("]") else {""}
    items = [_BULLET.sub("", line).strip() if field.is_list else line.strip() for line in lines]
    return [item for item in items if item not in empty]


def _line(template: Template, line: str, values: Values) -> list[str]:
    found = _SLOT.search(line)
    if found is None:
        return [line]
    field = template.field(found[1])
    items = filled(field, values) or [field.placeholder]
    return [f"{line[: found.start()]}{item}{line[found.end() :]}" for item in items]
