"""Overrides that people make beside the files: from when until when, who is on call instead, and why."""

from dataclasses import dataclass

from covet_sre.oncall.layered import Override


@dataclass(frozen=True, slots=True)
class ShiftOverride:
    """A change of one schedule, with its author. `removes` and `adds` mean what they do in `Override`.

    Half-open: the instant `end` is no longer part of it. `swap` is the swap that it came from, empty for none.
    """

    identity: str
    schedule: str
    start: float
    end: float
    removes: str
    adds: str
    reason: str
    author: str
    made_at: float
    swap: str = ""
    place: int = 0
    """Grows with each that is made: several may be made at one instant."""

    @property
    def over_at(self) -> float | None:
        return self.end

    @property
    def due_at(self) -> float | None:
        return None

    @property
    def change(self) -> Override:
        """What it does to the schedule."""
        return Override(self.start, self.end, self.removes, self.adds)

    @property
    def order(self) -> tuple[float, int]:
        """Overrides apply in the order in which they were made: a later one sees what the earlier has done."""
        return self.made_at, self.place

    @property
    def people(self) -> tuple[str, ...]:
        """Whom it names."""
        return tuple(name for name in (self.removes, self.adds) if name)
