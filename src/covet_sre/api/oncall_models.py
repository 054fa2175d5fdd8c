"""What the API answers about who is on call. Times are RFC 3339 in UTC; spans are half-open."""

from pydantic import Field

from covet_sre.api.models import Model, Place, Time
from covet_sre.oncall.calendar_address import CalendarSubject
from covet_sre.oncall.swap import SwapState


class ShiftItem(Model):
    """`layer` is the one that says so; `override` for what people changed."""

    person: str
    start: Time
    end: Time
    layer: str


class SpanItem(Model):
    start: Time
    end: Time


class OverrideItem(Model):
    """`id` is empty for one that stands in the files: it is changed there."""

    id: str
    schedule: str
    start: Time
    end: Time
    removes: str
    adds: str
    reason: str
    author: str
    swap: str


class SwapItem(Model):
    """`back` is what `asker` takes in return, null where nothing."""

    id: str
    schedule: str
    state: SwapState
    asker: str
    asked: str
    start: Time
    end: Time
    back: SpanItem | None
    reason: str
    answer: str


class RosterProblemItem(Model):
    title: str
    detail: str
    remedy: str
    person: str
    red: bool = Field(description="It must be feared that a page does not reach anybody.")


class NoteItem(Model):
    """`revision` is 0 where nobody has written one."""

    text: str
    author: str
    written: Time | None
    revision: int
    open_now: str = Field(description="What is open, as whoever comes is told.")


class ScheduleAnswer(Model):
    """One schedule over a time. `gaps` are within it, `problems` are of now."""

    name: str
    time_zone: str
    declared: Place
    on_call: list[str]
    shifts: list[ShiftItem]
    gaps: list[SpanItem]
    overrides: list[OverrideItem]
    swaps: list[SwapItem]
    hand_off: NoteItem
    problems: list[RosterProblemItem]


class LoadItem(Model):
    """Pages that were delivered within so many days; night and weekend are those of the person's own clock."""

    days: int
    pages: int
    at_night: int
    at_weekends: int


class ContactItem(Model):
    target: str
    kind: str
    address: str
    verified: bool
    trouble: str = Field(description="What went wrong when it was used last, empty for nothing.")


class StepItem(Model):
    target: str
    after_seconds: float


class PersonAnswer(Model):
    """`page` and `low` are the person's own rules, empty where the files count; `revision` is sent with a change."""

    name: str
    display_name: str
    unreachable: str
    shifts: list[ShiftItem]
    load: list[LoadItem]
    contacts: list[ContactItem]
    page: list[StepItem]
    low: list[StepItem]
    email: str
    slack: str
    revision: int


class PersonLoad(Model):
    """`fair_share` compares the pages of 30 days: 1 is what each would have if all had the same."""

    person: str
    periods: list[LoadItem]
    fair_share: float | None


class LoadAnswer(Model):
    items: list[PersonLoad]


class CalendarTimeItem(Model):
    """`person` is empty where nobody, or not exactly one, was understood: `candidates` says whom it may be about."""

    line: int
    title: str
    start: Time
    end: Time
    person: str
    candidates: list[str]


class PutAsideItem(Model):
    line: int
    why: str


class ImportAnswer(Model):
    """What was understood of a calendar, and what was not. `applied`: the overrides are made."""

    applied: bool
    times: list[CalendarTimeItem]
    put_aside: list[PutAsideItem]
    schedule: str = Field(description="A Schedule document that says the same, to be kept in the files.")


class DifferenceItem(Model):
    start: Time
    end: Time
    before: list[str]
    after: list[str]


class FindingItem(Model):
    level: str
    code: str
    place: str
    field: str
    problem: str
    remedy: str


class TriedItem(Model):
    """One schedule of a text: `changes` are against the present one, all of it where there is none."""

    name: str
    time_zone: str
    new: bool
    shifts: list[ShiftItem]
    gaps: list[SpanItem]
    changes: list[DifferenceItem]


class PreviewAnswer(Model):
    findings: list[FindingItem]
    schedules: list[TriedItem]


class CalendarItem(Model):
    """`address` is told once, when it is made, and is empty ever after."""

    id: str
    subject: CalendarSubject
    name: str
    author: str
    made: Time
    address: str = ""


class CalendarsAnswer(Model):
    items: list[CalendarItem]


class DoneAnswer(Model):
    """What was made or changed, by its id."""

    id: str
