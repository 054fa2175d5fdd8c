"""What the API answers: every ratio is a number between 0 and 1 (or null where it is unknown), never rounded.

Times are RFC 3339 in UTC. Budgets may be negative: overspent.
"""

from datetime import UTC, datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from covet_sre.budget.adjustment import AdjustmentKind
from covet_sre.budget.status import AlertState, BurnWord, State
from covet_sre.slo.burn import Severity

Time = Annotated[
    datetime,
    PlainSerializer(lambda when: f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", return_type=str),
    Field(json_schema_extra={"format": "date-time"}),
]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


Item = TypeVar("Item", bound=Model)


class Page(Model, Generic[Item]):
    """`next` is the cursor of the following page, null on the last one."""

    items: list[Item]
    next: str | None


class Place(Model):
    """Where something is declared; line 0 means the whole file."""

    file: str
    line: int


class ServiceItem(Model):
    name: str
    title: str
    description: str
    state: State | None = Field(description="The most urgent state of its objectives, null without any.")
    objectives: int
    firing: int = Field(description="Alerts that fire.")
    declared: Place


class BudgetItem(Model):
    """The error budget. `remaining` is a share: 1 untouched, 0 spent, negative overspent."""

    remaining: float | None
    remaining_without_adjustments: float | None
    remaining_events: float | None
    remaining_minutes: float | None
    total_minutes: float | None
    window: str
    tier: str | None


class BurnItem(Model):
    """The burn rate over the last hour; `word` is null where nothing is measured."""

    rate: float | None
    word: BurnWord | None


class ForecastItem(Model):
    """Minutes until the budget is gone: pessimistic, median, optimistic. Null: not within `horizon_minutes`."""

    p10_minutes: int | None
    p50_minutes: int | None
    p90_minutes: int | None
    at_present_burn_minutes: int | None
    horizon_minutes: int


class SloItem(Model):
    """One objective of one SLO. `sli` is the share of good events over `window`."""

    name: str
    slo: str
    service: str
    title: str
    objective: float
    window: str
    sli: float | None
    state: State
    cause: str
    remedy: str
    budget: BudgetItem
    burn: BurnItem
    forecast: ForecastItem | None
    firing: list[str] = Field(description="Names of the alerts that fire.")
    labels: dict[str, str]
    counted_until: Time
    declared: Place


class WindowItem(Model):
    label: str
    minutes: int
    known_minutes: int
    bad: int = Field(description="In units of the ledger: `units_per_event` make one event.")
    total: int
    units_per_event: int
    error_ratio: float | None
    burn: float | None


class AlertItem(Model):
    """One alert rule and what it says now. `word` compares both windows with the threshold."""

    slo: str
    name: str
    severity: Severity
    state: AlertState
    since: Time | None
    word: BurnWord | None
    threshold: float
    long_minutes: int
    short_minutes: int | None
    long_burn: float | None
    short_burn: float | None
    held_back: str


class TierItem(Model):
    name: str
    above: float | None
    actions: list[str]
    state: str
    present: bool


class PolicyItem(Model):
    name: str
    tiers: list[TierItem]


class SloDetail(SloItem):
    description: str
    runbook: str
    windows: list[WindowItem]
    alerts: list[AlertItem]
    policy: PolicyItem


class HistoryItem(Model):
    """One bucket. `known` is the share of its minutes that were measured; `good_share` null where it is unknown."""

    start: Time
    bad: float
    total: float
    known: float
    good_share: float | None


class HistoryAnswer(Model):
    name: str
    start: Time
    end: Time
    bucket_minutes: int
    items: list[HistoryItem]


class GapItem(Model):
    """Events of a time in which nobody was watching. `start` and `end` (exclusive) in minutes since the answer's."""

    start: int
    end: int
    bad: int
    total: int


class StreamItem(Model):
    """The known minutes of one stream: parallel columns, `minutes` since the answer's `start`.

    Counts are whole units, of which `units_per_event` make one event. `key` names the SLO and the indicator.
    """

    key: str
    units_per_event: int
    minutes: list[int]
    bad: list[int]
    total: list[int]
    gaps: list[GapItem]


class MinutesAnswer(Model):
    """What was measured, minute by minute, without adjustments. Minutes that are not named are unknown."""

    name: str
    start: Time
    end: Time
    streams: list[StreamItem]


class AdjustmentItem(Model):
    """`end` is exclusive. A revoked adjustment stays on record and does not apply."""

    id: int
    slo: str
    kind: AdjustmentKind
    start: Time
    end: Time
    bad: int
    total: int
    author: str
    reason: str
    made: Time
    applies: bool
    revoked: Time | None
    revoked_by: str
    revoked_reason: str


class AdjustmentBody(BaseModel):
    """Leave minutes out (`exclude`), or add events, negative ones to take away (`correct`)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: AdjustmentKind
    start: datetime = Field(description="With an offset; without one it is UTC.")
    end: datetime
    author: str = Field(min_length=1, max_length=100)
    reason: str = Field(min_length=1, max_length=500)
    bad: int = Field(0, ge=-(2**53), le=2**53)
    total: int = Field(0, ge=-(2**53), le=2**53)


class SourceItem(Model):
    name: str
    kind: str
    addresses: list[str]
    state: Literal["answering", "silent"]
    last_success: Time | None
    silent_minutes: int
    last_error: str
    remedy: str
    warnings: list[str]


class TransitionItem(Model):
    """One change of an alert's state. `episode` is the same from firing to its end."""

    slo: str
    alert: str
    severity: str
    state: str
    at: Time
    episode: str
    detail: dict[str, float | str | None]


class AlertsAnswer(Page[AlertItem]):
    """Alerts that are pending or firing, and the latest changes of any."""

    recent: list[TransitionItem]
