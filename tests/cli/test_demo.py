"""The demonstration told as a story: it exits 0 only if every step came true."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_demo_tells_its_story_from_any_folder(tmp_path) -> None:
    command = [sys.executable, "-m", "covet_sre", "demo", "--once", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    steps = [line.split("✓ ")[1].split(":")[0] for line in done.stdout.splitlines()]
    assert steps == [
        *("healthy", "fault switched on", "alert fires", "incident opens", "somebody is paged", "acknowledged"),
        *("budget falls", "fault switched off", "alert ends", "resolved"),
    ]
    assert not list(tmp_path.iterdir())


def test_a_demo_without_its_extra_says_what_to_install(tmp_path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda n, *a: None if n == 'covet' else find(n, *a)\n"
    )
    command = [sys.executable, "-m", "covet_sre", "demo", "--once"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"PYTHONPATH": str(tmp_path)})
    assert done.returncode == 1
    assert "pip install" in done.stderr
