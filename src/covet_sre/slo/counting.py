"""From readings to counts: differences of counter samples, with resets, births, gaps and replica switches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SeriesSamples:
    """Raw samples of one series, oldest first: (timestamp in seconds, value). `labels` include `__name__`.

    Values may be numbers or the strings in which the Prometheus API sends them.
    """

    labels: Mapping[str, str]
    samples: Sequence[tuple[float, float | str]]


@dataclass(slots=True)
class Watermarks:
    """The last sample that was counted of each series of one source: parallel columns.

    `keys` only grows, so that a store writes each key once and the two numbers each time.
    """

    keys: list[str] = field(default_factory=list)
    timestamps: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    index: dict[str, int] = field(default_factory=dict)

    def put(self, key: str, timestamp: float, value: float) -> int:
        """Set the mark of a series; returns its row."""
        row = self.index.get(key)
        if row is None:
            row = self.index[key] = len(self.keys)
            self.keys.append(key)
            self.timestamps.append(timestamp)
            self.values.append(value)
        else:
            self.timestamps[row] = timestamp
            self.values[row] = value
        return row
