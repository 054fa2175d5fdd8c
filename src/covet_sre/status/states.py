"""The states of a component, Statuspage's five, and what the worst of them makes of the whole page."""

from collections.abc import Iterable
from enum import StrEnum


class ComponentState(StrEnum):
    """Statuspage's words, from the best to the worst."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED_PERFORMANCE = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"

    @property
    def rank(self) -> int:
        """0 for the best."""
        return _ORDER.index(self)

    @property
    def is_outage(self) -> bool:
        """Whether its minutes count as downtime."""
        return self in (ComponentState.PARTIAL_OUTAGE, ComponentState.MAJOR_OUTAGE)


_ORDER = tuple(ComponentState)


class Impact(StrEnum):
    """How much a public incident hurts, and the indicator of the page: Statuspage's words, from the best."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return _IMPACTS.index(self)


_IMPACTS = tuple(Impact)

IMPACT_OF = {
    ComponentState.OPERATIONAL: Impact.NONE,
    # Planned work is no trouble.
    ComponentState.UNDER_MAINTENANCE: Impact.NONE,
    ComponentState.DEGRADED_PERFORMANCE: Impact.MINOR,
    ComponentState.PARTIAL_OUTAGE: Impact.MAJOR,
    ComponentState.MAJOR_OUTAGE: Impact.CRITICAL,
}
"""What a component's state is for the page, whose indicator is that of its worst component."""

DESCRIPTIONS = {
    ComponentState.OPERATIONAL: "All Systems Operational",
    ComponentState.UNDER_MAINTENANCE: "Service Under Maintenance",
    ComponentState.DEGRADED_PERFORMANCE: "Partially Degraded Service",
    ComponentState.PARTIAL_OUTAGE: "Partial System Outage",
    ComponentState.MAJOR_OUTAGE: "Major System Outage",
}
"""The page's headline, in Statuspage's words, by its worst component."""


def worst(states: Iterable[ComponentState]) -> ComponentState:
    """The worst of them; operational for none."""
    return max(states, key=lambda state: state.rank, default=ComponentState.OPERATIONAL)
