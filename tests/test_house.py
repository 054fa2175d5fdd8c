"""The rings hold: each kind of violation, planted in a copy of the sources, is caught by the check that names it."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent

RINGS = "The rings: a folder imports only from what stands further in"
PURE = "The domain is pure: no I/O, no framework, no clock"
APART = "The SDK imports nothing of the server, and the server nothing of the SDK"
CIRCLES = "No circles inside a folder"


@dataclass(frozen=True)
class Planted:
    """A file that must not be there, and what catches it: a contract of import-linter, or a rule of ruff."""

    path: str
    content: str
    caught_by: str


IMPORTS = {
    "the domain imports a flow": Planted("src/covet_sre/slo/planted.py", "import covet_sre.flows\n", RINGS),
    "an inner folder imports an outer one": Planted("src/covet_sre/slo/planted.py", "import covet_sre.budget\n", RINGS),
    "the ports import the store": Planted("src/covet_sre/flows/planted.py", "import covet_sre.store\n", RINGS),
    "pages import their neighbour, the store": Planted(
        "src/covet_sre/web/planted.py", "import covet_sre.store\n", RINGS
    ),
    "the API imports the composition root": Planted("src/covet_sre/api/planted.py", "import covet_sre.app\n", RINGS),
    "a folder of utilities": Planted("src/covet_sre/utils/__init__.py", "", "utils"),
    "a database in the domain": Planted("src/covet_sre/budget/planted.py", "import sqlite3\n", PURE),
    "SQLAlchemy in the domain": Planted("src/covet_sre/slo/planted.py", "import sqlalchemy\n", PURE),
    "a clock in the domain": Planted("src/covet_sre/slo/planted.py", "import time\n", PURE),
    "randomness in the domain": Planted("src/covet_sre/budget/planted.py", "import random\n", PURE),
    "logging in the domain": Planted("src/covet_sre/catalog/planted.py", "import logging\n", PURE),
    "the SDK imports the server": Planted("sdk/src/covet_sre_sdk/planted.py", "import covet_sre.units\n", APART),
    "the server imports the SDK": Planted("src/covet_sre/engine/planted.py", "import covet_sre_sdk\n", APART),
}

CALLS = {
    "reading the clock": "from datetime import UTC, datetime\n\nNOW = datetime.now(UTC)\n",
    "reading the clock as seconds": "import time\n\nNOW = time.time()\n",
    "making an id": "import uuid\n\nID = uuid.uuid4()\n",
    "a relative import": "from . import units\n",
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The sources of both distributions and the rules, apart from the checkout."""
    for folder in ("src", "sdk/src"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint_imports(copy: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": f"{copy / 'src'}{os.pathsep}{copy / 'sdk' / 'src'}", "NO_COLOR": "1"}
    command = [str(TOOLS / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)


def plant(copy: Path, path: str, content: str) -> None:
    (copy / path).parent.mkdir(exist_ok=True)
    (copy / path).write_text(content)


def test_the_sources_keep_every_contract(copy: Path) -> None:
    outcome = lint_imports(copy)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


@pytest.mark.parametrize("planted", IMPORTS.values(), ids=IMPORTS.keys())
def test_a_planted_import_is_caught(copy: Path, planted: Planted) -> None:
    plant(copy, planted.path, planted.content)
    outcome = lint_imports(copy)
    assert outcome.returncode != 0
    broken = outcome.stdout[outcome.stdout.find("Broken contracts") :] if "Broken contracts" in outcome.stdout else ""
    assert planted.caught_by in (broken or outcome.stdout + outcome.stderr)


def test_a_planted_circle_is_caught(copy: Path) -> None:
    for one, other in (("one", "other"), ("other", "one")):
        plant(copy, f"src/covet_sre/engine/planted_{one}/__init__.py", f"import covet_sre.engine.planted_{other}\n")
    outcome = lint_imports(copy)
    assert outcome.returncode != 0
    assert CIRCLES in outcome.stdout[outcome.stdout.find("Broken contracts") :]


@pytest.mark.parametrize("folder", ["slo", "engine", "store", "web"])
@pytest.mark.parametrize("content", CALLS.values(), ids=CALLS.keys())
def test_a_planted_call_is_caught(copy: Path, folder: str, content: str) -> None:
    path = f"src/covet_sre/{folder}/planted.py"
    plant(copy, path, content)
    command = [str(TOOLS / "ruff"), "check", "--no-cache", "--output-format", "concise", path]
    outcome = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert "TID25" in outcome.stdout


def test_a_planted_type_error_is_caught(copy: Path) -> None:
    path = "src/covet_sre/planted.py"
    plant(copy, path, "from covet_sre.errors import CovetSreError\n\nNUMBER: int = CovetSreError\n")
    command = [str(TOOLS / "basedpyright"), "--pythonpath", sys.executable, path]
    outcome = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert "reportAssignmentType" in outcome.stdout
