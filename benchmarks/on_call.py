"""Who is on call: a year of 50 people, with what people decided beside the files; and whom one step reaches."""

import gc
from collections.abc import Callable
from datetime import datetime
from functools import partial
from time import perf_counter

from benchmarks.result import Result
from benchmarks.samples import sample
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.effective import effective
from covet_sre.oncall.escalation import Recipient, RecipientKind
from covet_sre.oncall.layer import Hours, Layer
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.override import ShiftOverride
from covet_sre.oncall.people import Person, Team
from covet_sre.oncall.rotation import Rotation, TurnUnit
from covet_sre.oncall.swap import Swap
from covet_sre.oncall.target import Channel, NotificationTarget, TargetKind

PEOPLE, OVERRIDES, SWAPS = 50, 200, 50
REPETITIONS = 20
MOST_YEAR_SECONDS = 0.100
MOST_REACH_MICROSECONDS = 500.0

_START = 1_767_603_600.0
"""2026-01-05 09:00 UTC, a Monday."""
_DAY = 86400.0
_MONDAY = datetime(2026, 1, 5)  # noqa: DTZ001 - a schedule's own clock
_NAMES = tuple(f"person-{number:02}" for number in range(PEOPLE))


def run() -> list[Result]:
    """A year of shifts as a page needs them, and whom a step of an escalation reaches at an instant."""
    directory, overrides = _directory(), _overrides()
    final = effective(directory, overrides).schedules["primary"]
    shifts = len(final.shifts(_START, _START + 365 * _DAY))
    if shifts < 365:
        raise RuntimeError(f"{shifts} shifts: the schedule is not what it should be")

    def year() -> object:
        return effective(directory, overrides).schedules["primary"].shifts(_START, _START + 365 * _DAY)

    recipient = Recipient(RecipientKind.SCHEDULE, "primary")

    def reach(known: Directory) -> object:
        return known.reach(recipient, Channel.PAGE, _START + 200 * _DAY + 3600)

    years = sample(_seconds(year, 1))
    ready = effective(directory, overrides)
    reached, plain = (
        sample([seconds * 1e6 for seconds in _seconds(partial(reach, known), 1000)]) for known in (ready, directory)
    )
    note = f"3 layers, {OVERRIDES} overrides, {SWAPS} swaps: {shifts:,} shifts"
    return [
        Result(
            f"the schedule of {PEOPLE} people over a year",
            "s",
            years,
            {},
            f"<= {MOST_YEAR_SECONDS:g}",
            years.median <= MOST_YEAR_SECONDS,
            note,
        ),
        Result(
            "whom a step reaches, with all of them",
            "us",
            reached,
            {"by the files alone": plain},
            f"<= {MOST_REACH_MICROSECONDS:g}",
            reached.median <= MOST_REACH_MICROSECONDS,
            "asked when a step is due",
        ),
    ]


def _seconds(act: Callable[[], object], times: int) -> list[float]:
    found: list[float] = []
    for _ in range(REPETITIONS):
        gc.collect()
        began = perf_counter()
        for _ in range(times):
            act()
        found.append((perf_counter() - began) / times)
    return found


def _directory() -> Directory:
    weekly = Layer("weekly", Rotation(_NAMES, _MONDAY.replace(hour=9)))
    nights = Layer("nights", Rotation(_NAMES[::2], _MONDAY.replace(hour=22), TurnUnit.DAY), None, (Hours(1320, 1860),))
    weekends = Layer("weekends", Rotation(_NAMES[1::2], _MONDAY.replace(hour=9)), None, (Hours(0, 1440, (5, 6)),))
    people = {name: Person(name, name, {Channel.PAGE: ("pager",)}) for name in _NAMES}
    return Directory(
        people=people,
        teams={"all": Team("all", "All", tuple(people.values()))},
        schedules={"primary": LayeredSchedule("primary", "Europe/Rome", (weekly, nights, weekends))},
        targets={"pager": NotificationTarget("pager", TargetKind.PAGERDUTY)},
    )


def _overrides() -> list[ShiftOverride]:
    """Each for a few hours, over the year, in the order in which they were made."""
    found: list[ShiftOverride] = []
    for number in range(OVERRIDES):
        start = _START + number * 365 * _DAY / OVERRIDES
        adds, removes = _NAMES[number * 7 % PEOPLE], _NAMES[number * 3 % PEOPLE] if number % 3 else ""
        end = start + 3600.0 * (4 + number % 20)
        found.append(ShiftOverride(f"o{number}", "primary", start, end, removes, adds, "", "", float(number)))
    for number in range(SWAPS):
        start = _START + (number + 0.5) * 365 * _DAY / SWAPS
        back = start + 7 * _DAY
        asker, asked = _NAMES[number % PEOPLE], _NAMES[(number + 1) % PEOPLE]
        swap = Swap(f"s{number}", "primary", asker, asked, start, start + 4e4, back, back + 4e4, "", 0.0)
        found += swap.overrides(1000.0 + number)
    return found
