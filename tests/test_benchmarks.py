"""The runner of the benchmarks: a missed target and a failed benchmark are said, and cannot be mistaken for success."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

FIGURES = '''
"""How fast nothing is."""
from benchmarks.result import Result, Sample

def run() -> list[Result]:
    peers = {"the peer": Sample(35.0, 30.0, 40.0, 5)}
    return [Result("added time", "us", Sample(1.25, 1.2, 1.3, 5), peers, "at most 1.5 us", MET, "paired")]
'''


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the runner alone, without the real benchmarks."""
    target = tmp_path / "benchmarks"
    target.mkdir()
    for name in ("__init__", "__main__", "report", "result", "runner"):
        (target / f"{name}.py").write_text((ROOT / "benchmarks" / f"{name}.py").read_text())
    return target


def run(folder: Path, *names: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", "--date", "2026-01-31", *names]
    return subprocess.run(command, cwd=folder.parent, capture_output=True, text=True, timeout=60, check=False)


def test_a_figure_is_written_beside_its_target_and_its_peers(folder: Path) -> None:
    (folder / "nothing.py").write_text(FIGURES.replace("MET", "True"))
    outcome = run(folder)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    page = (folder / "RESULTS.md").read_text()
    assert "Measured on 2026-01-31" in page
    assert "How fast nothing is." in page
    assert "| added time | 1.25 us (1.2 to 1.3, n=5) | at most 1.5 us | met | the peer: 35 us" in page
    assert "28 times ours" in page
    assert "prometheus-client " in page


def test_a_missed_target_is_said_and_fails_the_run(folder: Path) -> None:
    (folder / "nothing.py").write_text(FIGURES.replace("MET", "False"))
    outcome = run(folder)
    assert outcome.returncode == 1
    assert "MISSED" in outcome.stdout
    assert "| MISSED |" in (folder / "RESULTS.md").read_text()


def test_a_benchmark_that_breaks_fails_the_run_and_the_others_go_on(folder: Path) -> None:
    (folder / "a_broken_one.py").write_text("def run():\n    raise ValueError('no such\\ncounter')\n")
    (folder / "nothing.py").write_text(FIGURES.replace("MET", "True"))
    outcome = run(folder)
    assert outcome.returncode == 1
    page = (folder / "RESULTS.md").read_text()
    assert "FAILED: `ValueError: no such counter`" in page
    assert "| added time |" in page


def test_a_benchmark_that_measures_nothing_is_no_success(folder: Path) -> None:
    (folder / "empty.py").write_text("def run():\n    return []\n")
    assert run(folder).returncode == 1


def test_running_some_renews_their_sections_and_leaves_the_others(folder: Path) -> None:
    for name, met in (("a_first", "True"), ("nothing", "True")):
        (folder / f"{name}.py").write_text(FIGURES.replace("MET", met))
    assert run(folder).returncode == 0
    first = (folder / "RESULTS.md").read_text()
    assert "2 figures: 2 met, 0 missed" in first
    (folder / "nothing.py").write_text(FIGURES.replace("MET", "False").replace("1.25", "1.75"))
    assert run(folder, "nothing").returncode == 1
    then = (folder / "RESULTS.md").read_text()
    assert "2 figures: 1 met, 1 missed" in then
    assert (
        then.partition("## nothing")[0].partition("## a_first")[2]
        == (first.partition("## nothing")[0].partition("## a_first")[2])
    )
    assert "1.75 us" in then.partition("## nothing")[2]


def test_sections_of_benchmarks_that_are_gone_go(folder: Path) -> None:
    for name in ("a_first", "nothing"):
        (folder / f"{name}.py").write_text(FIGURES.replace("MET", "True"))
    run(folder)
    (folder / "a_first.py").unlink()
    run(folder, "nothing")
    assert "a_first" not in (folder / "RESULTS.md").read_text()


def test_an_unknown_benchmark_is_refused(folder: Path) -> None:
    (folder / "nothing.py").write_text(FIGURES.replace("MET", "True"))
    outcome = run(folder, "everything")
    assert outcome.returncode == 2
    assert "everything" in outcome.stderr
