"""Records: what lies on the desk beside alerts, incidents, silences and notifications, one kind a dataclass."""

from typing import Any, Protocol

from covet_sre.incident.channel_end import ChannelEnd
from covet_sre.incident.drafts import Draft
from covet_sre.incident.reconciling import Reconciling
from covet_sre.incident.stakeholders import Subscription
from covet_sre.oncall.calendar_address import CalendarAddress
from covet_sre.oncall.contact_check import ContactCheck
from covet_sre.oncall.contact_rules import ContactRules
from covet_sre.oncall.hand_off import HandOffNote
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.schedule_watch import ScheduleWatch
from covet_sre.oncall.shift_test import ShiftTest
from covet_sre.oncall.swap import Swap
from covet_sre.status.by_hand import ByHand
from covet_sre.status.mailing import Mailing
from covet_sre.status.maintenance import Maintenance
from covet_sre.status.public_incident import PublicIncident
from covet_sre.status.subscriber import Subscriber


class Record(Protocol):
    """A frozen dataclass that is kept whole, under its kind (the class' name) and its identity.

    Fields that are added later need defaults: older documents are read with them.
    """

    @property
    def identity(self) -> str: ...

    @property
    def over_at(self) -> float | None:
        """Since when it matters no more, None while it does: a day later it lies on no desk any more."""
        ...

    @property
    def due_at(self) -> float | None:
        """When the desk has to look at it again, None where it need not."""
        ...


KINDS: tuple[type[Any], ...] = (
    CalendarAddress,
    ChannelEnd,
    ContactCheck,
    ContactRules,
    Draft,
    HandOffNote,
    Reconciling,
    ScheduleWatch,
    ShiftOverride,
    ShiftTest,
    Subscription,
    Swap,
    PublicIncident,
    Maintenance,
    ByHand,
    Subscriber,
    Mailing,
)
"""Every kind that is laid out on a desk; others are only looked up in the store."""
