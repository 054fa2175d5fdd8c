"""How much the desk takes on at once, and how long it rests: while alerts pour in, who brings them goes first.

A sender that waits too long gives up, and what it brought is in no inbox; what is in the inbox can wait for seconds.
"""

from collections.abc import Sequence

from covet_sre.ports import Disposed, Waiting

MOST_ARRIVALS, MOST_ALERTS = 500, 1000
"""So many share a turn and its transaction: while they are decided about, nothing else is. Of a single arrival, all."""

LATE_SECONDS = 5.0
"""What has waited for so long is decided about without rest: the promise is 30 seconds."""

_RESTS = 7.0
_LONGEST_REST_SECONDS = 0.5


class Pace:
    """For one thread."""

    def __init__(self) -> None:
        self.arrivals = MOST_ARRIVALS
        """So many the next turn takes."""
        self._oldest = 0.0

    def took(self, waiting: Sequence[Waiting], disposed: Sequence[Disposed]) -> None:
        """A turn has decided about these."""
        self._oldest = min((one.arrival.received_at for one in waiting), default=0.0)
        alerts = sum(len(one.alerts) for one in disposed)
        # Where none has alerts, or none came, nothing is known of the next.
        self.arrivals = max(1, min(MOST_ARRIVALS, MOST_ALERTS * len(disposed) // alerts)) if alerts else MOST_ARRIVALS

    def rest_seconds(self, turn_seconds: float, now: float) -> float:
        """How long to rest after a turn during which more arrived."""
        if self._oldest and now - self._oldest > LATE_SECONDS:
            return 0.0
        return min(turn_seconds * _RESTS, _LONGEST_REST_SECONDS)
