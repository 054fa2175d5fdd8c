"""Pyrra's documents, field by field: `pyrra.dev/v1alpha1`."""

from typing import Literal

from pydantic import Field

from covet_sre.spec.importing.foreign import CamelForeign, Foreign, KubernetesMetadata


class Query(Foreign, frozen=True):
    metric: str = Field(min_length=1, description="A metric, with matchers.")


class Ratio(Foreign, frozen=True):
    """Two of the three metrics; the third is worked out of them."""

    errors: Query | None = None
    success: Query | None = None
    total: Query | None = None
    grouping: list[str] = Field(default=[])


class Latency(Foreign, frozen=True):
    success: Query = Field(description="The bucket of the bound.")
    total: Query = Field(description="All events, usually the histogram's _count.")
    grouping: list[str] = Field(default=[])


class LatencyNative(Foreign, frozen=True):
    total: Query = Field(description="A native histogram.")
    latency: str = Field(description="What is quick enough: 200ms.")
    grouping: list[str] = Field(default=[])


class BoolGauge(Query, frozen=True):
    grouping: list[str] = Field(default=[])


class Indicator(Foreign, frozen=True):
    ratio: Ratio | None = None
    latency: Latency | None = None
    latency_native: LatencyNative | None = Field(None, alias="latencyNative")
    bool_gauge: BoolGauge | None = None


class Severities(CamelForeign, frozen=True):
    absent: str = ""
    fast_burn: str = ""
    medium_burn: str = ""
    slow_burn: str = ""
    long_term_burn: str = ""


class Alerting(CamelForeign, frozen=True):
    disabled: bool = False
    burnrates: bool = True
    absent: bool = True
    name: str = ""
    absent_name: str = ""
    severities: Severities = Severities()
    burn_rate_type: str = "static"


class Spec(CamelForeign, frozen=True):
    target: str = Field(description='Share of good events in percent, as text: "99.9".')
    window: str = Field(description="The SLO's window: 28d.")
    description: str = ""
    indicator: Indicator = Field(description="One of ratio, latency, latencyNative and bool_gauge.")
    alerting: Alerting = Alerting()
    partial_response_strategy: str = Field("", alias="partial_response_strategy")
    performance_over_accuracy: bool = False
    rule_output: object = None


class ServiceLevelObjective(CamelForeign, frozen=True):
    api_version: Literal["pyrra.dev/v1alpha1"]
    kind: Literal["ServiceLevelObjective"]
    metadata: KubernetesMetadata
    spec: Spec = Field(description="The objective.")
    status: object = None
