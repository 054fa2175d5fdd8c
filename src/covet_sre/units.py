"""The words everything else is written in: minutes, durations and whole events."""

import re
from dataclasses import dataclass
from typing import NamedTuple

MINUTES_PER_HOUR = 60
MINUTES_PER_DAY = 1440

_DURATION = re.compile(r"^([0-9]+)(m|h|d|w|M|Q|Y)$")
# OpenSLO's own Go SDK gives a month, a quarter and a year these lengths when they are used as a span.
_UNIT_MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080, "M": 43200, "Q": 129600, "Y": 525600}


class Counts(NamedTuple):
    """Whole events: how many there were, and how many of them were bad."""

    bad: int
    total: int

    @property
    def good(self) -> int:
        return self.total - self.bad

    @property
    def error_ratio(self) -> float | None:
        """Share of bad events, or None when there were no events."""
        return self.bad / self.total if self.total > 0 else None

    def plus(self, other: "Counts") -> "Counts":
        return Counts(self.bad + other.bad, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Duration:
    """A span in OpenSLO's shorthand (`5m`, `1h`, `30d`, `1M`), kept as it was written."""

    count: int
    unit: str

    @property
    def minutes(self) -> int:
        return self.count * _UNIT_MINUTES[self.unit]

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


def parse_duration(text: str) -> Duration:
    """Read `5m`, `1h`, `30d`, `2w`, `1M`, `1Q`, `1Y` (note: m is minutes, M is months).

    Raises ValueError with what is accepted.
    """
    found = _DURATION.match(text)
    if found is None or int(found[1]) == 0:
        raise ValueError(
            f"{text!r} is no duration; write a whole number above 0 and one of m (minutes), h, d, w, M (months), Q, Y"
        )
    return Duration(int(found[1]), found[2])


def format_minutes(minutes: int) -> str:
    """The shortest exact shorthand of a span: 43200 is `30d`, 90 is `90m`."""
    for unit, size in (("d", MINUTES_PER_DAY), ("h", MINUTES_PER_HOUR)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
