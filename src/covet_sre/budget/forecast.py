"""When the error budget will be gone, if the near future spends like the near past.

The spend of one step (three hours) has a mean and a variance over the last week; the spend of k steps is taken as a
gamma variable with k times both (the variance widened by the correlation of neighbouring steps), whose quantiles come
from Wilson and Hilferty's cube-root approximation (PNAS 17, 1931). In a rolling window, what was spent long ago
leaves again meanwhile: that part is known exactly.
"""

from math import ceil

import numpy as np
from numpy.typing import NDArray

# Quantiles of the spend: the pessimistic time to exhaustion (P10) belongs to a high spend.
_DEVIATIONS = {"p10": 1.2815515655446004, "p50": 0.0, "p90": -1.2815515655446004}


def forecast(
    recent: NDArray[np.float64],
    leaving: NDArray[np.float64],
    remaining_events: float,
    step_minutes: int,
    growth: NDArray[np.float64] | None = None,
) -> tuple[int | None, int | None, int | None]:
    """Minutes until the budget is gone: P10, P50, P90, each None when not within len(leaving) steps.

    `recent`: bad events per step of the near past. `leaving[k]`: bad events that will have left the window after
    step k + 1 (0 for calendar windows). `remaining_events`: bad events that the budget still allows. `growth[k]`:
    by how much the budget itself will have grown then, because the window holds more events (or fewer).
    """
    if remaining_events <= 0:
        return 0, 0, 0
    steps = np.arange(1, len(leaving) + 1)
    allowed = remaining_events + np.cumsum(leaving) + (0.0 if growth is None else growth)
    mean = float(recent.mean()) if len(recent) else 0.0
    if mean <= 0:
        return None, None, None
    variance = float(recent.var()) * _correlation_widening(recent)
    times = [_first(steps, _spend(mean, variance, steps, z) >= allowed, step_minutes) for z in _DEVIATIONS.values()]
    return times[0], times[1], times[2]


def at_present_burn(remaining: float, burn: float | None, window_minutes: int) -> int | None:
    """Minutes until the budget is gone at a constant burn rate; None when it does not go."""
    if remaining <= 0:
        return 0
    if burn is None or burn <= 0:
        return None
    return ceil(remaining * window_minutes / burn)


def pessimistic(p10_minutes: int | None, at_present_minutes: int | None, burn: float | None) -> int | None:
    """The pessimistic time to exhaustion: while the budget burns faster than it lasts, that the burn simply goes on."""
    if burn is None or burn <= 1 or at_present_minutes is None:
        return p10_minutes
    return at_present_minutes if p10_minutes is None else min(p10_minutes, at_present_minutes)


def _correlation_widening(recent: NDArray[np.float64]) -> float:
    """(1 + r) / (1 - r) for the correlation r of neighbouring steps, between 1 and 10: outages come in runs."""
    if len(recent) < 3 or recent.std() == 0:
        return 1.0
    centred = recent - recent.mean()
    correlation = float((centred[1:] * centred[:-1]).sum() / (centred**2).sum())
    return float(np.clip((1 + correlation) / max(1 - correlation, 0.1), 1.0, 10.0))


def _spend(mean: float, variance: float, steps: NDArray[np.int64], deviations: float) -> NDArray[np.float64]:
    total = mean * steps.astype(np.float64)
    if variance == 0:
        return total
    shape = total**2 / (variance * steps)
    return total * np.maximum(1 - 1 / (9 * shape) + deviations / (3 * np.sqrt(shape)), 0) ** 3


def _first(steps: NDArray[np.int64], gone: NDArray[np.bool_], step_minutes: int) -> int | None:
    return int(steps[gone.argmax()]) * step_minutes if gone.any() else None
