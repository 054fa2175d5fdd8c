"""The documents of `covet-sre/v1`, and the connection details that we give to OpenSLO's DataSource."""

from typing import Annotated, Literal

from pydantic import Field

from covet_sre.spec.openslo import EMPTY_LIST, EMPTY_MAPPING, Description, DurationText, Metadata, Name, Strict

LABEL_PATTERN = r"^[a-zA-Z_][a-zA-Z0-9_]*$"

LabelName = Annotated[str, Field(pattern=LABEL_PATTERN)]
IntervalText = Annotated[str, Field(pattern=r"^0{0,8}[1-9][0-9]{0,7}(ms|s|m|h)$", examples=["15s", "1m"])]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class PrometheusConnection(Strict):
    """connectionDetails of `type: prometheus`: Prometheus, Thanos, Mimir, VictoriaMetrics."""

    url: str = Field(description="Base address, http or https, for example http://127.0.0.1:9090.")
    scrape_interval: IntervalText | None = Field(
        None, description="How often the counters are scraped, `15s`. Left out: estimated from the samples."
    )
    retention: DurationText | None = Field(None, description="How far back the server answers, `15d`.")
    replica_labels: list[LabelName] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="Labels that only tell replicas of a pair apart.",
    )
    headers_from_env: dict[str, EnvironmentName] = Field(
        default_factory=dict,
        json_schema_extra=EMPTY_MAPPING,
        description="Names of environment variables by HTTP header: secrets stay out of the files.",
    )


class ScrapeConnection(Strict):
    """connectionDetails of `type: scrape`: our own scraper reads the targets."""

    targets: list[str] = Field(min_length=1, description="Addresses of metrics pages, http or https.")
    interval: IntervalText = Field(description="How often they are read, `15s`.")
    labels: dict[LabelName, str] = Field(
        default_factory=dict,
        json_schema_extra=EMPTY_MAPPING,
        description="Labels given to every series, `job: covet` usually.",
    )


class PolicyTier(Strict):
    name: Name = Field(description="What the tier is called.")
    above: float | None = Field(
        None, ge=0, lt=1, description="It applies while more than this share of the budget is left. Not on the last."
    )
    state: Literal["ok", "warning", "critical"] = Field(description="How it is shown.")
    actions: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="What it asks of the team, in the words that people read."
    )


class ErrorBudgetPolicySpec(Strict):
    description: Description = None
    services: list[Name] = Field(
        default_factory=list, json_schema_extra=EMPTY_LIST, description="Services that it governs."
    )
    slos: list[Name] = Field(
        default_factory=list,
        json_schema_extra=EMPTY_LIST,
        description="SLOs that it governs, before any policy for their service.",
    )
    tiers: list[PolicyTier] = Field(min_length=1, description="From the best to the worst.")


class ErrorBudgetPolicy(Strict):
    """What a team does as its error budget shrinks."""

    api_version: Literal["covet-sre/v1"] = Field(description="Which format this document follows.")
    kind: Literal["ErrorBudgetPolicy"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: ErrorBudgetPolicySpec = Field(
        description="The policy. Without `services` and `slos` it governs everything not named elsewhere."
    )
