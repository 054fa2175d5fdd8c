"""Simulated months of the order service, minute by minute, that end where its live traffic begins.

Everything here is a pure function of its arguments, and everything it returns is simulated: whoever shows it says so.
Bad events are drawn as a Poisson process would give them once its total is known: what each trouble cost is fixed by
`past.py`, and only the minutes are left to chance. So the budget that remains does not hang on the seed.
numpy is the only dependency, and the file may be loaded by its path from anywhere.
"""

import runpy
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_PAST: Final[Mapping[str, Any]] = runpy.run_path(str(Path(__file__).with_name("past.py")))
_OBJECTIVES: Final[Mapping[str, Any]] = _PAST["OBJECTIVES"]
_DAY: Final[Mapping[str, Any]] = _PAST["NORMAL_DAY"]

MINUTES_PER_DAY: Final = 1440
MINUTES_PER_HOUR: Final = 60
BUDGET_DAYS: Final = 30
EVENTS_PER_REQUEST: Final[Mapping[str, float]] = {
    "requests": 1.0,
    "queries": _DAY["QUERIES_PER_REQUEST"],
    "jobs": _DAY["JOBS_PER_REQUEST"],
}

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]


class _Month:
    """The minutes that are simulated, and the dice for each name (so that one name's counts hang on no other's)."""

    def __init__(self, end_minute: int, days: int, seed: int, requests_per_minute: float) -> None:
        if days < 1 or requests_per_minute < 0 or seed < 0:
            raise ValueError("days must be at least 1; requests_per_minute and seed must not be negative")
        self.first_minute = end_minute - days * MINUTES_PER_DAY
        self.end_minute = end_minute
        self.length = days * MINUTES_PER_DAY
        self.requests_per_minute = requests_per_minute
        self.rhythm: Shares = np.array(
            [_DAY["rhythm"](60.0 * minute) for minute in range(MINUTES_PER_DAY)], dtype=np.float64
        )[np.arange(self.first_minute, end_minute) % MINUTES_PER_DAY]
        self._seed = seed

    def dice(self, name: str) -> np.random.Generator:
        return np.random.default_rng([self._seed, zlib.crc32(name.encode())])

    def events_of_budget(self, objective: Any) -> float:
        """Return how many bad events the whole 30-day budget allows."""
        events_per_minute = self.requests_per_minute * EVENTS_PER_REQUEST[objective.events]
        return (1 - objective.target) * events_per_minute * BUDGET_DAYS * MINUTES_PER_DAY

    def place(self, trouble: Any) -> tuple[slice, Shares]:
        """Return the minutes of a trouble (none when it lies before the first), and the share of each."""
        if not trouble.minutes:
            return slice(0, self.length), self.rhythm / self.rhythm.sum()
        last_day = (self.end_minute - 1) // MINUTES_PER_DAY
        begin = (last_day - trouble.days_ago) * MINUTES_PER_DAY + round(trouble.hour * MINUTES_PER_HOUR)
        offset = begin - self.first_minute
        if offset < 0 or offset + trouble.minutes > self.length:
            return slice(0, 0), np.zeros(0)
        where = slice(offset, offset + trouble.minutes)
        weight = _swell(trouble.minutes) * self.rhythm[where]
        return where, weight / weight.sum()


def simulate(
    indicators: Sequence[str], end_minute: int, days: int, seed: int, requests_per_minute: float
) -> dict[str, tuple[Counts, Counts]]:
    """Return (bad, total) for each indicator, as whole events in arrays of length `days * 1440`.

    The arrays hold the minutes since the epoch from `end_minute - days * 1440` up to, without, `end_minute`.
    `requests_per_minute` is the mean over a day, in the clock's own minutes. The same arguments give the same counts,
    whichever indicators are asked for. Raises ValueError for an indicator that there is not.
    """
    known = [name for key, objective in _OBJECTIVES.items() for name in (key, objective.alert) if name]
    for name in indicators:
        if name not in known:
            raise ValueError(f"{name!r} is not simulated; there are: {', '.join(known)}")
    month = _Month(end_minute, days, seed, requests_per_minute)
    bad: dict[str, Counts] = {}
    for name, objective in _OBJECTIVES.items():
        bad[name] = np.zeros(month.length, np.int64)
        if objective.alert:
            bad[objective.alert] = np.zeros(month.length, np.int64)
        for trouble, where, counts, worse in _bad_events(month, name):
            bad[name][where] += counts
            if objective.alert and trouble.worse:
                bad[objective.alert][where] += worse
    totals = _totals(month, bad)
    return {name: (bad[name], totals[_events_of(name)].copy()) for name in indicators}


def spenders(end_minute: int, days: int, seed: int, requests_per_minute: float) -> list[tuple[int, str, str, int]]:
    """Return who spent the budget of `api-availability`: (hour since the epoch, route, code, bad events), sorted.

    Hours without bad events are left out. Each hour's sum is that of the minutes that `simulate` gives for the same
    arguments; where the first or last hour is cut by the month's edge, it holds the part inside.
    """
    month = _Month(end_minute, days, seed, requests_per_minute)
    dice = month.dice("api-availability by route")
    hours = np.arange(month.first_minute, end_minute) // MINUTES_PER_HOUR
    first_hour = int(hours[0])
    spent: dict[tuple[int, str, str], int] = {}
    for trouble, where, counts, _worse in _bad_events(month, "api-availability"):
        by_hour = np.bincount(hours[where] - first_hour, weights=counts).astype(np.int64)
        keys, shares = list(trouble.routes), list(trouble.routes.values())
        for offset in np.flatnonzero(by_hour):
            for (route, code), count in zip(keys, dice.multinomial(by_hour[offset], shares), strict=True):
                if count:
                    key = (first_hour + int(offset), route, code)
                    spent[key] = spent.get(key, 0) + int(count)
    return [(*key, count) for key, count in sorted(spent.items())]


def _bad_events(month: _Month, name: str) -> list[tuple[Any, slice, Counts, Counts]]:
    """Return for each trouble of an objective: it, its minutes, its bad events in each, and how many are worse."""
    objective, dice = _OBJECTIVES[name], month.dice(name)
    found: list[tuple[Any, slice, Counts, Counts]] = []
    for trouble in objective.troubles:
        where, shares = month.place(trouble)
        cost = trouble.cost * month.events_of_budget(objective)
        if not trouble.minutes:
            cost *= month.length / (BUDGET_DAYS * MINUTES_PER_DAY)
        counts = dice.multinomial(round(cost), shares) if shares.size else np.zeros(0, np.int64)
        worse_total = round(int(counts.sum()) * trouble.worse)
        worse = dice.multivariate_hypergeometric(counts, worse_total, method="marginals") if counts.size else counts
        found.append((trouble, where, counts, worse))
    return found


def _totals(month: _Month, bad: Mapping[str, Counts]) -> dict[str, Counts]:
    """Return all events of each kind: requests as they come, and never fewer than the bad ones among them."""
    totals: dict[str, Counts] = {}
    for events, per_request in EVENTS_PER_REQUEST.items():
        mean = month.requests_per_minute * per_request * month.rhythm
        totals[events] = month.dice(events).poisson(mean).astype(np.int64)
        for name, counts in bad.items():
            if _events_of(name) == events:
                totals[events] = np.maximum(totals[events], counts)
    return totals


def _events_of(name: str) -> str:
    return next(objective.events for key, objective in _OBJECTIVES.items() if name in (key, objective.alert))


def _swell(minutes: int) -> Shares:
    """Return a trouble's course: it comes on within two minutes, stays, and ebbs over its last quarter."""
    at = np.arange(minutes, dtype=np.float64)
    return np.minimum.reduce([np.ones(minutes), (at + 1) / 2, (minutes - at) / max(1.0, minutes / 4)])
