"""Telling several processes that answer in turns from one process that restarts, by what their counters say."""

from collections.abc import Sequence
from itertools import pairwise

FEWEST_SAMPLES = 4
FEWEST_TURNS = 3
"""One restart is a restart, and a second may follow; three turns back are somebody else's answers."""

_SAME_SECONDS = 0.001
_JITTER_SECONDS = 2.5


def starts_alternate(starts: Sequence[float]) -> bool | None:
    """Whether start times of one target, in the order in which they were scraped, are those of several processes.

    A process that restarts only ever gets a later one. None when they do not tell: too few; all the same, as those of
    processes that were started together are; or steps of whole seconds up and down, which some kernels make of one
    and the same start when the machine's clock is corrected.
    """
    steps = [later - earlier for earlier, later in pairwise(starts) if abs(later - earlier) > _SAME_SECONDS]
    if len(starts) < FEWEST_SAMPLES or not steps:
        return None
    back = [step for step in steps if step < 0]
    if len(back) < FEWEST_TURNS:
        return False if not back else None
    if all(abs(step) < _JITTER_SECONDS and abs(step - round(step)) < _SAME_SECONDS for step in steps):
        return None
    return True


def counters_alternate(values: Sequence[float]) -> bool:
    """Whether the values of one counter, in the order in which they were scraped, are those of several processes.

    The values of k processes form at most k rows that never fall, however they are mixed; each restart of one process
    begins a new row, since it begins below all others (rows are built greedily: Dilworth 1950, by way of patience
    sorting). So many falls on few rows are turns, and as many rows as falls are restarts.
    """
    falls = sum(later < earlier for earlier, later in pairwise(values))
    return falls >= FEWEST_TURNS and 2 * _rows(values) <= falls + 1


def _rows(values: Sequence[float]) -> int:
    """The fewest rows that never fall which hold all values in order."""
    lasts: list[float] = []
    for value in values:
        fitting = [place for place, last in enumerate(lasts) if last <= value]
        if fitting:
            lasts[max(fitting, key=lambda place: lasts[place])] = value
        else:
            lasts.append(value)
    return len(lasts)
