"""What the doors read of the status page: how everything stands, and what they need to change it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from covet_sre.status.by_hand import ByHand
from covet_sre.status.leaks import Leak
from covet_sre.status.maintenance import Maintenance
from covet_sre.status.page import StatusPage
from covet_sre.status.public_incident import PublicIncident
from covet_sre.status.standing import Standing
from covet_sre.status.subscriber import Subscriber


@dataclass(frozen=True, slots=True)
class ByHandNow:
    """A component's state as people set it; `version` is 0 for one that was never set."""

    component: str
    record: ByHand | None

    @property
    def version(self) -> int:
        return self.record.version if self.record is not None else 0


class PublicStatus(Protocol):
    """Methods may block for some milliseconds. Where no file declares a page, all but `page` raise NotFound."""

    def now(self) -> float: ...

    def page(self) -> StatusPage | None: ...

    def standing(self) -> Standing:
        """How everything stands now, for the public."""
        ...

    def incident(self, identity: str) -> PublicIncident:
        """With what is internal about it. Raises NotFound."""
        ...

    def incidents_about(self, incident: str) -> Sequence[PublicIncident]:
        """What the public is told of an internal incident."""
        ...

    def maintenance(self, identity: str) -> Maintenance:
        """With what is internal about it. Raises NotFound."""
        ...

    def by_hand(self, component: str) -> ByHandNow: ...

    def subscribers(self) -> Sequence[Subscriber]:
        """All of them, confirmed or not."""
        ...

    def subscriber(self, identity: str) -> Subscriber | None: ...

    def leaks(self, texts: Iterable[str], incident: str = "") -> tuple[Leak, ...]:
        """What in the texts would be refused."""
        ...
