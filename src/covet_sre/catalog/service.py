"""A service: what users depend on, and what budgets and incidents belong to."""

from dataclasses import dataclass

from covet_sre.errors import Location


@dataclass(frozen=True, slots=True)
class Service:
    """`name` is unique. `location` is where it is declared."""

    name: str
    display_name: str
    description: str
    location: Location
