"""The documents of `covet-sre/v1` about alerts: what severities ask of people, and which alerts keep others quiet."""

from typing import Annotated, Literal

from pydantic import Field

from covet_sre.spec.covet_documents import LabelName
from covet_sre.spec.openslo import EMPTY_LIST, EMPTY_MAPPING, Description, Metadata, Name, Strict

RESPONSE_PATTERN = r"^(immediately|next business day|0{0,8}[1-9][0-9]{0,7}(s|m|h|d))$"

ChannelWord = Literal["page", "email", "slack", "ticket"]
SeverityWord = Literal["P0", "P1", "P2", "P3"]


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


class SeverityLevels(Strict):
    """The handbook's levels, the most urgent first. One that is left out is as the handbook has it."""

    p0: SeverityLevel | None = Field(None, alias="P0", description="Critical.")
    p1: SeverityLevel | None = Field(None, alias="P1", description="High.")
    p2: SeverityLevel | None = Field(None, alias="P2", description="Medium.")
    p3: SeverityLevel | None = Field(None, alias="P3", description="Low.")


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
