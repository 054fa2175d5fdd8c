"""kill -9 at random moments under load."""

import random
import time

from tests.chaos.history import Fault
from tests.chaos.installation import Installation


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
        is_cold = bool(cold_every) and number % cold_every == 0
        engine.start(None if is_cold else installation.forker)
        installation.faults.append(Fault("kill -9", at, engine.started_at, is_cold))
    installation.wait_until_it_accepts(engine.started_at)
