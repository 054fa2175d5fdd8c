"""How far behind the desk is: what waits, by how fast what came before was decided about.

Alerts are kept about ten times as fast as they are decided about. Without a limit, a few seconds of a storm would be
kept that nobody could dispose of within the thirty seconds that are promised for everything that is kept.
"""

_FIRST_BYTES_PER_SECOND = 4_000_000.0
_LEAST_BYTES = 10_000
"""Turns with less say nothing about speed."""

_WEIGHT = 0.3


class Workload:
    """In bytes of bodies: they stand for the alerts in them. Two threads write it; an estimate bears a collision."""

    def __init__(self) -> None:
        self._waiting = 0
        self._bytes_per_second = _FIRST_BYTES_PER_SECOND

    def begin(self) -> None:
        """A desk is laid out here: what other servers have kept meanwhile is not known."""
        self._waiting = 0

    def came(self, size: int) -> None:
        """So much was kept."""
        self._waiting += size

    def decided(self, size: int, seconds: float) -> None:
        """So much was decided about, and written, in so long."""
        self._waiting = max(self._waiting - size, 0)
        if size >= _LEAST_BYTES and seconds > 0:
            self._bytes_per_second += _WEIGHT * (size / seconds - self._bytes_per_second)

    def seconds(self) -> float:
        """How long what waits will take."""
        return self._waiting / self._bytes_per_second
