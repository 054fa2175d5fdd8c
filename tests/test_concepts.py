"""The worked examples on the page of concepts, worked out again."""

import re
from pathlib import Path

import pytest

from covet_sre.slo.burn import MULTI_WINDOW_PAIRS, burn_threshold

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "concepts.md").read_text()
BUDGET_MINUTES = 30 * 1440
ALLOWED = 0.001


def rows(heading: str) -> list[list[str]]:
    table = re.search(rf"^\| {re.escape(heading)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table, heading
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[1].splitlines()]


def percent(cell: str) -> float:
    return float(cell.removesuffix(" %")) / 100


def test_a_days_errors_weigh_by_events_and_by_time_as_printed() -> None:
    per_minute = {"in the quiet hours": 20, "in the busy hours": 2000}
    printed = rows("half an hour of 20 % errors")
    assert {row[0] for row in printed} == set(per_minute)
    for when, bad, by_events, of_budget, by_time, of_time in printed:
        # Minute by minute: all events and the bad ones.
        minutes = [(rate, 0.0) for rate in per_minute.values() for _ in range(720)]
        start = minutes.index((per_minute[when], 0.0))
        minutes[start : start + 30] = [(rate, 0.2 * rate) for rate, _ in minutes[start : start + 30]]
        assert int(bad) == pytest.approx(sum(errors for _, errors in minutes))
        ratio = sum(errors for _, errors in minutes) / sum(events for events, _ in minutes)
        assert percent(by_events) == pytest.approx(ratio, rel=1e-3)
        assert percent(of_budget) == pytest.approx(ratio / ALLOWED, rel=1e-3)
        average = sum(errors / events for events, errors in minutes) / len(minutes)
        assert percent(by_time) == pytest.approx(average, rel=1e-3)
        assert percent(of_time) == pytest.approx(average / ALLOWED, rel=1e-3)


def minutes_until(threshold: float, window_minutes: int, ratio: float) -> float | None:
    """Found by letting the window fill, a hundredth of a minute at a time."""
    for hundredth in range(window_minutes * 100 + 1):
        if ratio * hundredth / 100 / window_minutes >= threshold * ALLOWED - 1e-12:
            return hundredth / 100
    return None


def test_alerts_fire_after_the_printed_times() -> None:
    fast, slow = MULTI_WINDOW_PAIRS[:2]
    for errors, burn, *printed in rows("errors at 99.9 %"):
        assert float(burn) == pytest.approx(percent(errors) / ALLOWED)
        for cell, pair in zip(printed, (fast, slow), strict=True):
            found = minutes_until(burn_threshold(pair, BUDGET_MINUTES), pair.long_minutes, percent(errors))
            if cell == "never":
                assert found is None
            else:
                assert found == pytest.approx(float(cell.removesuffix(" min")), abs=0.05)


def test_the_other_numbers_of_the_page_are_right() -> None:
    assert pytest.approx(43.2) == ALLOWED * BUDGET_MINUTES
    assert "99.9 % of 30 days leave 43.2 minutes" in PAGE
    assert burn_threshold(MULTI_WINDOW_PAIRS[0], BUDGET_MINUTES) == 14.4
    assert "2 % of a 30-day budget within an hour is a burn rate of 14.4" in PAGE
    assert pytest.approx(10) == 0.01 / ALLOWED
    assert 30 / 10 == 3
    assert "1 % errors at 99.9 % are a burn rate of 10: a full budget of 30 days is gone in 3." in PAGE
    assert percent("0.417 %") / percent("0.00825 %") == pytest.approx(50, rel=0.02)
    assert percent("0.417 %") / percent("0.825 %") == pytest.approx(0.5, rel=0.02)
