"""What programs send to change who is on call; each body knows the command that it means."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from covet_sre.api.incident_bodies import NO_NUL, ActorBody, Name, seconds
from covet_sre.incident.oncall_facts import AskSwap, SetContactRules, SetOverride
from covet_sre.oncall.calendar_address import CalendarSubject
from covet_sre.oncall.contact_rules import ContactStep

MaybeName = Annotated[str, Field(max_length=100, pattern=NO_NUL)]
Reason = Annotated[str, Field(max_length=500, pattern=NO_NUL)]


class OverrideBody(ActorBody):
    """`adds` alone: as well. `removes` alone: nobody instead. Both: one in the other's place."""

    start: datetime
    end: datetime
    removes: MaybeName = ""
    adds: MaybeName = ""
    reason: Reason

    def command(self, identity: str, schedule: str, actor: str) -> SetOverride:
        start, end = seconds(self.start), seconds(self.end)
        return SetOverride(identity, actor, schedule, start, end, self.removes, self.adds, self.reason)


class SwapBody(ActorBody):
    """`back_start` and `back_end` make it a trade."""

    asker: Name
    asked: Name
    start: datetime
    end: datetime
    back_start: datetime | None = None
    back_end: datetime | None = None
    reason: Reason = ""

    def command(self, identity: str, schedule: str, actor: str) -> AskSwap:
        back_start, back_end = (None if one is None else seconds(one) for one in (self.back_start, self.back_end))
        start, end = seconds(self.start), seconds(self.end)
        return AskSwap(identity, actor, schedule, self.asker, self.asked, start, end, back_start, back_end, self.reason)


class AnswerSwapBody(ActorBody):
    accepts: bool
    answer: Reason = ""


class HandOffBody(ActorBody):
    """`revision` is that of the note which the author had before them, 0 for none."""

    text: str = Field(max_length=10_000, pattern=NO_NUL)
    revision: int = Field(0, ge=0)


class StepBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    target: Name
    after_seconds: float = Field(0.0, ge=0, le=1800)


class ContactsBody(ActorBody):
    """A person's own rules as a whole. Without steps the files count again."""

    page: list[StepBody] = Field(default_factory=list[StepBody], max_length=20)
    low: list[StepBody] = Field(default_factory=list[StepBody], max_length=20)
    email: str = Field("", max_length=254, pattern=NO_NUL)
    slack: str = Field("", max_length=30, pattern=NO_NUL)
    revision: int = Field(0, ge=0)

    def command(self, person: str, actor: str) -> SetContactRules:
        page, low = (
            tuple(ContactStep(one.target, one.after_seconds) for one in steps) for steps in (self.page, self.low)
        )
        return SetContactRules(person, actor, page, low, self.email, self.slack, self.revision)


class CodeBody(ActorBody):
    code: str = Field(min_length=1, max_length=40, pattern=NO_NUL)


class CalendarBody(ActorBody):
    subject: CalendarSubject
    name: Name


class ImportBody(ActorBody):
    """`calendar` is the text of an iCalendar file. Without `apply` it is only said what was understood."""

    calendar: str = Field(max_length=1_100_000)
    start: datetime | None = Field(None, description="Events before are left out. Left out: now.")
    end: datetime | None = Field(None, description="Events after are left out. Left out: 366 days later.")
    apply: bool = False
    reason: Reason = "from a calendar"


class PreviewBody(ActorBody):
    """`text` has Schedule documents. Left out, the time is the next 28 days."""

    text: str = Field(max_length=100_000)
    start: datetime | None = None
    end: datetime | None = None
