"""What the API answers about the status page to those who run it, and what they send to change it."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from covet_sre.api.incident_bodies import NO_NUL, ActorBody, seconds
from covet_sre.api.models import Model, Time
from covet_sre.incident import status_facts as facts
from covet_sre.status.maintenance import MaintenanceStatus
from covet_sre.status.public_incident import ComponentStates, PublicStatus
from covet_sre.status.states import ComponentState, Impact
from covet_sre.status.subscriber import SubscriberKind
from covet_sre.status.texts import LONGEST_REASON, LONGEST_TEXT, LONGEST_TITLE

Line = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE, pattern=NO_NUL)]
Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT, pattern=NO_NUL)]
Maybe = Annotated[str, Field(max_length=LONGEST_REASON, pattern=NO_NUL)]
Component = Annotated[str, Field(min_length=1, max_length=63, pattern=NO_NUL)]
Version = Annotated[int, Field(ge=0, le=2**53, description="`version` as it was answered: a change since refuses.")]
Confirmed = Annotated[
    str,
    Field(max_length=LONGEST_REASON, pattern=NO_NUL, description="Why what looks internal may stand in a public text."),
]


# ---------------------------------------------------------------- answers


class SpanItem(Model):
    """A state that somebody set; `until` null holds until somebody ends it."""

    state: ComponentState
    since: Time
    until: Time | None
    author: str
    reason: str


class ComponentItem(Model):
    """`state` is what the public sees; `by_hand` is what somebody set, if that holds now.

    `uptime` is null where nothing is known.
    """

    id: str
    name: str
    group: str
    state: ComponentState
    manual: bool
    services: list[str]
    slos: list[str]
    uptime: float | None
    by_hand: SpanItem | None
    version: int


class UpdateItem(Model):
    """`author`, `confirmed` and `corrected_by` are never shown to the public."""

    number: int
    at: Time
    status: PublicStatus
    text: str
    components: dict[str, ComponentState]
    author: str
    confirmed: str
    corrected_by: str


class PublicIncidentItem(Model):
    """`incident` is the internal one that it is about; the public never sees that."""

    id: str
    title: str
    status: PublicStatus
    impact: Impact
    began: Time
    resolved: Time | None
    components: dict[str, ComponentState]
    updates: list[UpdateItem]
    incident: str
    version: int
    address: str


class MaintenanceUpdateItem(Model):
    number: int
    at: Time
    status: MaintenanceStatus
    text: str
    author: str
    confirmed: str


class MaintenanceItem(Model):
    """`silence` is the id of the silence that it set, empty for none."""

    id: str
    title: str
    status: MaintenanceStatus
    components: list[str]
    starts: Time
    ends: Time
    remind_seconds: float
    updates: list[MaintenanceUpdateItem]
    silence: str
    version: int
    address: str


class StatusPageAnswer(Model):
    """How everything stands for the public, with what is internal about it."""

    title: str
    address: str
    indicator: Impact
    at: Time
    components: list[ComponentItem]
    incidents: list[PublicIncidentItem]
    maintenances: list[MaintenanceItem]


class SubscriberItem(Model):
    id: str
    kind: SubscriberKind
    address: str
    confirmed: Time | None
    components: list[str]


class RemovedAnswer(Model):
    """Whose subscription was ended."""

    id: str


class LeakItem(Model):
    what: str
    found: str


class CheckedAnswer(Model):
    """What would be refused without a reason; nothing for a text that may be told."""

    leaks: list[LeakItem]


class FilesAnswer(Model):
    """The public page as files, by path."""

    files: dict[str, str]


# ---------------------------------------------------------------- bodies


class PublishBody(ActorBody):
    title: Line
    text: Text
    status: PublicStatus = PublicStatus.INVESTIGATING
    impact: Impact = Impact.MINOR
    components: dict[Component, ComponentState] = Field(
        default_factory=dict[Component, ComponentState], max_length=100, description="State by component."
    )
    incident: Annotated[str, Field(max_length=100, pattern=NO_NUL)] = Field(
        "", description="The internal incident that it is about."
    )
    notify: bool = Field(True, description="Whether subscribers are told.")
    confirmed: Confirmed = ""

    def command(self, actor: str) -> facts.PublishIncident:
        return facts.PublishIncident(
            actor,
            self.title,
            self.text,
            self.status,
            self.impact,
            _states(self.components),
            self.incident,
            self.notify,
            self.confirmed,
        )


class UpdateBody(ActorBody):
    version: Version
    text: Text
    status: PublicStatus
    title: Annotated[str, Field(max_length=LONGEST_TITLE, pattern=NO_NUL)] = ""
    impact: Impact | None = None
    components: dict[Component, ComponentState] = Field(
        default_factory=dict[Component, ComponentState], max_length=100, description="States that change."
    )
    notify: bool = True
    confirmed: Confirmed = ""

    def command(self, identity: str, actor: str) -> facts.UpdatePublicIncident:
        return facts.UpdatePublicIncident(
            actor,
            identity,
            self.version,
            self.text,
            self.status,
            _states(self.components),
            self.title,
            self.impact,
            self.notify,
            self.confirmed,
        )


class CorrectBody(ActorBody):
    version: Version
    text: Text
    confirmed: Confirmed = ""

    def command(self, identity: str, number: int, actor: str) -> facts.CorrectPublicText:
        return facts.CorrectPublicText(actor, identity, self.version, number, self.text, self.confirmed)


class ScheduleBody(ActorBody):
    title: Line
    text: Text
    components: list[Component] = Field(min_length=1, max_length=100)
    starts: datetime
    ends: datetime
    remind_seconds: float = Field(0.0, ge=0, le=14 * 86400, description="How long before subscribers are reminded.")
    silence: bool = Field(False, description="Whether alerts of the services behind it are kept quiet meanwhile.")
    notify: bool = True
    confirmed: Confirmed = ""

    def command(self, actor: str) -> facts.ScheduleMaintenance:
        return facts.ScheduleMaintenance(
            actor,
            self.title,
            self.text,
            tuple(self.components),
            seconds(self.starts),
            seconds(self.ends),
            self.remind_seconds,
            self.silence,
            self.notify,
            self.confirmed,
        )


class MaintenanceBody(ActorBody):
    version: Version
    text: Text
    status: MaintenanceStatus
    starts: datetime | None = None
    ends: datetime | None = None
    notify: bool = True
    confirmed: Confirmed = ""

    def command(self, identity: str, actor: str) -> facts.UpdateMaintenance:
        return facts.UpdateMaintenance(
            actor,
            identity,
            self.version,
            self.text,
            self.status,
            None if self.starts is None else seconds(self.starts),
            None if self.ends is None else seconds(self.ends),
            self.notify,
            self.confirmed,
        )


class StateBody(ActorBody):
    version: Version
    state: ComponentState
    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, pattern=NO_NUL)]
    until: datetime | None = None

    def command(self, component: str, actor: str) -> facts.SetComponentState:
        until = None if self.until is None else seconds(self.until)
        return facts.SetComponentState(actor, component, self.version, self.state, self.reason, until)


class CheckBody(Model):
    text: Text
    incident: Annotated[str, Field(max_length=100, pattern=NO_NUL)] = ""


def _states(components: dict[str, ComponentState]) -> ComponentStates:
    return tuple(components.items())
