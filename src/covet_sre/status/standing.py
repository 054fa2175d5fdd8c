"""How everything stands now, as the public is told: the one computation behind pages, feeds, JSON and static files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from covet_sre.status.by_hand import ByHand
from covet_sre.status.maintenance import Maintenance
from covet_sre.status.page import Component, StatusPage
from covet_sre.status.public_incident import PublicIncident
from covet_sre.status.rules import Evidence, state_by
from covet_sre.status.states import IMPACT_OF, ComponentState, Impact, worst
from covet_sre.status.uptime import DayBounds, Measured, Uptime, uptime_of


@dataclass(frozen=True, slots=True)
class Told:
    """What people told the public, and set by hand."""

    incidents: tuple[PublicIncident, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    by_hand: tuple[ByHand, ...] = ()


@dataclass(frozen=True, slots=True)
class ComponentStanding:
    """`changed_at` is when something last changed that bears on its state, None where nothing is known to have."""

    component: Component
    state: ComponentState
    changed_at: float | None
    uptime: Uptime


@dataclass(frozen=True, slots=True)
class Standing:
    """`at` is in seconds since the epoch. Incidents and maintenance: the latest first."""

    page: StatusPage
    at: float
    components: tuple[ComponentStanding, ...]
    incidents: tuple[PublicIncident, ...]
    maintenances: tuple[Maintenance, ...]

    @property
    def worst(self) -> ComponentState:
        return worst(one.state for one in self.components)

    @property
    def indicator(self) -> Impact:
        """That of the worst component, or of the worst incident that is not over."""
        told = [one.impact for one in self.unresolved]
        return max((IMPACT_OF[self.worst], *told), key=lambda impact: impact.rank)

    @property
    def unresolved(self) -> tuple[PublicIncident, ...]:
        return tuple(one for one in self.incidents if not one.status.is_over)

    @property
    def changed_at(self) -> float:
        """When anything on the page changed last, its beginning at the earliest."""
        times = [one.changed_at for one in (*self.incidents, *self.maintenances)]
        times += [one.changed_at for one in self.components if one.changed_at is not None]
        return max((at for at in times if at <= self.at), default=0.0)


def standing(
    page: StatusPage,
    now: float,
    told: Told,
    evidence: Mapping[str, Sequence[Evidence]],
    measured: Mapping[str, Mapping[str, Sequence[Measured]]],
    days: Sequence[DayBounds],
) -> Standing:
    """`evidence` and `measured` by component; `measured` by objective and then by day."""
    hands = {one.component: one for one in told.by_hand}
    return Standing(
        page=page,
        at=now,
        components=tuple(
            _component(
                one,
                told,
                hands.get(one.identity),
                evidence.get(one.identity, ()),
                uptime_of(days, measured.get(one.identity, {}), _spans(one.identity, told, now), now, one.since),
                now,
            )
            for one in page.components
        ),
        incidents=tuple(sorted(told.incidents, key=lambda one: (one.began_at, one.identity), reverse=True)),
        maintenances=tuple(sorted(told.maintenances, key=lambda one: (one.starts_at, one.identity), reverse=True)),
    )


def _component(
    component: Component,
    told: Told,
    hand: ByHand | None,
    evidence: Sequence[Evidence],
    uptime: Uptime,
    now: float,
) -> ComponentStanding:
    name = component.identity
    state = state_now(component, told, hand, () if component.manual else evidence, now)
    changes = [*_changes(name, told, hand), *(one.since for one in evidence if not component.manual)]
    return ComponentStanding(component, state, max((at for at in changes if at <= now), default=None), uptime)


def state_now(
    component: Component, told: Told, hand: ByHand | None, evidence: Iterable[Evidence], now: float
) -> ComponentState:
    """What is set by hand counts before everything; then the worst of what is told and what is measured.

    While maintenance runs, what is measured is explained by it.
    """
    by_hand = hand.present(now) if hand is not None else None
    if by_hand is not None:
        return by_hand.state
    name = component.identity
    states = [dict(one.states)[name] for one in told.incidents if not one.status.is_over and name in one.components]
    if any(one.status.is_running and name in one.components for one in told.maintenances):
        states.append(ComponentState.UNDER_MAINTENANCE)
    else:
        states.append(state_by(component.rules, evidence)[0])
    return worst(states)


def _spans(component: str, told: Told, now: float) -> list[tuple[float, float, ComponentState]]:
    spans = [span for one in (*told.incidents, *told.maintenances) for span in one.spans(component, now)]
    return spans + [span for one in told.by_hand if one.component == component for span in one.told(now)]


def _changes(component: str, told: Told, hand: ByHand | None) -> list[float]:
    changes: list[float] = []
    for incident in told.incidents:
        changes += [one.at for one in incident.updates if component in dict(one.states) or one.status.is_over]
    for maintenance in told.maintenances:
        if component in maintenance.components:
            changes += [one.at for one in maintenance.updates]
    for span in hand.spans if hand else ():
        changes += [span.since, *([span.until] if span.until is not None else [])]
    return changes
