"""Load: pages by person, at night and at weekends on the person's own clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from covet_sre.oncall.load import Load, PageTold, fair_share, load_of

ROME = "Europe/Rome"


def at(text: str, zone: str = ROME) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("when", "night", "weekend"),
    [
        ("2026-11-23T21:59", 0, 0),
        ("2026-11-23T22:00", 1, 0),
        ("2026-11-24T06:59", 1, 0),
        ("2026-11-24T07:00", 0, 0),
        ("2026-11-28T12:00", 0, 1),
        ("2026-11-29T23:59", 1, 1),
        ("2026-11-30T00:00", 1, 0),
        ("2026-10-25T02:30", 1, 1),
    ],
)
def test_night_and_weekend_are_those_of_the_persons_own_clock(when: str, night: int, weekend: int) -> None:
    pages = [PageTold("ann", at(when))]
    assert load_of(pages, {"ann": ROME}, 0, 1e11)["ann"] == Load(1, night, weekend)


def test_the_same_page_is_at_night_for_one_and_by_day_for_another() -> None:
    now = at("2026-11-24T03:00")
    found = load_of([PageTold("ann", now), PageTold("kei", now)], {"ann": ROME, "kei": "Asia/Tokyo"}, 0, 1e11)
    assert (found["ann"].night, found["kei"].night) == (1, 0)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 10_000_000)), max_size=60), st.integers(0, 10_000_000))
def test_every_page_of_the_period_counts_once(told: list[tuple[str, int]], since: int) -> None:
    found = load_of([PageTold(*one) for one in told], {}, since, 9_000_000)
    for person in "abc":
        mine = [when for who, when in told if who == person and since <= when < 9_000_000]
        hours = [(when // 3600) % 24 for when in mine]
        load = found.get(person, Load())
        assert load.pages == len(mine)
        assert load.night == sum(hour >= 22 or hour < 7 for hour in hours)
        assert load.weekend == sum((when // 86400 + 3) % 7 >= 5 for when in mine), "1970-01-01 was a Thursday"


def test_a_fair_share_is_one() -> None:
    assert fair_share({"a": Load(2), "b": Load(2)}) == {"a": 1.0, "b": 1.0}
    assert fair_share({"a": Load(3), "b": Load(), "c": Load()}) == {"a": 3.0, "b": 0.0, "c": 0.0}
    assert fair_share({"a": Load()}) == {}
