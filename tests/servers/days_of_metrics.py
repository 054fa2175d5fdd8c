"""Days of counters that each grow by a fixed amount a minute, as OpenMetrics text up to now."""

import time
from collections.abc import Mapping

MINUTES_PER_DAY = 1440


def days_of(increments: Mapping[str, int], days: int, end: int | None = None) -> str:
    """`increments` are events a minute by series, `name{label="value"}`; each begins at 0."""
    last = int(time.time()) if end is None else end
    minutes = days * MINUTES_PER_DAY
    lines: list[str] = []
    # OpenMetrics wants the series of one name together.
    for series in sorted(increments, key=lambda each: each.partition("{")[0]):
        step = increments[series]
        lines += [f"{series} {minute * step} {last - (minutes - minute) * 60}" for minute in range(minutes + 1)]
    return "\n".join([*lines, "# EOF", ""])


def histogram(name: str, labels: str, within: Mapping[str, int], total: int) -> dict[str, int]:
    """The series of one histogram: `within` are events a minute by bound, cumulative."""
    buckets = {f'{name}_bucket{{{labels},le="{bound}"}}': count for bound, count in {**within, "+Inf": total}.items()}
    return {**buckets, f"{name}_count{{{labels}}}": total}
