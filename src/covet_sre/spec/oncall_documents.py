"""The documents of `covet-sre/v1` about people: teams, schedules, escalation policies, business hours."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from covet_sre.spec.openslo import EMPTY_LIST, Description, Metadata, Name, Strict

EMAIL_PATTERN = r"^[^@\s<>(),;:\"\\\[\]]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$"
SLACK_MEMBER_PATTERN = r"^[UW][A-Z0-9]{2,20}$"
DELAY_PATTERN = r"^0{0,8}[1-9][0-9]{0,7}(s|m|h|d)$"
TURN_PATTERN = r"^0{0,8}[1-9][0-9]{0,3}(h|d|w|M)$"
WALL_TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} ([01][0-9]|2[0-3]):[0-5][0-9]$"
TIME_OF_DAY_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
END_OF_DAY_PATTERN = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

MOST_STEPS = 20
MOST_PEOPLE = 500
MOST_LAYERS = 50
MOST_OVERRIDES = 1000
MOST_HOLIDAYS = 1000
MOST_TURNS = 9

EmailAddress = Annotated[str, Field(pattern=EMAIL_PATTERN, examples=["ann@example.com"])]
DelayText = Annotated[str, Field(pattern=DELAY_PATTERN, examples=["30s", "5m", "1h"])]
WallTime = Annotated[str, Field(pattern=WALL_TIME_PATTERN, examples=["2026-01-05 09:00"])]
TimeOfDay = Annotated[str, Field(pattern=TIME_OF_DAY_PATTERN, examples=["09:00"])]
EndOfDay = Annotated[str, Field(pattern=END_OF_DAY_PATTERN, examples=["17:00", "24:00"])]
DateText = Annotated[str, Field(pattern=DATE_PATTERN, examples=["2026-12-25"])]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_NO_TARGETS: JsonDict = {"default": {"page": [], "email": [], "slack": [], "ticket": []}}


class ChannelTargets(Strict):
    """Names of NotificationTargets by channel, in the order in which they are tried. `inbox` is always there."""

    page: list[Name] = Field(default_factory=list, json_schema_extra=EMPTY_LIST, description="What wakes somebody.")
    email: list[Name] = Field(default_factory=list, json_schema_extra=EMPTY_LIST, description="What carries e-mail.")
    slack: list[Name] = Field(default_factory=list, json_schema_extra=EMPTY_LIST, description="What carries chat.")
    ticket: list[Name] = Field(
        default_factory=list, json_schema_extra=EMPTY_LIST, description="Where work for later is listed."
    )


class TeamMember(Strict):
    """A person. Whoever is in several teams is described in one of them; the others write `name` alone."""

    name: Name = Field(description="What schedules and escalation policies call the person.")
    display_name: str | None = Field(None, max_length=63, description="What people read. At most 63 characters.")
    email: EmailAddress | None = Field(None, description="Where targets of `type: email` write to.")
    slack: Annotated[str, Field(pattern=SLACK_MEMBER_PATTERN)] | None = Field(
        None, description="Member id, `U012AB3CD`: whom targets of `type: slack` mention."
    )
    time_zone: str | None = Field(
        None,
        description="Where the person lives, an IANA name: when it is night for them. Left out: their schedule's zone.",
    )
    contacts: ChannelTargets = Field(
        default_factory=lambda: ChannelTargets(),
        json_schema_extra=_NO_TARGETS,
        description="Targets that reach this one person, tried before the team's.",
    )


class TeamSpec(Strict):
    description: Description = None
    members: list[TeamMember] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        max_length=MOST_PEOPLE,
        description="The people of the team.",
    )
    targets: ChannelTargets = Field(
        default_factory=lambda: ChannelTargets(),
        json_schema_extra=_NO_TARGETS,
        description="Targets that reach the team, and its people where they have none of their own.",
    )
    escalation_policy: Name | None = Field(
        None, description="Name of the EscalationPolicy of the team's services. A service may name another."
    )


class Team(Strict):
    """People who answer for services, and how they are reached."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["Team"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: TeamSpec = Field(description="The team. Services name it in the annotation `covet-sre/team`.")


class OnCallHours(Strict):
    """A part of the week, in the schedule's time zone. A `to` before `from` is of the next day."""

    days: list[Weekday] = Field(
        default_factory=list, json_schema_extra=EMPTY_LIST, description="On which it begins. Left out: every day."
    )
    since: TimeOfDay = Field("00:00", alias="from", description="When it begins, `09:00`. Left out: midnight.")
    until: EndOfDay = Field("24:00", alias="to", description="When it is over, `17:00`. Left out: midnight, `24:00`.")


class ScheduleLayer(Strict):
    """People who take turns."""

    name: Name | None = Field(None, description="What shifts show. Left out: `layer-1` and so on.")
    people: list[Name] = Field(
        min_length=1, max_length=MOST_PEOPLE, description="Members of teams, in the order of their turns."
    )
    hand_over: Annotated[str, Field(pattern=TURN_PATTERN)] = Field(
        "1w", description="Length of a turn on the wall clock: `12h`, `1d`, `1w`, `2w`, `1M` (a month)."
    )
    starts: WallTime = Field(
        description="When the first of them begins, `2026-01-05 09:00`: the hour and weekday of every hand-over."
    )
    ends: WallTime | None = Field(None, description="When the layer ends. Left out: never.")
    only: list[OnCallHours] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        max_length=MOST_LAYERS,
        description="Hours of the week. Left out: all of them.",
    )


class ScheduleOverride(Strict):
    """A change for a time. Overrides apply one after another, as they are written."""

    replace: Name | None = Field(None, description="Who is not on call, and whose place `by` takes.")
    by: Name | None = Field(None, description="Who is on call instead. With `replace`.")
    add: Name | None = Field(None, description="Who is on call as well. Alone.")
    remove: Name | None = Field(None, description="Who is not on call, with nobody instead. Alone.")
    since: WallTime = Field(alias="from", description="When it begins, `2026-12-24 18:00`.")
    until: WallTime = Field(alias="to", description="When it is over; that minute is no longer part of it.")


class ScheduleSpec(Strict):
    description: Description = None
    time_zone: str = Field(description="An IANA name, such as `Europe/Rome` or `UTC`: all times are of its clock.")
    layers: list[ScheduleLayer] = Field(
        min_length=1,
        max_length=MOST_LAYERS,
        description="From the lowest to the highest: of those that have somebody, the last one counts.",
    )
    overrides: list[ScheduleOverride] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        max_length=MOST_OVERRIDES,
        description="Swaps, holidays, reinforcements.",
    )
    tell_at_start: bool = Field(
        True, description="Whether whoever comes on call is told so, with the hand-off note and what is open."
    )
    test_page_at_start: DelayText | None = Field(
        None,
        description="Whoever comes on call gets a test page, to be answered within so long, `10m`. Left out: none.",
    )


class Schedule(Strict):
    """Who is on call when."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["Schedule"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: ScheduleSpec = Field(description="The schedule.")


class EscalationRecipient(Strict):
    """Exactly one of these."""

    schedule: Name | None = Field(None, description="Name of a Schedule: whoever is on call when the step is due.")
    person: Name | None = Field(None, description="A member of a team.")
    team: Name | None = Field(None, description="Name of a Team: its own targets, and not each of its members.")
    target: Name | None = Field(None, description="Name of a NotificationTarget.")


class EscalationStepSpec(Strict):
    after: DelayText | None = Field(
        None, description="Delay after the step before, `5m`. The first step needs none; all others need one."
    )
    notify: list[EscalationRecipient] = Field(min_length=1, description="Who is paged.")


class EscalationPolicySpec(Strict):
    description: Description = None
    steps: list[EscalationStepSpec] = Field(
        min_length=1, max_length=MOST_STEPS, description="One after another, until somebody acknowledges."
    )
    # Its bounds are checked by the reader, which knows more to say about them.
    repeat: int = Field(
        0,
        json_schema_extra={"minimum": 0, "maximum": MOST_TURNS},
        description="How many more times all steps are taken, 0 to 9.",
    )
    repeat_after: DelayText = Field(
        "5m", description="How long after the last step it begins again, and after which the catch-all is told."
    )
    catch_all: list[Name] = Field(
        default_factory=lambda: ["inbox"],
        json_schema_extra={"default": ["inbox"]},
        min_length=1,
        description="NotificationTargets that are told when nobody has answered.",
    )


class EscalationPolicy(Strict):
    """Who is paged first, who next, and what is told when nobody answers."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["EscalationPolicy"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: EscalationPolicySpec = Field(description="The policy. Teams and services name it.")


class BusinessHoursSpec(Strict):
    description: Description = None
    time_zone: str = Field(description="An IANA name, such as `Europe/Rome` or `UTC`.")
    days: list[Weekday] = Field(
        default_factory=lambda: ["monday", "tuesday", "wednesday", "thursday", "friday"],
        json_schema_extra={"default": ["monday", "tuesday", "wednesday", "thursday", "friday"]},
        min_length=1,
        description="The days on which people work.",
    )
    opens: TimeOfDay = Field("09:00", description="When a business day begins.")
    closes: TimeOfDay = Field("17:00", description="When it ends: what is due on the next business day is due then.")
    holidays: list[DateText] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        max_length=MOST_HOLIDAYS,
        description="Days on which nobody works, `2026-12-25`.",
    )


class BusinessHours(Strict):
    """When people work who are not on call. Severity policies name it; several may share one."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["BusinessHours"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: BusinessHoursSpec = Field(description="The calendar.")
