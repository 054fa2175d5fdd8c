"""Load: how often people were paged, at night and at weekends, and how evenly that is spread."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from covet_sre.oncall.wall_clock import wall_time

DAY_SECONDS = 86400.0
PERIODS_DAYS = (7, 30, 90)
NIGHT_BEGINS, NIGHT_ENDS = 22, 7
"""Hours on the person's own clock: a page at 22:00 is one at night, one at 07:00 is not."""

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class PageTold:
    """One page that reached one person, however many of their contacts took it."""

    person: str
    at: float


@dataclass(frozen=True, slots=True)
class Load:
    """Pages of one person in a period. One on a Saturday night counts at night and at the weekend."""

    pages: int = 0
    night: int = 0
    weekend: int = 0


def load_of(pages: Iterable[PageTold], zones: Mapping[str, str], since: float, until: float) -> dict[str, Load]:
    """By person, from `since` until just before `until`. A person without a zone lives in UTC."""
    found: dict[str, list[int]] = {}
    for page in pages:
        if since <= page.at < until:
            shown = wall_time(page.at, ZoneInfo(zones.get(page.person) or "UTC"))
            counted = found.setdefault(page.person, [0, 0, 0])
            counted[0] += 1
            counted[1] += shown.hour >= NIGHT_BEGINS or shown.hour < NIGHT_ENDS
            counted[2] += shown.weekday() >= _SATURDAY
    return {person: Load(*counted) for person, counted in found.items()}


def fair_share(loads: Mapping[str, Load]) -> dict[str, float]:
    """Each person's pages over what would be theirs if all had the same; 1 is fair, 2 is twice as many.

    Empty where nobody was paged.
    """
    total = sum(load.pages for load in loads.values())
    return {person: load.pages * len(loads) / total for person, load in loads.items()} if total else {}
