"""What programs send to change an incident; each body knows the command that it means."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from covet_sre.alerting.matcher_text import read_matcher
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import Silence, SilenceKind
from covet_sre.errors import Refused
from covet_sre.incident.events import Moment
from covet_sre.incident.facts import (
    Acknowledge,
    AddNote,
    Assign,
    CallFalseAlarm,
    ChangeSeverity,
    Close,
    CorrectTime,
    Declare,
    Merge,
    Mitigate,
    Reopen,
    Resolve,
    Split,
)

NO_NUL = r"^[^\x00]*$"
"""No database keeps the character NUL in a text."""

Words = Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]
Text = Annotated[str, Field(min_length=1, max_length=10_000, pattern=NO_NUL)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=NO_NUL)]
Maybe = Annotated[str, Field(max_length=500, pattern=NO_NUL)]

_YEAR_SECONDS = 366 * 86400.0


class ActorBody(BaseModel):
    """Who does it; the header `X-Covet-SRE-Actor` says it too, and without either it is nobody known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    actor: str = Field("", max_length=100, pattern=NO_NUL)


class DeclareBody(ActorBody):
    service: Name
    severity: Severity
    title: Words
    impact: datetime | None = Field(None, description="When users began to be hurt. Without an offset it is UTC.")

    def command(self, actor: str) -> Declare:
        impact = None if self.impact is None else seconds(self.impact)
        return Declare(actor, self.service, self.severity, self.title, impact)


class AcknowledgeBody(ActorBody):
    """`via` is the door that is written on the timeline."""

    via: Literal["api", "cli"] = "api"

    def command(self, incident: str, actor: str) -> Acknowledge:
        return Acknowledge(incident, actor, self.via)


class NoteBody(ActorBody):
    text: Text

    def command(self, incident: str, actor: str) -> AddNote:
        return AddNote(incident, actor, self.text)


class SeverityBody(ActorBody):
    severity: Severity
    why: Words

    def command(self, incident: str, actor: str) -> ChangeSeverity:
        return ChangeSeverity(incident, actor, self.severity, self.why)


class AssignBody(ActorBody):
    person: Name

    def command(self, incident: str, actor: str) -> Assign:
        return Assign(incident, actor, self.person)


class MitigateBody(ActorBody):
    """`done` false: work on it begins; true: users are no longer hurt."""

    how: Maybe = ""
    done: bool = True

    def command(self, incident: str, actor: str) -> Mitigate:
        return Mitigate(incident, actor, self.how, self.done)


class ResolveBody(ActorBody):
    how: Words

    def command(self, incident: str, actor: str) -> Resolve:
        return Resolve(incident, actor, self.how)


class CloseBody(ActorBody):
    why: Maybe = ""

    def command(self, incident: str, actor: str) -> Close:
        return Close(incident, actor, self.why)


class ReopenBody(ActorBody):
    why: Words

    def command(self, incident: str, actor: str) -> Reopen:
        return Reopen(incident, actor, self.why)


class FalseAlarmBody(ActorBody):
    why: Words

    def command(self, incident: str, actor: str) -> CallFalseAlarm:
        return CallFalseAlarm(incident, actor, self.why)


class TimesBody(ActorBody):
    moment: Moment
    at: datetime
    reason: Words

    def command(self, incident: str, actor: str) -> CorrectTime:
        return CorrectTime(incident, actor, self.moment, seconds(self.at), self.reason)


class SplitBody(ActorBody):
    """`alerts` are keys, as the incident's detail gives them."""

    alerts: list[Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]] = Field(
        min_length=1, max_length=1000
    )
    why: Words

    def command(self, incident: str, actor: str) -> Split:
        return Split(incident, actor, tuple(self.alerts), self.why)


class MergeBody(ActorBody):
    """Everything of this incident goes on in `into`."""

    into: Name
    why: Words

    def command(self, incident: str, actor: str) -> Merge:
        return Merge(incident, actor, self.into, self.why)


class SilenceBody(BaseModel):
    """`ends`, or `duration_seconds` from the start. With an `id`, the silence of that id is changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field("", max_length=100, pattern=NO_NUL)
    matchers: list[Annotated[str, Field(min_length=1, max_length=1000, pattern=NO_NUL)]] = Field(
        min_length=1, max_length=50
    )
    starts: datetime | None = None
    ends: datetime | None = None
    duration_seconds: float | None = Field(None, gt=0, le=_YEAR_SECONDS)
    author: Name
    reason: Words
    kind: SilenceKind = SilenceKind.SILENCE

    def silence(self, identity: str, now: float) -> Silence:
        """Raises Refused for matchers that cannot be read, and for neither or both of end and duration."""
        if (self.ends is None) is (self.duration_seconds is None):
            raise Refused("a silence needs an end", remedy="give either ends or duration_seconds")
        starts = now if self.starts is None else seconds(self.starts)
        ends = starts + (self.duration_seconds or 0.0) if self.ends is None else seconds(self.ends)
        matchers = tuple(read_matcher(text) for text in self.matchers)
        return Silence(identity, matchers, starts, ends, self.author, self.reason, now, self.kind)


def seconds(when: datetime) -> float:
    """Since the epoch; a time without an offset is UTC. Raises Refused for times that no clock here can show."""
    if not 1970 <= when.year < 9999:
        raise Refused(f"{when.isoformat()} is no time that anything happened at", remedy="give a time since 1970")
    return when.replace(tzinfo=when.tzinfo or UTC).timestamp()
