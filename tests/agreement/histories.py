"""Seeded histories of one service: what its two counters show at each scrape, with all that goes wrong in the field."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

SCRAPES = 4
"""Scrapes of a minute, as it is planned; a history may be played at another pace."""


@dataclass(slots=True)
class History:
    """`good` and `bad` are the values of two counters at each scrape; None where the scrape is missing.

    A counter that does not exist yet is missing too.
    """

    good: list[float | None] = field(default_factory=list)
    bad: list[float | None] = field(default_factory=list)

    def minutes(self, scrape_seconds: int = 60 // SCRAPES) -> int:
        """Whole minutes that the scrapes take."""
        return (len(self.good) - 1) * scrape_seconds // 60


class Service:
    """Two counters that are scraped every 15 seconds; each call lets minutes pass."""

    def __init__(self, seed: int, *, bad_exists: bool = True) -> None:
        self._dice = random.Random(seed)
        self._values = [0.0, 0.0]
        self._bad_exists = bad_exists
        self.history = History()

    def serve(self, minutes: int, a_minute: float, error_share: float = 0.0, *, scraped: bool = True) -> None:
        """Requests come evenly, with whole numbers of them in each scrape interval; so many of them are bad."""
        owed = [0.0, 0.0]
        for _ in range(minutes * SCRAPES):
            for which, share in enumerate((1 - error_share, error_share)):
                owed[which] += a_minute / SCRAPES * share
                whole = int(owed[which])
                owed[which] -= whole
                self._values[which] += whole
            if self._values[1]:
                self._bad_exists = True
            self.history.good.append(self._values[0] if scraped else None)
            self.history.bad.append(self._values[1] if scraped and self._bad_exists else None)

    def serve_at_random(self, minutes: int, a_minute: float, error_share: float) -> None:
        """As users come: each scrape interval has a random number of requests."""
        for _ in range(minutes):
            self.serve(1, self._dice.choice((0, 0.5, 1, 1, 1.5, 2)) * a_minute, error_share)

    def restart(self) -> None:
        """Counters begin again at 0, and are there from the first scrape."""
        self._values = [0.0, 0.0]

    def skip(self, scrapes: int) -> None:
        """Scrapes that did not happen, at rest."""
        self.history.good += [None] * scrapes
        self.history.bad += [None] * scrapes


def total_outage() -> History:
    service = Service(1)
    service.serve(90, 120)
    service.serve(20, 120, 1.0)
    service.serve(490, 120)
    return service.history


def long_outage() -> History:
    service = Service(8)
    service.serve(90, 120)
    service.serve(48, 120, 1.0)
    service.serve(490, 120)
    return service.history


def slow_burn() -> History:
    service = Service(2)
    service.serve(180, 240, 0.0001)
    service.serve(240, 240, 0.004)
    service.serve(480, 240)
    return service.history


def restarts() -> History:
    """A crash loop in the middle of a bad hour: every restart loses only what nobody had scraped."""
    service = Service(3)
    service.serve(60, 120)
    for _ in range(12):
        service.serve(5, 120, 0.05)
        service.restart()
    service.serve(420, 120)
    return service.history


def gaps() -> History:
    """Scrapes are missing, one by one and for minutes, in good times and in bad ones."""
    service = Service(4)
    service.serve(60, 120)
    for scrapes in (1, 2, 3, 8):
        service.serve(12, 120, 0.0)
        service.skip(scrapes)
    service.serve(30, 120, 0.05)
    service.skip(2)
    service.serve(30, 120, 0.05)
    service.skip(3)
    service.serve(420 - 3, 120)
    return service.history


def low_traffic() -> History:
    """Twelve requests an hour with single failures, then a true outage."""
    service = Service(5)
    for _ in range(6):
        service.serve(55, 0.25)
        service.serve(5, 0.4, 0.5)
    service.serve(90, 2, 1.0)
    service.serve(400, 2)
    return service.history


def idle_night() -> History:
    """Nothing at all for hours after a burn, and a burn after hours of nothing."""
    service = Service(6)
    service.serve(120, 120)
    service.serve(15, 120, 0.2)
    service.serve(300, 0)
    service.serve(20, 120, 0.2)
    service.serve(420, 120)
    return service.history


def missing_error_series() -> History:
    """The counter of errors is born with the first of them, and that one is lost to `increase()`."""
    service = Service(7, bad_exists=False)
    service.serve(120, 120)
    service.serve(30, 120, 0.1)
    service.serve(420, 120)
    return service.history


def of_seed(seed: int) -> History:
    """A day in which everything may happen; error shares keep clear of the thresholds themselves."""
    dice = random.Random(seed)
    service = Service(seed)
    service.serve(60, 120)
    while service.history.minutes() < 900:
        traffic = dice.choice((60, 120, 240))
        match dice.choice(("calm", "outage", "burn", "slow burn", "restart", "gap", "idle")):
            case "calm":
                service.serve_at_random(dice.randrange(30, 90), traffic, 0.0)
            case "outage":
                service.serve(dice.randrange(5, 20), traffic, 1.0)
            case "burn":
                service.serve(dice.randrange(15, 40), traffic, dice.choice((0.03, 0.1)))
            case "slow burn":
                service.serve(dice.randrange(60, 150), traffic, 0.01)
            case "restart":
                service.serve(2, traffic)
                service.restart()
                service.serve(10, traffic)
            case "gap":
                service.serve(4, traffic)
                service.skip(dice.randrange(1, 4))
                service.serve(10, traffic)
            case _:
                service.serve(dice.randrange(20, 60), 0)
        service.serve(dice.randrange(20, 60), traffic)
    _to_whole_minutes(service)
    return service.history


def _to_whole_minutes(service: Service) -> None:
    service.skip(-len(service.history.good) % SCRAPES)


def everything() -> Iterator[tuple[str, History]]:
    """Every history that tests go through, by name."""
    for make in (total_outage, slow_burn, restarts, gaps, low_traffic, idle_night, missing_error_series):
        yield make.__name__.replace("_", " "), make()
    for seed in (11, 12, 13):
        yield f"a day of seed {seed}", of_seed(seed)
