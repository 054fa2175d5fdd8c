"""The document of `covet-sre/v1` about who hears of incidents without working on them."""

from typing import Literal

from pydantic import Field

from covet_sre.spec.oncall_documents import EmailAddress
from covet_sre.spec.openslo import EMPTY_LIST, Description, Metadata, Name, Strict
from covet_sre.spec.severity_documents import SeverityWord

MOST_ADDRESSES = 500


class StakeholderListSpec(Strict):
    description: Description = None
    services: list[Name] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="Services that they want to hear of. Left out: all of them.",
    )
    at_least: SeverityWord = Field("P3", description="The least urgent severity that they want to hear of.")
    messages: list[Literal["initial", "update", "resolution"]] = Field(
        default_factory=lambda: ["initial", "update", "resolution"],
        json_schema_extra={"default": ["initial", "update", "resolution"]},
        min_length=1,
        description="Which of the three messages.",
    )
    targets: list[Name] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="NotificationTargets of `type: slack`, `email` or `webhook`, told as they are declared.",
    )
    people: list[Name] = Field(
        default_factory=list, json_schema_extra=EMPTY_LIST, description="Members of teams, told as they are reached."
    )
    emails: list[EmailAddress] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        max_length=MOST_ADDRESSES,
        description="Addresses of others. With `through`.",
    )
    through: Name | None = Field(None, description="The NotificationTarget of `type: email` that carries `emails`.")


class StakeholderList(Strict):
    """Who hears of incidents without working on them."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["StakeholderList"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: StakeholderListSpec = Field(description="The list. What they are sent: docs/communications.md.")
