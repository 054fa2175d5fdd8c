"""kill -9 at random moments under load, and how long it took to come back."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.chaos.history import Fault, History
from tests.chaos.installation import Installation


@dataclass(slots=True)
class Recoveries:
    """Seconds from each start to the first accepted alert, and to the first attempt of a notification."""

    to_accept: list[float] = field(default_factory=list[float])
    to_page: list[float] = field(default_factory=list[float])


def kill_under_load(installation: Installation, kills: int, most_seconds: float = 0.6, cold_every: int = 0) -> None:
    """Kill the one server so many times; each time it is started again at once.

    Some kills hit it while it starts. With `cold_every`, each so-manieth start is the command itself.
    """
    dice = random.Random(f"{installation.setting.seed}/kills")
    (engine,) = installation.engines
    installation.wait_until_it_accepts(engine.started_at)
    for number in range(1, kills + 1):
        if dice.random() < 0.9:
            installation.wait_until_it_accepts(engine.started_at)
            time.sleep(dice.uniform(0.0, most_seconds))
        else:
            time.sleep(dice.uniform(0.0, 0.4))
        at = engine.kill()
        engine.start(None if cold_every and number % cold_every == 0 else installation.forker)
        installation.faults.append(Fault("kill -9", at, engine.started_at))
    installation.wait_until_it_accepts(engine.started_at)


def recoveries(history: History) -> Recoveries:
    """By what clients and the receiver saw after each kill; kills that hit a server which was not up yet give none."""
    accepted = sorted(posted.ended for posted in history.posted if posted.was_accepted)
    pages = sorted(wire.at for wire in history.wires)
    kills = sorted(fault.until for fault in history.faults if fault.kind == "kill -9")
    found = Recoveries()
    for began, until in zip(kills, [*kills[1:], history.ended_at], strict=True):
        for moments, seconds in ((accepted, found.to_accept), (pages, found.to_page)):
            first = _first_between(moments, began, until)
            if first is not None:
                seconds.append(first - began)
    return found


def _first_between(moments: Sequence[float], began: float, until: float) -> float | None:
    from bisect import bisect_left

    place = bisect_left(moments, began)
    return moments[place] if place < len(moments) and moments[place] < until else None
