"""What the API answers about alerts and incidents. Times are RFC 3339 in UTC, null where they have not come."""

from typing import Any, Literal

from pydantic import Field

from covet_sre.alerting.alert import Cause, Verdict
from covet_sre.alerting.severity import Severity
from covet_sre.alerting.silence import SilenceKind, SilenceState
from covet_sre.api.models import Model, Time
from covet_sre.incident.incident import State
from covet_sre.incident.outgoing import Delivery, Purpose
from covet_sre.oncall.target import Channel


class IncidentTimes(Model):
    """When users began to be hurt, and what followed. Each is at or after the one before."""

    impact: Time
    detected: Time
    acknowledged: Time | None
    mitigated: Time | None
    resolved: Time | None
    closed: Time | None


class IncidentItem(Model):
    """`open`: somebody still has to do something about the service. `alert_count` is how many ever joined."""

    id: str
    service: str
    severity: Severity
    state: State
    open: bool
    title: str
    times: IncidentTimes
    acknowledged_by: str
    assigned_to: str
    declared_by_hand: bool
    alert_count: int
    acknowledge_until: Time | None = Field(description="The response time that the severity asks for.")
    acknowledged_too_late: bool
    next_step: Time | None = Field(description="When the next people are told, null when nobody is any more.")
    resolution: str
    merged_into: str
    ticket: str


class DispositionItem(Model):
    """What was made of an alert, and why. `by` is the silence's id or the rule's name."""

    verdict: Verdict
    why: str
    incident: str
    cause: Cause | None
    by: str


class IncidentAlert(Model):
    """`fingerprint` is Prometheus' own; `key` is what the alert is known by here."""

    fingerprint: str
    key: str
    status: Literal["firing", "resolved"]
    name: str
    service: str
    severity: Severity
    labels: dict[str, str]
    annotations: dict[str, str]
    starts: Time
    ends: Time | None
    heard: Time
    link: str
    disposition: DispositionItem


class TimelineItem(Model):
    """One entry. `text` is the sentence that the pages show, `data` what was recorded; `digest` chains the entries."""

    position: int
    at: Time
    actor: str
    kind: str
    text: str
    said: str
    in_story: bool
    data: dict[str, Any]
    digest: str


class NotificationItem(Model):
    """One notification and what became of it. `target` is the one that is, or was, tried last."""

    key: str
    incident: str
    episode: int
    step: int
    channel: Channel
    purpose: Purpose
    target: str
    targets: list[str]
    person: str
    outcome: Delivery
    due: Time
    tries: int
    failures: int
    unknown_outcomes: int
    detail: str
    reference: str


class StepItem(Model):
    """A step of the plan: who is told, by what, and when it is due unless somebody acknowledges before."""

    number: int
    due: Time
    channels: list[Channel]
    recipients: list[str]
    after_deadline: bool
    catch_all: bool
    passed: bool


class LineItem(Model):
    """One fact that helps, with the address where there is more."""

    label: str
    text: str
    address: str


class SpentItem(Model):
    """The share of an SLO's error budget that was spent while the incident was open, null where it is unknown."""

    slo: str
    share: float | None


class IncidentDetailAnswer(IncidentItem):
    """One incident with everything that belongs to it. `more_alerts` did not fit into `alerts`."""

    alerts: list[IncidentAlert]
    more_alerts: int
    timeline: list[TimelineItem]
    notifications: list[NotificationItem]
    plan: list[StepItem]
    context: list[LineItem]
    budget_spent: list[SpentItem]


class AlertDispositionItem(DispositionItem):
    """What was made of one alert of an arrival."""

    key: str


class ArrivalItem(Model):
    """One request as it came in. `note` is what its sender said of it as a whole: a group, what was cut off.

    `answer` is what a command made, `problem` why it was refused, in part or as a whole, or put aside.
    """

    number: int
    source: str
    received: Time
    actor: str
    note: str
    bytes: int
    tries: int
    state: Literal["waiting", "disposed", "refused", "quarantined"]
    disposed: Time | None
    alerts: list[AlertDispositionItem]
    answer: str
    problem: str


class SilenceItem(Model):
    """`matchers` are written as `name="value"`, with !=, =~ and !~."""

    id: str
    state: SilenceState
    kind: SilenceKind
    matchers: list[str]
    starts: Time
    ends: Time
    author: str
    reason: str
    updated: Time


class DutyItem(Model):
    """Who is on call on one schedule; `person` is empty in a gap. `then` comes next."""

    schedule: str
    person: str
    until: Time | None
    then: str
    people: list[str] = Field(description="All who are on call, `person` first.")


class DutiesAnswer(Model):
    items: list[DutyItem]


class TestedAnswer(Model):
    """What a target said to a test notification."""

    target: str
    said: str
