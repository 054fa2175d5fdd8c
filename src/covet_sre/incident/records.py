"""Records: what lies on the desk beside alerts, incidents, silences and notifications, one kind a dataclass."""

from typing import Any, Protocol

from covet_sre.incident.channel_end import ChannelEnd
from covet_sre.incident.drafts import Draft
from covet_sre.incident.reconciling import Reconciling
from covet_sre.incident.stakeholders import Subscription
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
    ChannelEnd,
    Draft,
    Reconciling,
    Subscription,
    PublicIncident,
    Maintenance,
    ByHand,
    Subscriber,
    Mailing,
)
"""Every kind that is laid out on a desk; others are only looked up in the store."""
