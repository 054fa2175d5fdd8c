"""Choosing the bound of a latency objective among those that a histogram has."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from covet_sre.slo.indicator import Matcher, MatchOp

USUAL_SECONDS = 0.5
SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Bound:
    """`spellings` are how targets write it (1 and 1.0 may both occur). `why` says how it was chosen."""

    value: float
    spellings: tuple[str, ...]
    why: str

    @property
    def matcher(self) -> Matcher:
        if len(self.spellings) == 1:
            return Matcher("le", MatchOp.EQUAL, self.spellings[0])
        return Matcher("le", MatchOp.MATCHES, "|".join(map(re.escape, self.spellings)))


def choose_bound(by_spelling: Mapping[str, float], *, milliseconds: bool) -> Bound | None:
    """The bound nearest above the 95th percentile of what was measured; None where no finite bound exists.

    `by_spelling` are cumulative counts by the text of `le`.
    """
    spellings: dict[float, list[str]] = {}
    counts: dict[float, float] = {}
    for text, count in by_spelling.items():
        try:
            value = float(text)
        except ValueError:
            continue
        if not math.isnan(value):
            spellings.setdefault(value, []).append(text)
            counts[value] = counts.get(value, 0.0) + max(0.0, count)
    finite = sorted(value for value in spellings if math.isfinite(value) and value > 0)
    if not finite:
        return None
    total = max(counts.values())
    value, why = _chosen(finite, counts, total, 1000.0 if milliseconds else 1.0)
    return Bound(value, tuple(sorted(spellings[value])), why)


def _chosen(finite: list[float], counts: Mapping[float, float], total: float, unit: float) -> tuple[float, str]:
    if not total:
        nearest = min(finite, key=lambda value: (abs(math.log(value / unit / USUAL_SECONDS)), value))
        return (
            nearest,
            f"There was no traffic to measure: {told(nearest / unit)} is the bound nearest to the usual 500 ms.",
        )
    for value in finite:
        if counts[value] >= SHARE * total:
            share = min(1.0, counts[value] / total)
            return value, (
                f"{told(value / unit)} is the histogram's bound nearest above the 95th percentile: "
                f"{share * 100:.4g} % of the last day were within it."
            )
    share = counts[finite[-1]] / total
    return finite[-1], (
        f"{told(finite[-1] / unit)} is the largest bound of the histogram, and only {share * 100:.4g} % of the last "
        "day were within it: give the histogram larger bounds."
    )


def told(seconds: float) -> str:
    """`500 ms`, `2.5 s`."""
    return f"{seconds * 1000:.6g} ms" if seconds < 1 else f"{seconds:.6g} s"
