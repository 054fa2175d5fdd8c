"""What the public is told of trouble: records with a text of their own, which nothing internal finds its way into."""

from dataclasses import dataclass, replace
from enum import StrEnum

from covet_sre.status.states import ComponentState, Impact

AFTERWARDS_SECONDS = 90 * 86400.0
"""For so long after its end an incident can be written about: a post-mortem takes its time."""


class PublicStatus(StrEnum):
    """Statuspage's words for how far an incident is."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"
    POSTMORTEM = "postmortem"

    @property
    def is_over(self) -> bool:
        return self in (PublicStatus.RESOLVED, PublicStatus.POSTMORTEM)


ComponentStates = tuple[tuple[str, ComponentState], ...]
"""(component, state), each component once."""


@dataclass(frozen=True, slots=True)
class PublicUpdate:
    """One public text. `states` are those of the components that it changes or repeats.

    Internal, never shown: `author`, `confirmed` (why what looked like an internal name may stand there), and
    `corrected_by`, who mended the text at `corrected_at`.
    """

    at: float
    status: PublicStatus
    text: str
    states: ComponentStates = ()
    author: str = ""
    confirmed: str = ""
    corrected_by: str = ""
    corrected_at: float | None = None


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """`link` is the internal incident that it is about, empty for none: that and the authors are never shown.

    `version` counts its changes from 1: whoever changes it says which one they saw.
    """

    identity: str
    title: str
    impact: Impact
    updates: tuple[PublicUpdate, ...]
    link: str = ""
    version: int = 1
    changed_by: str = ""
    changed_at: float = 0.0

    @property
    def status(self) -> PublicStatus:
        return self.updates[-1].status

    @property
    def began_at(self) -> float:
        return self.updates[0].at

    @property
    def resolved_at(self) -> float | None:
        """When it was resolved last, None while it is not."""
        if not self.status.is_over:
            return None
        over = [update.at for update in self.updates if update.status is PublicStatus.RESOLVED]
        return over[-1] if over else self.updates[-1].at

    @property
    def over_at(self) -> float | None:
        resolved_at = self.resolved_at
        return None if resolved_at is None else resolved_at + AFTERWARDS_SECONDS

    @property
    def due_at(self) -> float | None:
        return None

    @property
    def states(self) -> ComponentStates:
        """What it says of its components now, in the order in which they came up."""
        return self.states_after(len(self.updates))

    def states_after(self, updates: int) -> ComponentStates:
        """The same after the first so many updates."""
        found: dict[str, ComponentState] = {}
        for update in self.updates[:updates]:
            found |= dict(update.states)
        return tuple(found.items())

    @property
    def components(self) -> tuple[str, ...]:
        return tuple(component for component, _ in self.states)

    def spans(self, component: str, until: float) -> list[tuple[float, float, ComponentState]]:
        """(from, to, state) as it tells the story of one component, up to its end or `until`."""
        found: list[tuple[float, float, ComponentState]] = []
        since, state = 0.0, ComponentState.OPERATIONAL
        for update in self.updates:
            changed = dict(update.states).get(component, state)
            if changed is not state:
                found.append((since, update.at, state))
                since, state = update.at, changed
        found.append((since, max(self.resolved_at or until, since), state))
        return [one for one in found if one[2] is not ComponentState.OPERATIONAL and one[1] > one[0]]


def updated(incident: PublicIncident, update: PublicUpdate, title: str, impact: Impact) -> PublicIncident:
    """The incident after one more update."""
    return replace(
        incident,
        title=title,
        impact=impact,
        updates=(*incident.updates, update),
        version=incident.version + 1,
        changed_by=update.author,
        changed_at=update.at,
    )
