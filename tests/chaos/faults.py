"""What is done to two servers and their database: one killed, both, the database restarted, one paused for long."""

import random
import time
from collections.abc import Callable, Mapping

from tests.chaos.history import Fault
from tests.chaos.installation import LEASE_SECONDS, Installation
from tests.chaos.processes import Engine
from tests.servers.postgresql import PostgresqlCluster

_PAUSES = (0.3, 1.0, 3.0, 12.0)
"""How long after a fault the next one comes, in seconds: before, during and after somebody has taken over."""


class Trouble:
    """Faults for an installation with two servers on PostgreSQL."""

    def __init__(self, installation: Installation, cluster: PostgresqlCluster) -> None:
        self._installation, self._cluster = installation, cluster
        self._dice = random.Random(f"{installation.setting.seed}/trouble")
        self.counts: dict[str, int] = {}

    def go_on(self, faults: int) -> None:
        """So many of them, in turns of chance; kills count, and everything else comes on top."""
        kinds: Mapping[str, Callable[[], None]] = {
            "kill one": self._kill_one,
            "kill both": self._kill_both,
            "database": self._restart_database,
            "pause": self._pause,
        }
        self._installation.wait_until_it_accepts(0.0)
        killed = 0
        while killed < faults:
            kind = self._dice.choices(tuple(kinds), (12, 4, 2, 2))[0]
            kinds[kind]()
            self.counts[kind] = self.counts.get(kind, 0) + 1
            killed += {"kill one": 1, "kill both": 2}.get(kind, 0)
            time.sleep(self._dice.choice(_PAUSES) * self._dice.uniform(0.3, 1.0))
        self._installation.wait_until_it_accepts(time.time())

    def _kill_one(self) -> None:
        self._kill(self._dice.choice(self._installation.engines))

    def _kill_both(self) -> None:
        for engine in self._installation.engines:
            self._kill(engine)

    def _kill(self, engine: Engine) -> None:
        at = engine.kill()
        engine.start(self._installation.forker)
        self._installation.faults.append(Fault("kill -9", at, engine.started_at))

    def _restart_database(self) -> None:
        at = time.time()
        self._cluster.stop("immediate")
        self._cluster.start()
        self._installation.faults.append(Fault("database", at, time.time()))

    def _pause(self) -> None:
        """One server sleeps past its lease; then it wakes, and finds that another decides."""
        engine = self._dice.choice(self._installation.engines)
        at = time.time()
        engine.stop()
        time.sleep(LEASE_SECONDS + self._dice.uniform(2.0, 6.0))
        engine.wake()
        self._installation.faults.append(Fault("pause", at, time.time() + 1.0))
