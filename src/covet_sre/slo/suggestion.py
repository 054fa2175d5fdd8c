"""Proposing an objective from what a service has kept so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from covet_sre.units import Counts

# Targets that people use, the strictest first.
LADDER = tuple(Fraction(parts, 10_000) for parts in (9999, 9995, 9990, 9950, 9900, 9800, 9500, 9000))

MOST_SPENT = Fraction(1, 2)
"""A proposed objective would have left half of its budget: room for a bad day, and for releases."""

LEAST_ALLOWED_BAD = 10
"""And it must allow so many bad events, or a single user's bad luck decides over it."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`target` is None where nothing on the ladder fits. `reasons` say why, in whole sentences."""

    target: Fraction | None
    reasons: tuple[str, ...]


def suggest_target(days: Sequence[Counts]) -> Suggestion:
    """The strictest target of the ladder that these days would have kept, with half of the budget to spare."""
    whole = Counts(sum(day.bad for day in days), sum(day.total for day in days))
    if not whole.total:
        return Suggestion(None, ("No events were counted, so there is nothing to go by.",))
    measured = f"{whole.bad:,} of {whole.total:,} events were bad over {len(days)} day{'s' * (len(days) != 1)}"
    refused: list[str] = []
    for target in LADDER:
        allowed = (1 - target) * whole.total
        if whole.bad > allowed * MOST_SPENT:
            refused.append(
                f"{_percent(target)} would have spent {_percent(Fraction(whole.bad) / allowed)} of its budget"
            )
        elif allowed < LEAST_ALLOWED_BAD:
            refused.append(f"{_percent(target)} would allow only {float(allowed):.3g} bad events")
        else:
            spent = _percent(Fraction(whole.bad) / allowed)
            kept = f"{_percent(target)} allows {float(allowed):,.0f} of them: {spent} of that budget was spent"
            return Suggestion(target, (f"{measured}.", f"{kept}.", *(f"{reason}." for reason in refused[-1:])))
    return Suggestion(None, (f"{measured}.", *(f"{reason}." for reason in refused[-1:])))


def _percent(share: Fraction) -> str:
    return f"{float(share) * 100:.4g} %"
