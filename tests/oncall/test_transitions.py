"""Every IANA zone, every change of its clock from 2000 to 2037: one person per layer at each instant around it."""

import os
import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from covet_sre.oncall.layer import Layer
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.rotation import Rotation, TurnUnit
from covet_sre.oncall.wall_clock import first_instant, wall_time

FIRST = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
LAST = int(datetime(2038, 1, 1, tzinfo=UTC).timestamp())
DAY, HOUR, HALF_HOUR = 86_400, 3600, 1800
PEOPLE = ("ann", "ben", "chloe")
ZONES = sorted(zoneinfo.available_timezones())

#: Hand-overs at the time that the change leaves out or repeats, and others; (unit, every, how long before the change).
ROTATIONS = [
    (TurnUnit.HOUR, 1, timedelta(days=3)),
    (TurnUnit.HOUR, 5, timedelta(days=9)),
    (TurnUnit.HOUR, 24, timedelta(days=3)),
    (TurnUnit.DAY, 1, timedelta(days=3, minutes=-30)),
    (TurnUnit.WEEK, 1, timedelta(weeks=2, minutes=30)),
    (TurnUnit.MONTH, 1, timedelta(days=62)),
]


def transitions(zone: ZoneInfo) -> Iterator[int]:
    """Every instant at which the offset changes. Looks at each day, and halves the days with a change."""

    def offset(at: int) -> timedelta | None:
        return datetime.fromtimestamp(at, zone).utcoffset()

    before = offset(FIRST)
    for end in range(FIRST + DAY, LAST + DAY, DAY):
        after = offset(end)
        if after != before:
            low, high = end - DAY, end
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            yield high
        before = after


def layers_around(change: int, zone: ZoneInfo) -> list[Layer]:
    """Layers that hand over at the very times that the change leaves out or repeats."""
    shown = max(wall_time(change, zone), wall_time(change - 1, zone) + timedelta(seconds=1)) - timedelta(minutes=30)
    return [
        Layer(f"{unit}-{every}", Rotation(PEOPLE, shown - before, unit, every)) for unit, every, before in ROTATIONS
    ]


def check(layer: Layer, change: int, zone: ZoneInfo) -> int:
    """One holder at each instant around the change; gives how many instants were asked about."""
    start, end = float(change - 3 * HOUR), float(change + 27 * HOUR)
    held = layer.held(start, end, zone)
    assert held[0].start == start
    assert held[-1].end == end
    for one, after in pairwise(held):
        assert one.start < one.end == after.start
    schedule = LayeredSchedule("one", zone.key, (layer,))
    edges = [one.start for one in held[1:]]
    near = [at for edge in edges[:: len(edges) // 8 + 1] for at in (edge - 1, edge)]
    instants = [change - HALF_HOUR, change - 1, change, change + HALF_HOUR, *near]
    for now in instants:
        holders = [one.person for one in held if one.start <= now < one.end]
        assert list(schedule.on_call(now)) == holders
        assert len(holders) == 1
    return len(instants)


@pytest.fixture(scope="module")
def counts() -> Iterator[dict[str, int]]:
    found = {"zones": 0, "changes": 0, "instants": 0}
    yield found
    print(", ".join(f"{count:,} {what}" for what, count in found.items()))


# A tenth each, so that several processes share them.
@pytest.mark.parametrize("tenth", range(10))
def test_around_every_change_of_every_clock_there_is_one_holder_per_layer(tenth: int, counts: dict[str, int]) -> None:
    """Shifts tile, hand-overs only grow, and who is on call agrees with the shifts."""
    for name in ZONES[tenth::10]:
        zone = ZoneInfo(name)
        counts["zones"] += 1
        for change in transitions(zone):
            counts["changes"] += 1
            for layer in layers_around(change, zone):
                counts["instants"] += check(layer, change, zone)
    assert counts["changes"] > 0


def test_the_zones_of_this_machine_are_all_there() -> None:
    """A machine without zone data would pass every other test in no time."""
    assert len(ZONES) > 400, os.environ.get("PYTHONTZPATH")
    assert sum(1 for _ in transitions(ZoneInfo("Europe/Rome"))) == 76


@pytest.mark.parametrize(
    "name", ["Europe/Rome", "Australia/Lord_Howe", "Pacific/Apia", "Antarctica/Troll", "Asia/Gaza"]
)
def test_the_first_instant_of_a_time_is_the_first_at_which_the_clock_has_reached_it(name: str) -> None:
    """Against a walk through every minute around each change."""
    zone = ZoneInfo(name)
    for change in list(transitions(zone))[:12]:
        start = change - 6 * HOUR
        minutes = [(at, wall_time(at, zone)) for at in range(start, change + 6 * HOUR, 60)]
        for wall in sorted({shown + timedelta(minutes=m) for _, shown in minutes[180:540] for m in (0, 15)}):
            assert first_instant(wall, zone) == next(at for at, shown in minutes if shown >= wall)


def test_a_machine_without_zone_data_has_those_of_the_package() -> None:
    """Slim images leave them out; our dependency `tzdata` brings them."""
    program = (
        "import zoneinfo; from covet_sre.oncall.wall_clock import wall_time;"
        "assert not zoneinfo.TZPATH; print(len(zoneinfo.available_timezones()), "
        "wall_time(1774746000, zoneinfo.ZoneInfo('Europe/Rome')))"
    )
    environment = {**os.environ, "PYTHONTZPATH": ""}
    printed = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    ).stdout
    count, *shown = printed.split()
    assert int(count) > 400
    assert shown == ["2026-03-29", "03:00:00"]
