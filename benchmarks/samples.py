"""Repetitions as a Sample."""

import statistics
from collections.abc import Sequence

from benchmarks.result import Sample


def sample(values: Sequence[float]) -> Sample:
    """Median and quartiles; of a single value, itself."""
    if len(values) < 2:
        return Sample(values[0], values[0], values[0], len(values))
    p25, median, p75 = statistics.quantiles(values, n=4, method="inclusive")
    return Sample(median, p25, p75, len(values))
