"""The documents of `openslo/v1`, field by field as OpenSLO's own Go SDK accepts them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from pydantic.config import JsonDict

NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
DURATION_PATTERN = r"^0{0,8}[1-9][0-9]{0,7}(m|h|d|w|M|Q|Y)$"
MAX_DISPLAY_NAME_CHARACTERS = 63
MAX_DESCRIPTION_CHARACTERS = 1050
ANNOTATION_KEY_PATTERN = r"^([a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?/)?[a-zA-Z0-9]([-a-zA-Z0-9_.]*[a-zA-Z0-9])?$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
DurationText = Annotated[str, Field(pattern=DURATION_PATTERN, examples=["5m", "1h", "30d"])]
Description = Annotated[
    str | None,
    Field(max_length=MAX_DESCRIPTION_CHARACTERS, description="For people. At most 1,050 characters."),
]
Operator = Literal["lt", "lte", "gt", "gte"]

# pydantic copies a default of [] or {} deeply into every model, and a factory's not; the schema still says what it is.
EMPTY_LIST: JsonDict = {"default": []}
EMPTY_MAPPING: JsonDict = {"default": {}}


class Strict(BaseModel):
    """Exactly these fields, with exactly these types: nothing is converted, nothing is ignored."""

    model_config = ConfigDict(
        extra="forbid", strict=True, frozen=True, alias_generator=to_camel, allow_inf_nan=False, defer_build=True
    )


class Metadata(Strict):
    """What every document and every inline object is called."""

    name: Name = Field(description="Lower-case letters, digits and '-', at most 63 characters; unique in its kind.")
    display_name: str | None = Field(
        None, max_length=MAX_DISPLAY_NAME_CHARACTERS, description="What people read. At most 63 characters."
    )
    labels: dict[str, str | list[str]] = Field(
        default_factory=dict, json_schema_extra=EMPTY_MAPPING, description="Text, or a list of texts, by name."
    )
    annotations: dict[Annotated[str, Field(pattern=ANNOTATION_KEY_PATTERN)], str] = Field(
        default_factory=dict,
        json_schema_extra=EMPTY_MAPPING,
        description="Text by `prefix/name`. `covet-sre/` holds our extensions, `openslo.com/` is reserved.",
    )


class ServiceSpec(Strict):
    description: Description = None


class Service(Strict):
    """What users depend on; SLOs belong to one."""

    api_version: Literal["openslo/v1"] = Field(description="Which format this document follows.")
    kind: Literal["Service"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: ServiceSpec = Field(description="The service.")


class DataSourceSpec(Strict):
    description: Description = None
    type: str = Field(min_length=1, description="`prometheus` (any server with its API) or `scrape` (targets).")
    connection_details: dict[str, object] = Field(description="How to reach it; the fields depend on `type`.")


class DataSource(Strict):
    """Where metrics come from."""

    api_version: Literal["openslo/v1"] = Field(description="Which format this document follows.")
    kind: Literal["DataSource"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: DataSourceSpec = Field(description="The source.")


class MetricSource(Strict):
    metric_source_ref: Name | None = Field(None, description="Name of a DataSource. May be left out if there is one.")
    type: str | None = Field(None, description="Type of the DataSource; chooses it when `metricSourceRef` is left out.")
    spec: dict[str, object] = Field(min_length=1, description="`query`: a PromQL selector or expression.")


class Metric(Strict):
    metric_source: MetricSource = Field(description="Where the metric is read, and how.")


class RatioMetric(Strict):
    counter: bool = Field(description="`true` when the metrics only ever grow (counters).")
    good: Metric | None = Field(None, description="Good events. Either `good` or `bad`, with `total`.")
    bad: Metric | None = Field(None, description="Bad events. Either `good` or `bad`, with `total`.")
    total: Metric | None = Field(None, description="All events.")
    raw_type: Literal["success", "failure"] | None = Field(None, description="What the ratio of `raw` is a share of.")
    raw: Metric | None = Field(None, description="A query that gives the ratio itself, between 0 and 1.")


class SLISpec(Strict):
    description: Description = None
    threshold_metric: Metric | None = Field(
        None, description="A value that each objective compares with its `op` and `value`, once a minute."
    )
    ratio_metric: RatioMetric | None = Field(None, description="Good or bad events, and all events.")


class SLI(Strict):
    """How good and bad events are told from metrics."""

    api_version: Literal["openslo/v1"] = Field(description="Which format this document follows.")
    kind: Literal["SLI"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: SLISpec = Field(description="Exactly one of `thresholdMetric` and `ratioMetric`.")


class InlineIndicator(Strict):
    metadata: Metadata
    spec: SLISpec = Field(description="The same fields as an SLI's.")


class Calendar(Strict):
    start_time: str = Field(description="`2026-01-01 00:00:00`, where periods are counted from, in `timeZone`.")
    time_zone: str = Field(description="An IANA name, such as `Europe/Rome` or `UTC`.")


class TimeWindow(Strict):
    duration: DurationText = Field(description="`5m`, `1h`, `30d`, `4w`, `1M` (a month; m are minutes), `1Q`, `1Y`.")
    is_rolling: bool = Field(False, description="`true`: the last so many minutes. `false`: periods of a calendar.")
    calendar: Calendar | None = Field(None, description="Required if `isRolling` is false, forbidden if it is true.")


class SLOObjective(Strict):
    display_name: str | None = Field(None, description="What people read.")
    op: Operator | None = Field(None, description="Good is `value of the metric` op `value`. For thresholdMetric only.")
    value: float | None = Field(None, description="The bound of a thresholdMetric.")
    target: float | None = Field(None, description="Share of good events, 0 <= target < 1. Or `targetPercent`.")
    target_percent: float | None = Field(None, description="The same in percent, 0 <= targetPercent < 100.")
    time_slice_target: float | None = Field(
        None, gt=0, le=1, description="Share of good events that makes a slice good. For Timeslices."
    )
    time_slice_window: DurationText | None = Field(
        None, description="Length of a slice; divides a day. For Timeslices and RatioTimeslices."
    )
    indicator: InlineIndicator | None = Field(None, description="An SLI of this objective alone.")
    indicator_ref: Name | None = Field(None, description="Name of an SLI, for this objective alone.")
    composite_weight: float | None = Field(
        None, gt=0, description="Read, but not combined: each objective keeps a budget of its own."
    )


class AlertConditionTest(Strict):
    kind: Literal["burnrate"] = Field(description="`burnrate`: the error ratio divided by the budget's share.")
    op: Operator = Field(description="`gt` or `gte`: the alert fires when the burn rate is higher than `threshold`.")
    threshold: float = Field(description="Burn rate. 1 spends exactly the budget within the SLO's window.")
    lookback_window: DurationText = Field(description="Over how long the burn rate is taken.")
    alert_after: DurationText | None = Field(None, description="For how long it must hold before the alert fires.")


class AlertConditionSpec(Strict):
    description: Description = None
    severity: str = Field(min_length=1, description="`page`, `ticket` or `warning`, or a word that means one of them.")
    condition: AlertConditionTest = Field(description="When the alert fires.")


class AlertCondition(Strict):
    """One condition on a burn rate."""

    api_version: Literal["openslo/v1"] = Field(description="Which format this document follows.")
    kind: Literal["AlertCondition"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: AlertConditionSpec = Field(description="The condition.")


class AlertNotificationTargetSpec(Strict):
    description: Description = None
    target: str = Field(min_length=1, description="The name of what is told, for example `slack` or `pagerduty`.")


class AlertNotificationTarget(Strict):
    """Who is told. Checked and kept; alerts are shown on the pages and in the API."""

    api_version: Literal["openslo/v1"] = Field(description="Which format this document follows.")
    kind: Literal["AlertNotificationTarget"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: AlertNotificationTargetSpec = Field(description="The target.")


class PolicyCondition(Strict):
    condition_ref: Name | None = Field(None, description="Name of an AlertCondition. Or the three fields below.")
    kind: Literal["AlertCondition"] | None = Field(None, description="An AlertCondition written in place.")
    metadata: Metadata | None = None
    spec: AlertConditionSpec | None = Field(None, description="The same fields as an AlertCondition's.")


class PolicyTarget(Strict):
    target_ref: Name | None = Field(None, description="Name of an AlertNotificationTarget. Or the three fields below.")
    kind: Literal["AlertNotificationTarget"] | None = Field(None, description="A target written in place.")
    metadata: Metadata | None = None
    spec: AlertNotificationTargetSpec | None = Field(
        None, description="The same fields as an AlertNotificationTarget's."
    )


class AlertPolicySpec(Strict):
    description: Description = None
    alert_when_no_data: bool | None = Field(
        None, description="Read; a source that stays silent always raises its own alert on the service `covet-sre`."
    )
    alert_when_resolved: bool | None = Field(None, description="Read; the end of an alert is always recorded.")
    alert_when_breaching: bool | None = Field(None, description="`false` switches the condition's alert off.")
    conditions: list[PolicyCondition] = Field(min_length=1, max_length=1, description="Exactly one.")
    notification_targets: list[PolicyTarget] = Field(min_length=1, description="At least one.")


class AlertPolicy(Strict):
    """A condition, and who is told when it holds."""

    api_version: Literal["openslo/v1"] = Field(description="Which format this document follows.")
    kind: Literal["AlertPolicy"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: AlertPolicySpec = Field(description="The policy.")


class SLOAlertPolicy(Strict):
    alert_policy_ref: Name | None = Field(None, description="Name of an AlertPolicy. Or the three fields below.")
    kind: Literal["AlertPolicy"] | None = Field(None, description="An AlertPolicy written in place.")
    metadata: Metadata | None = None
    spec: AlertPolicySpec | None = Field(None, description="The same fields as an AlertPolicy's.")


class SLOSpec(Strict):
    description: Description = None
    service: Name = Field(description="Name of the Service.")
    indicator: InlineIndicator | None = Field(None, description="An SLI written in place. Or `indicatorRef`.")
    indicator_ref: Name | None = Field(None, description="Name of an SLI.")
    budgeting_method: Literal["Occurrences", "Timeslices", "RatioTimeslices"] = Field(
        description="What the budget counts: events, good or bad slices of time, or slices by their share."
    )
    time_window: list[TimeWindow] = Field(min_length=1, max_length=1, description="Exactly one.")
    objectives: list[SLOObjective] = Field(min_length=1, description="At least one; each has its own budget.")
    alert_policies: list[SLOAlertPolicy] = Field(
        default_factory=list, json_schema_extra=EMPTY_LIST, description="References, or policies written in place."
    )


class SLO(Strict):
    """The share of good events that a service promises over a window."""

    api_version: Literal["openslo/v1"] = Field(description="Which format this document follows.")
    kind: Literal["SLO"] = Field(description="What the document declares.")
    metadata: Metadata
    spec: SLOSpec = Field(description="The objective. `indicator` or `indicatorRef` here, or on each objective.")
