"""What the unit tests let happen: the same stories for every objective, minute by minute."""

from collections.abc import Iterator
from dataclasses import dataclass

TRAFFIC_A_MINUTE = 6000
"""Enough that no guard for little traffic holds an alert back, in an outage of everything."""


@dataclass(frozen=True, slots=True)
class Phase:
    """So many minutes with the same traffic, of which `bad_share` is bad.

    `restarts`: counters begin again at 0. `is_exposed` False: no series is there at all.
    """

    minutes: int
    traffic: int = TRAFFIC_A_MINUTE
    bad_share: float = 0.0
    restarts: bool = False
    is_exposed: bool = True

    @property
    def bad(self) -> int:
        """Bad events of a minute: whole numbers in each of its four scrapes."""
        return round(self.traffic * self.bad_share / 4) * 4

    @property
    def good(self) -> int:
        return self.traffic - self.bad


@dataclass(frozen=True, slots=True)
class Story:
    """`without_bad_series`: the series that counts bad events does not exist yet."""

    name: str
    phases: tuple[Phase, ...]
    without_bad_series: bool = False

    @property
    def minutes(self) -> int:
        return sum(phase.minutes for phase in self.phases)

    def by_minute(self) -> Iterator[Phase]:
        for phase in self.phases:
            for _ in range(phase.minutes):
                yield phase


# The good traffic of weeks within hours: so the longest windows recover while a test can wait for them.
_FLOOD = TRAFFIC_A_MINUTE * 1000

OUTAGE = Story("a total outage, and the recovery", (Phase(30), Phase(60, bad_share=1.0), Phase(30), Phase(480, _FLOOD)))
RESTART = Story("a restart of the service: its counters begin at 0", (Phase(30), Phase(30, restarts=True)))
IDLE_NIGHT = Story("an idle night", (Phase(60), Phase(120, 0), Phase(30)))
MISSING_BAD_SERIES = Story("nothing was ever bad: its series does not exist", (Phase(60),), without_bad_series=True)
NO_DATA = Story("the service is not scraped for an hour", (Phase(30), Phase(60, is_exposed=False), Phase(30)))

BURN_RATES = (0.3, 0.7, 1.5, 2.0, 4.0, 5.0, 8.0, 12.0, 20.0)
"""A slow burn is tried at these rates; the first that opens tickets and pages nobody is taken."""


def slow_burn(burn_rate: float, error_share: float) -> Story | None:
    """Errors at a steady rate above what the budget allows; None beyond an error ratio of 1."""
    share = burn_rate * error_share
    if share >= 1:
        return None
    return Story(f"a slow burn at {burn_rate:g} times the rate allowed", (Phase(180, bad_share=share),))
