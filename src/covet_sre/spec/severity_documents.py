"""The documents of `covet-sre/v1` about alerts: what severities ask of people, and which alerts keep others quiet."""

from typing import Annotated, Literal

from pydantic import Field

from covet_sre.spec.covet_documents import LabelName
from covet_sre.spec.oncall_documents import DelayText
from covet_sre.spec.openslo import EMPTY_LIST, EMPTY_MAPPING, Description, Metadata, Name, Strict

RESPONSE_PATTERN = r"^(immediately|next business day|0{0,8}[1-9][0-9]{0,7}(s|m|h|d))$"

ChannelWord = Literal["page", "email", "slack", "ticket"]
SeverityWord = Literal["P0", "P1", "P2", "P3"]
Duty = Annotated[str, Field(min_length=1, max_length=200)]


class SeverityLevel(Strict):
    """What one level asks of people."""

    respond_within: Annotated[str, Field(pattern=RESPONSE_PATTERN)] = Field(
        description="Time to acknowledge: `immediately`, `15m`, `1h`, or `next business day`."
    )
    notify: list[ChannelWord] = Field(description="How people are told at once.")
    if_missed: list[ChannelWord] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="How they are told when nobody has acknowledged in that time. A page begins the escalation.",
    )
    update_every: DelayText | None = Field(
        None, description="How soon the next update is promised, `30m`. Left out: 30m, 1h, 4h, 1d for P0 to P3."
    )
    first_takes: list[Literal["commander", "resolver"]] | None = Field(
        None,
        description="Roles that the first who acknowledges takes, where nobody holds them. "
        "Left out: both for P0 and P1, none for P2 and P3.",
    )


class SeverityLevels(Strict):
    """The handbook's levels, the most urgent first. One that is left out is as the handbook has it."""

    p0: SeverityLevel | None = Field(None, alias="P0", description="Critical.")
    p1: SeverityLevel | None = Field(None, alias="P1", description="High.")
    p2: SeverityLevel | None = Field(None, alias="P2", description="Medium.")
    p3: SeverityLevel | None = Field(None, alias="P3", description="Low.")


class RoleDuties(Strict):
    """The checklist of each role. One that is left out has the handbook's duties."""

    commander: list[Duty] | None = Field(None, max_length=20, description="Of the Incident Commander.")
    resolver: list[Duty] | None = Field(None, max_length=20, description="Of the Primary Resolver.")
    communications: list[Duty] | None = Field(None, max_length=20, description="Of the Communications Lead.")
    expert: list[Duty] | None = Field(None, max_length=20, description="Of a Subject Matter Expert.")


class SeverityPolicySpec(Strict):
    description: Description = None
    services: list[Name] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="Services that it governs. Left out: all that no other policy names.",
    )
    levels: SeverityLevels = Field(
        default_factory=lambda: SeverityLevels(P0=None, P1=None, P2=None, P3=None),
        json_schema_extra=EMPTY_MAPPING,
        description="What each level asks of people.",
    )
    labels: dict[Annotated[str, Field(min_length=1)], SeverityWord] = Field(
        default_factory=dict,
        json_schema_extra=EMPTY_MAPPING,
        description="What values of the label `severity` mean, beside the usual ones.",
    )
    unlabelled: SeverityWord = Field("P2", description="Level of an alert without the label, or with another value.")
    duties: RoleDuties = Field(
        default_factory=lambda: RoleDuties(commander=None, resolver=None, communications=None, expert=None),
        json_schema_extra=EMPTY_MAPPING,
        description="What is asked of whoever holds a role in an incident.",
    )
    business_hours: Name | None = Field(
        None, description="Name of BusinessHours. Left out: Monday to Friday until 17:00, UTC."
    )


class SeverityPolicy(Strict):
    """How soon each severity is answered, and how people are told."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["SeverityPolicy"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: SeverityPolicySpec = Field(description="The policy. Without one the handbook's table holds.")


class InhibitRuleSpec(Strict):
    description: Description = None
    source_matchers: list[str] = Field(
        min_length=1, description='Labels of the alert that fires, `alertname="DatabaseDown"`. All must match.'
    )
    target_matchers: list[str] = Field(min_length=1, description="Labels of alerts that it keeps quiet, likewise.")
    equal: list[LabelName] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="Labels that have the same value on both. One that both lack is the same.",
    )


class InhibitRule(Strict):
    """While one alert fires, others keep quiet: as in Alertmanager."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["InhibitRule"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: InhibitRuleSpec = Field(description="The rule.")
