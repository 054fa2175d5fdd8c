"""What one sender says about one alert; and how sayings join, in whatever order and how often they arrive."""

from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from covet_sre.alerting.labels import Labels


class Saying(NamedTuple):
    """The latest that a sender said: about which firing, whether it is over, and until when it counts.

    Two sayings join by taking the greater: of a later firing; of the same firing the end; of the same the later time.
    Joining is commutative, associative and idempotent, so that order and repetition change nothing. Times are seconds
    since the epoch; `ends_at` is infinite for a firing that the sender will end by saying so.
    """

    starts_at: float
    is_resolved: bool
    ends_at: float = inf

    def fires_at(self, now: float) -> bool:
        """Whether the alert fires, as far as this sender is concerned."""
        return not self.is_resolved and now < self.ends_at


Sayings = tuple[tuple[str, Saying], ...]
"""The latest of every reporter, sorted by reporter."""


@dataclass(frozen=True, slots=True)
class Report:
    """One alert in one delivery.

    `reporter` tells senders apart that may speak of the same alert: it resolves when all of them say so.
    `key` is what the alert is known by: usually the fingerprint of its labels; see `alerting.identity`.
    """

    key: str
    labels: Labels
    annotations: Labels
    saying: Saying
    reporter: str
    link: str = ""
