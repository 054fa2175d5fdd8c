"""What deliveries are known again by: a record each, until nobody need know it any more."""

from dataclasses import dataclass

from covet_sre.ports import Arrival


@dataclass(frozen=True, slots=True)
class Delivery:
    """One that was kept. `over_at` is from when on a repetition is refused for its age."""

    identity: str
    over_at: float

    @property
    def due_at(self) -> float | None:
        return None


def delivery_of(arrival: Arrival) -> Delivery | None:
    """What an arrival is known again by; None where it is not to be."""
    once = arrival.once
    return None if once is None else Delivery(f"{arrival.source}/{once.identity}", once.until)
