"""Layered schedules: of the layers that have somebody on call the highest counts, and overrides change the outcome."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from covet_sre.errors import Location
from covet_sre.oncall.layer import Held, Layer
from covet_sre.oncall.schedule import Shift

OVERRIDE = "override"
"""The layer of shifts that an override gives."""

Holders = tuple[tuple[str, str], ...]
"""People on call, each with the layer that says so."""


@dataclass(frozen=True, slots=True)
class Override:
    """From `start` until just before `end` (seconds since the epoch) `removes` is not on call, and `adds` is.

    With both, `adds` takes the other's place, where the other would be on call; with one of them it takes away or adds.
    """

    start: float
    end: float
    removes: str = ""
    adds: str = ""

    def applied(self, holders: Holders) -> Holders:
        """Who is on call while it is in force."""
        kept = tuple(holder for holder in holders if holder[0] != self.removes)
        counts = not self.removes or len(kept) < len(holders)
        if not self.adds or not counts or any(person == self.adds for person, _ in kept):
            return kept
        place = next((place for place, holder in enumerate(holders) if holder[0] == self.removes), len(kept))
        return (*kept[:place], (self.adds, OVERRIDE), *kept[place:])


@dataclass(frozen=True, slots=True)
class LayeredSchedule:
    """`layers` from the lowest to the highest, `overrides` in the order in which they apply. `zone` is an IANA name.

    `tells_at_start`: whoever comes on call is told so. `test_page_seconds`: they get a test page too, to be answered
    within so long.
    """

    name: str
    zone: str
    layers: tuple[Layer, ...]
    overrides: tuple[Override, ...] = ()
    location: Location = field(default_factory=lambda: Location(""))
    tells_at_start: bool = False
    test_page_seconds: float | None = None

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who may ever be on call."""
        rotating = [person for layer in self.layers for person in layer.rotation.people]
        return tuple(dict.fromkeys([*rotating, *(one.adds for one in self.overrides if one.adds)]))

    def on_call(self, now: float) -> tuple[str, ...]:
        """The people on call at an instant; empty in a gap."""
        zone = ZoneInfo(self.zone)
        holders: Holders = ()
        for layer in reversed(self.layers):
            if (person := layer.holder(now, zone)) is not None:
                holders = ((person, layer.name),)
                break
        for override in self.overrides:
            if override.start <= now < override.end:
                holders = override.applied(holders)
        return tuple(person for person, _ in holders)

    def shifts(self, start: float, end: float) -> Sequence[Shift]:
        """Who is on call from `start` to `end`: by beginning, cut to that time, what follows on itself joined."""
        found: list[Shift] = []
        current: dict[tuple[str, str], float] = {}
        now = start
        for begins, holders in self._changes(start, end):
            now = begins
            over = [one for one in current if one not in holders]
            found += [Shift(one[0], current.pop(one), now, one[1]) for one in over]
            for holder in holders:
                current.setdefault(holder, now)
        found += [Shift(person, since, end, layer) for (person, layer), since in current.items()]
        return sorted(found, key=lambda shift: (shift.start, shift.end))

    def _changes(self, start: float, end: float) -> Iterator[tuple[float, Holders]]:
        """Who is on call from each instant on at which it may change. Walks once over all layers."""
        zone = ZoneInfo(self.zone)
        layers = [(layer.name, layer.held(start, end, zone)) for layer in reversed(self.layers)]
        overrides = [one for one in self.overrides if one.start < end and one.end > start and one.start < one.end]
        edges = {edge for one in overrides for edge in (one.start, one.end) if start < edge < end} | {start}
        cuts = edges.union(edge for _, held in layers for one in held for edge in one[:2] if edge < end)
        places = [0] * len(layers)
        active: list[Override] = []
        for now in sorted(cuts) if start < end else ():
            if now in edges:
                active = [one for one in overrides if one.start <= now < one.end]
            holders = _highest(layers, places, now)
            for override in active:
                holders = override.applied(holders)
            yield now, holders


def _highest(layers: Sequence[tuple[str, Sequence[Held]]], places: list[int], now: float) -> Holders:
    """The holder of the first layer that has one. `places` remember how far each layer was walked."""
    for number, (name, held) in enumerate(layers):
        while places[number] < len(held) and held[places[number]].end <= now:
            places[number] += 1
        if places[number] < len(held) and held[places[number]].start <= now:
            return ((held[places[number]].person, name),)
    return ()
