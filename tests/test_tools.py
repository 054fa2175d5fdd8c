"""The set-up that the two commands do: renewed when its content changes, and never silently incomplete."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    """A folder to be the whole PATH, with bash's own needs and a Python that says it is new enough and has venv."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "env"):
        (folder / name).symlink_to(shutil.which(name) or name)
    executable(folder / "python3", "exit 0")
    return folder


def executable(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(0o755)


def run(path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", *command], cwd=ROOT, env={"PATH": str(path)}, capture_output=True, text=True, check=False
    )


def test_a_skipped_test_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_skipping.py").write_text(
        "import pytest\n\n\ndef test_run():\n    pass\n\n\ndef test_not_run():\n    pytest.skip('no reason')\n"
    )
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, f"--junitxml={report}"]
    subprocess.run([*command, str(tmp_path)], cwd=tmp_path, check=True, capture_output=True)
    assert load("refuse_skips").not_run(report) == ["test_skipping.test_not_run: no reason"]


def test_a_report_without_skips_passes(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite><testcase classname="a" name="b"/></testsuite></testsuites>')
    assert load("refuse_skips").not_run(report) == []


def test_wheels_are_made_again_when_a_source_changes_is_renamed_or_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = load("environment")
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    (tmp_path / "one.py").write_text("1")
    keys = [environment._key_of([tmp_path / "one.py"])]
    (tmp_path / "one.py").write_text("2")
    keys.append(environment._key_of([tmp_path / "one.py"]))
    (tmp_path / "two.py").write_text("2")
    keys.append(environment._key_of([tmp_path / "two.py"]))
    keys.append(environment._key_of([tmp_path / "one.py", tmp_path / "two.py"]))
    assert len(set(keys)) == len(keys)
    assert environment._key_of([tmp_path / "one.py"]) == keys[1]


def test_what_counts_as_a_source_is_whatever_the_wheels_are_made_of() -> None:
    environment = load("environment")
    counted = {str(path.relative_to(ROOT)) for path in environment._source_files()}
    assert {"pyproject.toml", "sdk/pyproject.toml", "LICENSE", "src/covet_sre/units.py"} <= counted
    assert not [name for name in counted if "__pycache__" in name]


def test_a_missing_component_is_one_line_to_type_for_whoever_is_not_root(bin_folder: Path) -> None:
    executable(bin_folder / "id", "echo 1000")
    executable(bin_folder / "apt-get", "echo must not be called; exit 9")
    for name in ("prometheus", "promtool", "prometheus-alertmanager", "amtool", "initdb"):
        executable(bin_folder / name, "exit 0")
    outcome = run(bin_folder, "tools/install-components", "python3", "all")
    assert outcome.returncode == 1
    assert outcome.stderr.endswith("Type: sudo apt-get update && sudo apt-get install -y chromium fonts-liberation\n")
    assert outcome.stdout == ""


def test_a_complete_machine_is_left_alone(bin_folder: Path) -> None:
    executable(bin_folder / "apt-get", "echo must not be called; exit 9")
    for name in ("prometheus", "promtool", "prometheus-alertmanager", "amtool", "initdb", "chromium"):
        executable(bin_folder / name, "exit 0")
    outcome = run(bin_folder, "tools/install-components", "python3", "all")
    assert (outcome.returncode, outcome.stdout, outcome.stderr) == (0, "", "")


def test_the_demo_needs_no_real_components(bin_folder: Path) -> None:
    assert run(bin_folder, "tools/install-components", "python3").returncode == 0


def test_a_python_that_is_too_old_is_passed_over(bin_folder: Path) -> None:
    executable(bin_folder / "python3", "exit 1")
    executable(bin_folder / "python3.12", "exit 0")
    assert run(bin_folder, "tools/find-python").stdout == "python3.12\n"


def test_without_a_new_enough_python_there_is_one_line_to_type(bin_folder: Path) -> None:
    executable(bin_folder / "python3", "exit 1")
    outcome = run(bin_folder, "tools/find-python")
    assert outcome.returncode == 1
    assert "type: sudo apt-get install" in outcome.stderr
