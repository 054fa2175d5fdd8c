"""Times of a calendar as a Schedule document, for the files: a rotation where it is one, else a layer each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from covet_sre.flows.oncall import CalendarTime
from covet_sre.oncall.wall_clock import wall_time

MOST_LAYERS = 50
"""More than a Schedule document may have: then there is none."""

_FEWEST_TURNS = 3
_UNITS = ((timedelta(weeks=1), "w"), (timedelta(days=1), "d"), (timedelta(hours=1), "h"))

Turn = tuple[str, datetime, datetime]


def schedule_document(name: str, zone: str, times: Sequence[CalendarTime]) -> str:
    """Empty where nothing was understood, or there is too much of it for layers: then overrides say it better."""
    clock = ZoneInfo(zone)
    turns = [
        (one.people[0], wall_time(one.start, clock), wall_time(one.end, clock)) for one in times if len(one.people) == 1
    ]
    rotation = _rotation(turns)
    if not turns or (rotation is None and len(turns) > MOST_LAYERS):
        return ""
    head = ["apiVersion: covet-sre/v1", "kind: Schedule", "metadata:", f"  name: {name}", "spec:"]
    layers = rotation if rotation is not None else [line for turn in turns for line in _layer(turn)]
    return "\n".join([*head, f"  timeZone: {zone}", "  layers:", *layers]) + "\n"


def _rotation(turns: Sequence[Turn]) -> list[str] | None:
    """One layer, if the turns follow on one another, are equally long, and come round in the same order."""
    if len(turns) < _FEWEST_TURNS or any(before[2] != after[1] for before, after in pairwise(turns)):
        return None
    lengths = {end - start for _, start, end in turns}
    people = [person for person, _, _ in turns]
    size = next((size for size in range(1, len(people)) if _comes_round(people, size)), 0)
    if len(lengths) != 1 or not size:
        return None
    [length] = lengths
    count, unit = next(((length // one, word) for one, word in _UNITS if not length % one), (0, ""))
    if not 0 < count < 10_000:
        return None
    return [
        f"    - people: [{', '.join(people[:size])}]",
        f"      handOver: {count}{unit}",
        f"      starts: {turns[0][1]:%Y-%m-%d %H:%M}",
    ]


def _comes_round(people: Sequence[str], size: int) -> bool:
    return len(people) > size and all(person == people[place % size] for place, person in enumerate(people))


def _layer(turn: Turn) -> list[str]:
    person, start, end = turn
    return [
        f"    - people: [{person}]",
        f"      starts: {start:%Y-%m-%d %H:%M}",
        f"      ends: {end:%Y-%m-%d %H:%M}",
    ]
