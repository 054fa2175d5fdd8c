"""The document of `covet-sre/v1` about the status page: what the public is shown, and what it stands for."""

from typing import Annotated, Literal

from pydantic import Field

from covet_sre.spec.notification_documents import Line
from covet_sre.spec.oncall_documents import DateText
from covet_sre.spec.openslo import EMPTY_LIST, Description, Metadata, Name, Strict

MOST_COMPONENTS = 100
MOST_STATE_RULES = 50

PublicText = Annotated[str, Field(min_length=1, max_length=300)]
PublicName = Annotated[Line, Field(min_length=1, max_length=80)]
StateWord = Literal["operational", "under_maintenance", "degraded_performance", "partial_outage", "major_outage"]


class ComponentStateRule(Strict):
    """When the component is at least this bad. The worst rule that fits counts."""

    when: Literal["incident", "alert", "budget"] = Field(
        description="An open incident of its services, a firing alert of its SLOs, or the tier of their budgets."
    )
    level: Annotated[str, Field(min_length=1, max_length=100)] = Field(
        alias="is", description="`P0` to `P3` of an incident, `page`, `ticket` or `warning` of an alert, a tier's name."
    )
    errors_above: float | None = Field(
        None, gt=0, lt=1, description="Of an alert: only while more than this share of events fails."
    )
    state: StateWord = Field(description="The state that it gives.")


class StatusComponent(Strict):
    """One line of the page."""

    identity: Name = Field(alias="id", description="What programs and commands call it. Public, and for ever.")
    name: PublicName = Field(description="What the public reads. At most 80 characters.")
    description: PublicText | None = Field(None, description="What it is, for the public. At most 300 characters.")
    group: PublicName | None = Field(None, description="Components of one group stand together under its name.")
    services: list[Name] = Field(
        default_factory=list, json_schema_extra=EMPTY_LIST, description="Services whose incidents bear on its state."
    )
    slos: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="SLOs whose alerts and budgets bear on it. Left out: all of its services.",
    )
    uptime: list[Annotated[str, Field(min_length=1)]] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="SLOs whose events are its uptime. Left out: those of `slos`.",
    )
    states: list[ComponentStateRule] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        max_length=MOST_STATE_RULES,
        description="Its own rules. Left out: those that docs/status-page.md explains.",
    )
    manual: bool = Field(False, description="`true`: only people change its state.")
    since: DateText | None = Field(None, description="First day of its history, `2026-01-01`.")


class StatusSubscribers(Strict):
    """How the public is told. Each way is there only if it is named."""

    email: Name | None = Field(
        None, description="Name of a NotificationTarget of `type: email`, which sends the mails."
    )
    webhook: bool = Field(False, description="`true`: programs may be told, at addresses that confirm it.")
    address: str | None = Field(
        None, description="Base address under which this server answers, if `address` is served as static files."
    )


class StatusPageSpec(Strict):
    description: Description = None
    title: PublicName = Field(description="What the page is called, `Example status`.")
    address: str = Field(description="Where the public reads it, http or https: for links, feeds and mails.")
    support: str | None = Field(None, description="Where people get help: an address of the web, or `mailto:`.")
    time_zone: str = Field("UTC", description="An IANA name, such as `Europe/Rome`: days and times are of its clock.")
    components: list[StatusComponent] = Field(
        min_length=1, max_length=MOST_COMPONENTS, description="In the order in which they are shown."
    )
    subscribers: StatusSubscribers | None = Field(None, description="How the public is told. Left out: by feeds alone.")


class StatusPage(Strict):
    """What the public is told. There is one at most."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["StatusPage"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: StatusPageSpec = Field(description="The page. Everything that it names but services and SLOs is public.")
