"""The power is cut at every call of a short scenario; `make chaos` does it over a longer one."""

from pathlib import Path

import pytest

from tests.chaos.power_cuts import Cuts, Scenario, checkpoints_often, cut_everywhere


def _cut(tmp_path: Path, *, every: int, pragma: str = "") -> Cuts:
    (tmp_path / "recorded").mkdir()
    (tmp_path / "cuts").mkdir()
    with checkpoints_often(pragma):
        ops = Scenario(tmp_path / "recorded", steps=4).record()
    return cut_everywhere(ops, tmp_path / "cuts", every=every)


@pytest.mark.chaos
def test_no_power_cut_loses_what_was_promised_or_damages_the_file(tmp_path: Path) -> None:
    cuts = _cut(tmp_path, every=3)
    assert cuts.points > 100
    assert (cuts.lost, cuts.damaged) == ([], [])


@pytest.mark.chaos
def test_without_the_sync_at_each_commit_power_cuts_lose_what_was_promised(tmp_path: Path) -> None:
    """The control: the enumeration sees what it is there to see."""
    cuts = _cut(tmp_path, every=5, pragma="PRAGMA synchronous = NORMAL")
    assert len(cuts.lost) > 50
    assert cuts.damaged == []
