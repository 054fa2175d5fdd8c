"""OpenSLO's documents of `openslo.com/v2alpha`, field by field. What is as in v1 is v1's own model."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from covet_sre.spec import openslo
from covet_sre.spec.openslo import Description, DurationText, Name, Operator, Strict

VERSION = "openslo.com/v2alpha"
Version = Annotated[Literal["openslo.com/v2alpha"], Field(description="Which format this document follows.")]


class Metadata(Strict):
    name: Name = Field(description="What the object is called.")
    labels: dict[str, str] = Field(default={})
    annotations: dict[str, str] = Field(default={})


class MetricSpec(Strict):
    data_source_ref: Name | None = None
    data_source_spec: openslo.DataSourceSpec | None = None
    spec: dict[str, object] = Field(min_length=1, description="`query`: a PromQL selector or expression.")


class RatioMetric(Strict):
    counter: bool = False
    good: MetricSpec | None = None
    bad: MetricSpec | None = None
    total: MetricSpec | None = None
    raw_type: Literal["success", "failure"] | None = None
    raw: MetricSpec | None = None


class SLISpec(Strict):
    description: Description = None
    threshold_metric: MetricSpec | None = None
    ratio_metric: RatioMetric | None = None


class InlineSLI(Strict):
    metadata: Metadata
    spec: SLISpec = Field(description="The same fields as an SLI's.")


class Objective(Strict):
    display_name: str | None = None
    op: Operator | None = None
    value: float | None = None
    target: float | None = None
    target_percent: float | None = None
    time_slice_target: float | None = None
    time_slice_window: DurationText | None = None
    sli: InlineSLI | None = None
    sli_ref: Name | None = None
    composite_weight: float | None = None


class SLOSpec(Strict):
    description: Description = None
    service: Name | None = None
    service_ref: Name | None = None
    sli: InlineSLI | None = None
    sli_ref: Name | None = None
    budgeting_method: Literal["Occurrences", "Timeslices", "RatioTimeslices"] = Field(description="What is counted.")
    time_window: list[openslo.TimeWindow] = Field(min_length=1, max_length=1, description="Exactly one.")
    objectives: list[Objective] = Field(min_length=1, description="At least one.")
    alert_policies: list[openslo.SLOAlertPolicy] = Field(default=[])


class SLO(Strict):
    api_version: Version
    kind: Literal["SLO"]
    metadata: Metadata
    spec: SLOSpec = Field(description="The SLO.")


class SLI(Strict):
    api_version: Version
    kind: Literal["SLI"]
    metadata: Metadata
    spec: SLISpec = Field(description="The SLI.")


class DataSource(Strict):
    api_version: Version
    kind: Literal["DataSource"]
    metadata: Metadata
    spec: openslo.DataSourceSpec = Field(description="The source.")


class Service(Strict):
    api_version: Version
    kind: Literal["Service"]
    metadata: Metadata
    spec: openslo.ServiceSpec = Field(openslo.ServiceSpec(), description="The service.")


class AlertPolicy(Strict):
    api_version: Version
    kind: Literal["AlertPolicy"]
    metadata: Metadata
    spec: openslo.AlertPolicySpec = Field(description="The policy.")


class AlertCondition(Strict):
    api_version: Version
    kind: Literal["AlertCondition"]
    metadata: Metadata
    spec: openslo.AlertConditionSpec = Field(description="The condition.")


class AlertNotificationTarget(Strict):
    api_version: Version
    kind: Literal["AlertNotificationTarget"]
    metadata: Metadata
    spec: openslo.AlertNotificationTargetSpec = Field(description="The target.")


KINDS: dict[str, type[BaseModel]] = {
    model.__name__: model
    for model in (SLO, SLI, DataSource, Service, AlertPolicy, AlertCondition, AlertNotificationTarget)
}
