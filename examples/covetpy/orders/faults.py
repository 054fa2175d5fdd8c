"""Which faults are switched on, and for what share of the events."""

import random
from collections.abc import Mapping
from typing import Final

DEFAULT_SHARES: Final[Mapping[str, float]] = {
    "errors": 0.2,
    "slowness": 0.3,
    "slow-database": 0.3,
    "late-jobs": 0.5,
    "database-errors": 0.2,
}
"""Every fault there is, with the share that `true` stands for."""


class UnknownFault(ValueError):
    """A fault was named that does not exist. Use one of the names in the message."""


class InvalidShare(ValueError):
    """A fault's share is neither a number from 0 to 1 nor true or false."""


class Faults:
    """The shares of all faults, and the dice that decide which event is hit (seeded: a run can be repeated)."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._shares = dict.fromkeys(DEFAULT_SHARES, 0.0)

    def shares(self) -> dict[str, float]:
        """Return the share from 0 (off) to 1 of each fault."""
        return dict(self._shares)

    def switch(self, wanted: Mapping[str, object]) -> None:
        """Set the named faults and leave the others; all or nothing.

        Raises UnknownFault or InvalidShare, and then nothing has changed.
        """
        checked = {name: self._share(name, value) for name, value in wanted.items()}
        self._shares.update(checked)

    def hits(self, name: str) -> bool:
        """Say whether this event is hit by the named fault."""
        share = self._shares[name]
        return share > 0 and self._dice.random() < share

    def happens(self, share: float) -> bool:
        """Say whether something that happens to this share of the events happens to this one."""
        return self._dice.random() < share

    def between(self, least: float, most: float) -> float:
        """Return a number between the two, each as likely as the other."""
        return self._dice.uniform(least, most)

    @staticmethod
    def _share(name: str, value: object) -> float:
        if name not in DEFAULT_SHARES:
            raise UnknownFault(f"{name!r} is no fault; there are: {', '.join(DEFAULT_SHARES)}")
        if isinstance(value, bool):
            return DEFAULT_SHARES[name] if value else 0.0
        if isinstance(value, int | float) and 0 <= value <= 1:
            return float(value)
        raise InvalidShare(f"{name}: {value!r} is no share; give a number from 0 to 1, true or false")
