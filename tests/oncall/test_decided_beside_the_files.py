"""What people decide beside the files, against the plainest model: a list of people for every quarter of an hour."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from covet_sre.errors import NotFound, Refused
from covet_sre.incident.commands import carry_out
from covet_sre.incident.desk import Desk
from covet_sre.incident.oncall_facts import AnswerSwap, AskSwap, RemoveOverride, SetOverride, TakeTimes
from covet_sre.incident.rules import Rules
from covet_sre.oncall.comparing import differences
from covet_sre.oncall.coverage import holes
from covet_sre.oncall.directory import Directory
from covet_sre.oncall.duty import duty
from covet_sre.oncall.layer import Hours, Layer
from covet_sre.oncall.layered import LayeredSchedule
from covet_sre.oncall.people import Person
from covet_sre.oncall.rotation import Rotation, TurnUnit

QUARTER, DAY = 900, 86_400
SLOTS = 6 * 96
PEOPLE = ("ann", "ben", "chloe", "dan")
#: Rome, over the night in October in which its clock goes back: 2026-10-23 00:00 UTC and six days.
START = 1_792_713_600


def files() -> LayeredSchedule:
    daily = Layer(
        "daily", Rotation(PEOPLE, datetime(2026, 10, 1, 9), TurnUnit.DAY), None, (Hours(0, 1440, (0, 1, 2, 4, 5, 6)),)
    )
    nights = Layer(
        "nights", Rotation(("dan", "ann"), datetime(2026, 10, 1, 22), TurnUnit.DAY), None, (Hours(1320, 1800, (5, 6)),)
    )
    return LayeredSchedule("s", "Europe/Rome", (daily, nights))


@dataclass
class Plain:
    """Who is on call in each quarter of an hour: overrides are applied to every one of them, one after another."""

    base: list[tuple[str, ...]]
    changes: list[tuple[str, int, int, str, str]] = field(default_factory=list)

    def holders(self, slot: int) -> list[str]:
        people = list(self.base[slot])
        for _, start, end, removes, adds in self.changes:
            if start <= slot < end:
                if removes and removes not in people:
                    continue
                place = people.index(removes) if removes else len(people)
                people = [one for one in people if one != removes]
                if adds and adds not in people:
                    people.insert(place, adds)
        return people


def world() -> tuple[Desk, Plain]:
    schedule = files()
    people = {name: Person(name, name.title()) for name in PEOPLE}
    desk = Desk(Rules(Directory(people=people, schedules={"s": schedule})))
    return desk, Plain([schedule.on_call(START + slot * QUARTER) for slot in range(SLOTS)])


#: Few places, so that what is decided meets.
slots = st.integers(0, 11).map(lambda number: number * 24 + 10)
lengths = st.integers(1, 8).map(lambda number: number * 17)
names = st.sampled_from(PEOPLE)

steps = st.one_of(
    st.tuples(st.just("override"), slots, lengths, st.sampled_from(("", *PEOPLE)), st.sampled_from(("", *PEOPLE))),
    st.tuples(st.just("remove"), st.integers(0, 20)),
    st.tuples(st.just("swap"), slots, lengths, names, names),
    st.tuples(st.just("take"), slots, lengths, names),
)


def at(slot: int) -> float:
    return float(START + slot * QUARTER)


def do(desk: Desk, plain: Plain, number: int, step: tuple) -> None:
    """One decision on the desk and, if the desk took it, in the model. All is decided at one instant, before."""
    now = float(START - DAY)
    match step:
        case ("override", start, length, removes, adds):
            carry_out(
                desk, SetOverride(f"o{number:03}", "x", "s", at(start), at(start + length), removes, adds, "r"), now
            )
            plain.changes.append((f"o{number:03}", start, start + length, removes, adds))
        case ("remove", which):
            identity = plain.changes[which % len(plain.changes)][0] if plain.changes else "none"
            carry_out(desk, RemoveOverride(identity, "x"), now)
            plain.changes = [one for one in plain.changes if one[0] != identity]
        case ("swap", start, length, asker, asked):
            ask = AskSwap(f"w{number:03}", asker, "s", asker, asked, at(start), at(start + length), None, None, "")
            carry_out(desk, ask, now)
            carry_out(desk, AnswerSwap(f"w{number:03}", asked, accepts=True), now)
            plain.changes.append((f"w{number:03}.1", start, start + length, asker, asked))
        case ("take", start, length, person):
            before = [plain.holders(slot) for slot in range(SLOTS)]
            carry_out(desk, TakeTimes(f"t{number:03}", "x", "s", ((person, at(start), at(start + length)),), "r"), now)
            for slot in range(start, min(start + length, SLOTS)):
                assert desk.directory.schedules["s"].on_call(at(slot)) == (person,)
            plain.base, plain.changes = before, []
            for slot in range(start, min(start + length, SLOTS)):
                plain.base[slot] = (person,)


@settings(max_examples=80, deadline=None)
@given(st.lists(steps, max_size=12))
def test_whatever_people_decide_comes_to_the_plainest_schedule(decided: list[tuple]) -> None:
    desk, plain = world()
    took: list[tuple] = []
    for number, step in enumerate(decided):
        if step[0] == "remove" and any(one[0] == "take" for one in took):
            continue  # what a calendar made is many overrides: the model knows only what they came to
        try:
            do(desk, plain, number, step)
        except (Refused, NotFound):
            continue
        took.append(step)
    schedule = desk.directory.schedules["s"]
    shifts = schedule.shifts(at(0), at(SLOTS))
    for slot in range(SLOTS):
        expected = sorted(plain.holders(slot))
        for now in (at(slot), at(slot) + QUARTER - 1):
            assert sorted(schedule.on_call(now)) == expected
            assert sorted(one.person for one in shifts if one.start <= now < one.end) == expected
    gaps = {
        slot for since, until in holes(schedule, at(0), at(SLOTS)) for slot in range(SLOTS) if since <= at(slot) < until
    }
    assert gaps == {slot for slot in range(SLOTS) if not plain.holders(slot)}


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=6), slots)
def test_a_duty_says_who_is_on_call_until_when_and_who_comes_next(decided: list[tuple], slot: int) -> None:
    desk, plain = world()
    for number, step in enumerate(one for one in decided if one[0] in ("override", "swap")):
        try:
            do(desk, plain, number, step)
        except (Refused, NotFound):
            continue
    schedule = desk.directory.schedules["s"]
    held = duty(schedule, at(slot))
    assert held.people == tuple(schedule.on_call(at(slot)))
    assert held.person == (held.people[0] if held.people else "")
    assert held.until is not None
    before = held.until - 1
    if held.person:
        assert held.person in schedule.on_call(before)
        assert held.person not in schedule.on_call(held.until)
        assert held.then in (*schedule.on_call(held.until), "")
        assert bool(held.then) is bool(schedule.on_call(held.until))
    else:
        assert not schedule.on_call(before)
        assert held.then in schedule.on_call(held.until)


@settings(max_examples=80, deadline=None)
@given(st.lists(steps, max_size=6))
def test_what_differs_between_two_schedules_is_what_differs_at_each_instant(decided: list[tuple]) -> None:
    desk, plain = world()
    for number, step in enumerate(one for one in decided if one[0] in ("override", "swap")):
        try:
            do(desk, plain, number, step)
        except (Refused, NotFound):
            continue
    before, after = files(), desk.directory.schedules["s"]
    found = differences(before, after, at(0), at(SLOTS))
    assert [one.start for one in found] == sorted(one.start for one in found)
    for slot in range(SLOTS):
        told = [one for one in found if one.start <= at(slot) < one.end]
        now, then = sorted(before.on_call(at(slot))), sorted(after.on_call(at(slot)))
        assert [(sorted(one.before), sorted(one.after)) for one in told] == ([(now, then)] if now != then else [])


def test_against_no_schedule_everything_differs() -> None:
    [first, *_] = differences(None, files(), at(0), at(96))
    assert first.before == ()
    assert first.after == files().on_call(at(0))


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_of_two_overrides_that_overlap_the_later_one_sees_what_the_earlier_has_done(order: tuple[str, str]) -> None:
    desk, _ = world()
    holder = desk.directory.schedules["s"].on_call(at(40))[0]
    others = [one for one in PEOPLE if one != holder]
    commands = {
        "a": SetOverride("z", "x", "s", at(40), at(60), holder, others[0], "r"),
        "b": SetOverride("y", "x", "s", at(40), at(60), holder, others[1], "r"),
    }
    carry_out(desk, commands[order[0]], START - DAY)
    with pytest.raises(Refused, match=f"{holder} is not on call then"):
        carry_out(desk, commands[order[1]], START - DAY + 1.0)
    assert desk.directory.schedules["s"].on_call(at(50)) == (others[0 if order[0] == "a" else 1],)
