"""What the unit tests let happen: the same stories for every objective, minute by minute."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

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


# The good traffic of years within an hour and a half: so the longest windows recover while a test can wait for them.
_FLOOD = TRAFFIC_A_MINUTE * 10_000

# The recovery is so long that short windows of up to six hours are seen to end what long ones would prolong.
OUTAGE = Story("a total outage, and the recovery", (Phase(30), Phase(60, bad_share=1.0), Phase(400), Phase(90, _FLOOD)))
RESTART = Story("a restart of the service: its counters begin at 0", (Phase(30), Phase(30, restarts=True)))
IDLE_NIGHT = Story("an idle night", (Phase(30), Phase(60, 0), Phase(15)))
MISSING_BAD_SERIES = Story("nothing was ever bad: its series does not exist", (Phase(30),), without_bad_series=True)
NO_DATA = Story("the service is not scraped for a while", (Phase(30), Phase(40, is_exposed=False), Phase(20)))

_BURN_MINUTES = 30


def steady_burns(thresholds: Iterable[float], error_share: float) -> Iterator[Story]:
    """Burns from the beginning on, one between each two thresholds: so each alert is seen to fire just from its own on.

    In all windows the burn rate is the same then. Rates that would take more than all events are left out.
    """
    ordered = sorted({threshold for threshold in thresholds if threshold > 0})
    edges = [ordered[0] / 2, *ordered, ordered[-1] * 2] if ordered else []
    for low, high in pairwise(edges):
        share = sqrt(low * high) * error_share
        if share < 1:
            burn = f"a steady burn at {sqrt(low * high):.3g} times the rate that the budget allows"
            yield Story(burn, (Phase(_BURN_MINUTES, bad_share=share),))
