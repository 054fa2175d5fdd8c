"""Fifty kills under load, and a few of two servers on PostgreSQL: `make chaos` does more of the same."""

from pathlib import Path

import pytest

from tests.chaos.figures import Figures
from tests.chaos.runs import on_postgresql, on_sqlite


def _kept_every_promise(figures: Figures) -> None:
    assert figures.violations == []
    # It was worth the while: much happened.
    assert figures.counts["alerts accepted"] > 200
    assert figures.counts["steps taken"] > 10


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.timeout(600)
def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    figures = on_sqlite(50, 50, tmp_path / "run", most_seconds=0.25, cold_every=0)
    assert figures.kills == 50
    _kept_every_promise(figures)
    assert figures.counts["outcomes unknown: no answer"] + figures.counts["duplicates after a kill"] > 0


@pytest.mark.slow
@pytest.mark.chaos
@pytest.mark.postgresql
@pytest.mark.timeout(600)
def test_two_servers_on_one_database_take_over_from_each_other(tmp_path: Path) -> None:
    figures = on_postgresql(3, 3, tmp_path / "run")
    assert figures.kills >= 3
    _kept_every_promise(figures)
