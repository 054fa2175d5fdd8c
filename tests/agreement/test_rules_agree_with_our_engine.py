"""The proof: over the same samples, Prometheus' rule engine on our rules and our own engine fire the same alerts.

Minute by minute, within one step of the long windows (five minutes) and one scrape. What is known to differ, and is so
in these histories: an error counter that is born with its first errors loses those to `increase()`; what happens in
a gap of scrapes longer than five minutes is lost to Prometheus; and where nothing is known an alert of ours stays as it
was, while Prometheus ends it.
"""

from collections.abc import Iterable, Set
from pathlib import Path

import pytest

from covet_sre.slo.burn import multi_window_alerts
from covet_sre.slo.indicator import CounterRatio
from covet_sre.slo.stream import Timeslices
from covet_sre.slo.window import RollingWindow
from tests.agreement.histories import History, everything, idle_night, long_outage, total_outage
from tests.agreement.timelines import by_our_engine, by_prometheus
from tests.engine.story import BAD, GOOD, TOTAL, objective

TOLERANCE_MINUTES = 5 + 1

HISTORIES = dict(everything())
BY_BAD = CounterRatio("metrics", TOTAL, None, BAD)
BY_GOOD = CounterRatio("metrics", TOTAL, GOOD, None)


def near(minutes: Set[int], everybody: Iterable[int]) -> set[int]:
    """Those within the tolerance of any of the minutes."""
    reach = range(-TOLERANCE_MINUTES, TOLERANCE_MINUTES + 1)
    return {minute + shift for minute in minutes for shift in reach} & set(everybody)


def disagreement(theirs: Set[int], ours: Set[int], length: int) -> set[int]:
    """Minutes at which only one fires (or only one is quiet) with no such minute of the other within the tolerance."""
    everybody = set(range(1, length))
    quiet_theirs, quiet_ours = everybody - theirs, everybody - ours
    return (
        (theirs - near(ours, everybody))
        | (ours - near(theirs, everybody))
        | (quiet_theirs - near(quiet_ours, everybody))
        | (quiet_ours - near(quiet_theirs, everybody))
    )


def episodes(minutes: Set[int]) -> int:
    """How often it fires anew, after being quiet for longer than the tolerance."""
    return sum(not any(minute - back in minutes for back in range(1, TOLERANCE_MINUTES + 1)) for minute in minutes)


def test_a_disagreement_is_seen() -> None:
    assert disagreement({10, 11}, {10 + TOLERANCE_MINUTES + 2}, 100) == {10, 11, 18}
    assert disagreement(set(range(10, 60)), set(range(10, 60)) - set(range(30, 45)), 100)
    assert not disagreement(set(range(10, 60)), set(range(14, 63)), 100)
    assert episodes({1, 2, 3, 20, 21}) == 2


def agree(history: History, folder: Path, scrape_seconds: int, **changes: object) -> set[str]:
    """Compare both timelines; the names of the alerts that fired in them."""
    tried = objective(**{"indicator": BY_BAD, **changes})
    theirs = by_prometheus(tried, history, folder, scrape_seconds)
    ours = by_our_engine(tried, history, scrape_seconds)
    length = history.minutes(scrape_seconds)
    # Ours says nothing of missing data here: a silent source is an alert of the whole installation.
    names = ({*theirs, *ours}) - {"SLODataMissing"}
    for name in names:
        fired, wanted = theirs.get(name, set()), ours.get(name, set())
        assert not disagreement(fired, wanted, length), (name, sorted(fired), sorted(wanted))
        assert episodes(fired) == episodes(wanted), (name, sorted(fired), sorted(wanted))
    return names


@pytest.mark.slow
@pytest.mark.prometheus
@pytest.mark.parametrize("scrape_seconds", [15, 13], ids=["every 15 s", "every 13 s, never on the minute"])
@pytest.mark.parametrize("name", list(HISTORIES))
def test_prometheus_and_we_fire_the_same_alerts(name: str, scrape_seconds: int, tmp_path: Path) -> None:
    fired = agree(HISTORIES[name], tmp_path, scrape_seconds)
    assert "ErrorBudgetBurn3d" in fired, "a history in which nothing fires proves nothing"


@pytest.mark.slow
@pytest.mark.prometheus
def test_so_they_do_where_good_events_are_counted(tmp_path: Path) -> None:
    assert len(agree(total_outage(), tmp_path, 15, indicator=BY_GOOD)) == 4


@pytest.mark.slow
@pytest.mark.prometheus
def test_so_they_do_where_the_budget_counts_slices_of_time(tmp_path: Path) -> None:
    assert len(agree(long_outage(), tmp_path, 15, budgeting=Timeslices(5, 0.9))) == 4


@pytest.mark.slow
@pytest.mark.prometheus
def test_so_they_do_over_another_window_and_target(tmp_path: Path) -> None:
    week = RollingWindow(7 * 1440)
    alerts = multi_window_alerts(7 * 1440)
    fired = agree(idle_night(), tmp_path, 15, target="0.99", window=week, alerts=alerts)
    assert {"ErrorBudgetBurn1h", "ErrorBudgetBurn6h", "ErrorBudgetBurn1d", "ErrorBudgetBurn3d"} == fired
