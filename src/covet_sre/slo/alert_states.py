"""States of alerts from minute to minute: inactive, pending, firing."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from covet_sre.slo.verdict import Verdicts

INACTIVE, PENDING, FIRING = range(3)


@dataclass(frozen=True, slots=True)
class AlertStates:
    """One entry per alert: its state, and the minute in which that state began."""

    state: NDArray[np.int8]
    since: NDArray[np.int64]

    @classmethod
    def inactive(cls, alerts: int, minute: int) -> Self:
        return cls(np.zeros(alerts, np.int8), np.full(alerts, minute, np.int64))

    def after(self, verdicts: Verdicts, for_minutes: NDArray[np.int64], minute: int) -> "AlertStates":
        """States at `minute`. Where nothing is known, a state stays as it was: silence neither fires nor ends."""
        breached = verdicts.breached
        pending_long = np.where(self.state == PENDING, minute - self.since >= for_minutes, for_minutes == 0)
        rising = np.where((self.state == FIRING) | pending_long, FIRING, PENDING)
        wanted = np.where(breached, rising, INACTIVE)
        state = np.where(verdicts.unknown, self.state, wanted).astype(np.int8)
        return AlertStates(state, np.where(state == self.state, self.since, minute))

    def changed_from(self, earlier: "AlertStates") -> NDArray[np.intp]:
        """Which alerts are in another state than before."""
        return np.flatnonzero(self.state != earlier.state)
