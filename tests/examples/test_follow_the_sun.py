"""The example that follows the sun leaves no hour of a year open, in either of its two ways."""

from datetime import UTC, datetime
from pathlib import Path

from covet_sre.oncall.coverage import holes, uncovered
from covet_sre.spec import read_paths

FILES = Path(__file__).parents[2] / "examples" / "follow-the-sun" / "reliability"
START, END = (datetime(year, 2, 1, tzinfo=UTC).timestamp() for year in (2026, 2027))


def test_no_hour_of_a_year_is_left_open() -> None:
    schedules = read_paths([FILES]).rules.directory.schedules
    assert holes(schedules["shop"], START, END) == []
    both = [*schedules["shop-rome"].shifts(START, END), *schedules["shop-san-francisco"].shifts(START, END)]
    assert uncovered(sorted(both, key=lambda one: one.start), START, END) == []


def test_each_place_is_on_call_by_day() -> None:
    schedule = read_paths([FILES]).rules.directory.schedules["shop"]
    noon_in_rome = datetime(2026, 6, 1, 10, tzinfo=UTC).timestamp()
    noon_in_san_francisco = datetime(2026, 6, 1, 19, tzinfo=UTC).timestamp()
    assert schedule.on_call(noon_in_rome)[0] in ("ann", "ben")
    assert schedule.on_call(noon_in_san_francisco)[0] in ("dan", "eva")
