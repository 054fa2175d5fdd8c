"""Sparklines: the shape of a burn-down in the space of a word."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 96.0, 24.0
POINTS = 30


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A path on WIDTH by HEIGHT, and the area between it and spent.

    `zero` is the height at which the budget is spent, None when that is the lower edge.
    """

    path: str
    area: str
    zero: str | None


def sparkline(shares: Sequence[float | None]) -> Sparkline | None:
    """Remaining shares, oldest first, from evenly spaced minutes. None where fewer than two are known."""
    known = [value for value in shares if value is not None]
    if len(known) < 2:
        return None
    low, high = min(0.0, *known), max(1.0, *known)
    pieces: list[list[str]] = [[]]
    for index, value in enumerate(shares):
        if value is None:
            pieces.append([])
        else:
            x = index / (len(shares) - 1) * WIDTH
            pieces[-1].append(f"{x:.1f},{_down(value, low, high):.1f}")
    path = " ".join("M" + " ".join(piece) for piece in pieces if len(piece) > 1)
    base = f"{_down(max(low, 0.0), low, high):.1f}"
    area = " ".join(
        f"M{piece[0].partition(',')[0]},{base} {' '.join(piece)} {piece[-1].partition(',')[0]},{base}Z"
        for piece in pieces
        if len(piece) > 1
    )
    return Sparkline(path, area, f"{_down(0.0, low, high):.1f}" if low < 0 else None)


def _down(value: float, low: float, high: float) -> float:
    return 2 + (high - value) / (high - low) * (HEIGHT - 4)
