"""What people decide about the status page, and what the public asks of it.

`version` is that of what somebody saw when they wrote: a change in between refuses, so that nobody's text is lost.
`confirmed` is why something that looks like an internal name may stand in a public text.
"""

from dataclasses import dataclass, field

from covet_sre.status.maintenance import MaintenanceStatus
from covet_sre.status.public_incident import ComponentStates, PublicStatus
from covet_sre.status.states import ComponentState, Impact
from covet_sre.status.subscriber import SubscriberKind

THE_PUBLIC = "the public"

PRIVATE = {"private": True}
"""Metadata of fields that the audit record does not keep: addresses of subscribers, and tokens."""


@dataclass(frozen=True, slots=True)
class PublishIncident:
    """Tell the public of trouble. `incident` is the internal one that it is about, empty for none."""

    actor: str
    title: str
    text: str
    status: PublicStatus = PublicStatus.INVESTIGATING
    impact: Impact = Impact.MINOR
    components: ComponentStates = ()
    incident: str = ""
    notify: bool = True
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class UpdatePublicIncident:
    """Tell how it goes on. An empty `title` and an `impact` of None leave them as they are."""

    actor: str
    identity: str
    version: int
    text: str
    status: PublicStatus
    components: ComponentStates = ()
    title: str = ""
    impact: Impact | None = None
    notify: bool = True
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class CorrectPublicText:
    """Mend the text of update `number`, counted from 1. Nobody is told again."""

    actor: str
    identity: str
    version: int
    number: int
    text: str
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleMaintenance:
    """Announce planned work. `silence`: alerts of the components' services are kept quiet while it runs."""

    actor: str
    title: str
    text: str
    components: tuple[str, ...]
    starts_at: float
    ends_at: float
    remind_seconds: float = 0.0
    silence: bool = False
    notify: bool = True
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class UpdateMaintenance:
    """Tell how the work goes on, or when it will be. Times of None stay as they are."""

    actor: str
    identity: str
    version: int
    text: str
    status: MaintenanceStatus
    starts_at: float | None = None
    ends_at: float | None = None
    notify: bool = True
    confirmed: str = ""


@dataclass(frozen=True, slots=True)
class SetComponentState:
    """By hand, until a time or until somebody ends it. `version` is 0 for a component that was never set."""

    actor: str
    component: str
    version: int
    state: ComponentState
    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class ClearComponentState:
    """From now on the component's state is what is measured and told."""

    actor: str
    component: str
    version: int


@dataclass(frozen=True, slots=True)
class SubscribeToStatus:
    """Somebody wants to be told. `token` confirms it, `key` ends it; both are random, and made by the door."""

    kind: SubscriberKind
    address: str = field(metadata=PRIVATE)
    token: str = field(metadata=PRIVATE)
    key: str = field(metadata=PRIVATE)
    components: tuple[str, ...] = ()
    actor: str = THE_PUBLIC


@dataclass(frozen=True, slots=True)
class ConfirmStatusSubscription:
    identity: str
    token: str = field(metadata=PRIVATE)
    actor: str = THE_PUBLIC


@dataclass(frozen=True, slots=True)
class UnsubscribeFromStatus:
    """By the subscriber, who has the key."""

    identity: str
    key: str = field(metadata=PRIVATE)
    actor: str = THE_PUBLIC


@dataclass(frozen=True, slots=True)
class RemoveStatusSubscriber:
    """By somebody who runs the page."""

    actor: str
    identity: str
    reason: str


StatusCommand = (
    PublishIncident
    | UpdatePublicIncident
    | CorrectPublicText
    | ScheduleMaintenance
    | UpdateMaintenance
    | SetComponentState
    | ClearComponentState
    | SubscribeToStatus
    | ConfirmStatusSubscription
    | UnsubscribeFromStatus
    | RemoveStatusSubscriber
)
