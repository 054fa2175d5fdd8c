"""A component's state set by hand: it holds before everything that is measured, until its end."""

from dataclasses import dataclass, replace

from covet_sre.status.states import ComponentState

KEPT_SECONDS = 100 * 86400.0
"""The spans of the past belong to the history of 90 days."""


@dataclass(frozen=True, slots=True)
class Span:
    """`until` None: until somebody ends it. `author` and `reason` are internal."""

    state: ComponentState
    since: float
    until: float | None
    author: str
    reason: str

    def holds(self, now: float) -> bool:
        return self.since <= now and (self.until is None or now < self.until)


@dataclass(frozen=True, slots=True)
class ByHand:
    """The component's spans, the latest last. `version` counts its changes from 1."""

    component: str
    spans: tuple[Span, ...] = ()
    version: int = 1

    @property
    def identity(self) -> str:
        return self.component

    @property
    def over_at(self) -> float | None:
        return None

    @property
    def due_at(self) -> float | None:
        """When the present span ends: what the page shows changes then."""
        return self.spans[-1].until if self.spans else None

    def present(self, now: float) -> Span | None:
        """The span that holds now."""
        last = self.spans[-1] if self.spans else None
        return last if last is not None and last.holds(now) else None

    def told(self, until: float) -> list[tuple[float, float, ComponentState]]:
        """(from, to, state) of every span."""
        ends = ((one.since, until if one.until is None else min(one.until, until), one.state) for one in self.spans)
        return [one for one in ends if one[1] > one[0] and one[2] is not ComponentState.OPERATIONAL]


def set_by_hand(before: ByHand, span: Span, now: float) -> ByHand:
    """With one more span, which ends the one before."""
    over = ended(before, now)
    return replace(over, spans=(*over.spans, span))


def ended(before: ByHand, now: float) -> ByHand:
    """Without a span that holds. Spans of long ago are let go."""
    spans = tuple(replace(one, until=now) if one.until is None or one.until > now else one for one in before.spans)
    kept = tuple(one for one in spans if one.until is None or one.until > now - KEPT_SECONDS)
    return replace(before, spans=kept, version=before.version + 1)
