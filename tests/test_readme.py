"""Every command that the README prints is run: here, or by the test that this table names."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class RunHere:
    """Typed as printed, in the checkout, with the installed commands on the path; it must exit with this status."""

    status: int = 0


@dataclass(frozen=True)
class RunBy:
    """What a reader would leave running, or what needs a machine of its own, is run by this test or program."""

    path: str
    contains: str


FIVE_MINUTES = "tests/test_first_five_minutes.py"

#: Each command of the README, as printed after the `$`, and what runs it.
COMMANDS: dict[str, RunHere | RunBy] = {
    "make demo": RunBy("Makefile", "covet-sre demo"),
    "make test": RunBy(".ci/run", "exec make test"),
    "covet-sre validate examples/covetpy/reliability": RunHere(),
    "pip install ./sdk '.[demo]'": RunBy(FIVE_MINUTES, "(INSTALL, "),
    "covet-sre validate reliability --prometheus http://127.0.0.1:9090": RunBy(FIVE_MINUTES, "desk.type(VALIDATE)"),
    "covet-sre slo status reliability": RunBy(FIVE_MINUTES, "desk.type(STATUS_FROM_FILES)"),
    "covet-sre serve reliability": RunBy(FIVE_MINUTES, "desk.arguments(SERVE)"),
    "covet-sre slo status": RunBy(FIVE_MINUTES, "serving.type(STATUS_FROM_SERVER)"),
    "covet-sre generate prometheus reliability -o generated": RunBy(FIVE_MINUTES, "for command in GENERATE"),
    "covet-sre generate promtool-tests reliability -o generated": RunBy(FIVE_MINUTES, "for command in GENERATE"),
    "covet-sre generate grafana reliability -o generated": RunBy(FIVE_MINUTES, "for command in GENERATE"),
    "covet-sre incident list": RunBy(FIVE_MINUTES, "for command in INCIDENTS"),
    "covet-sre oncall now": RunBy(FIVE_MINUTES, "for command in INCIDENTS"),
    "covet-sre slo backtest reliability --from 4h --policy declared --policy burn-rate": RunBy(
        FIVE_MINUTES, "desk.type(BACKTEST)"
    ),
}


def printed_commands(text: str) -> list[str]:
    """The commands in the blocks marked `console`: lines that begin with `$ `, with their continuation lines."""
    blocks = re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    joined = "".join(blocks).replace("\\\n", " ")
    return [" ".join(line.removeprefix("$ ").split()) for line in joined.splitlines() if line.startswith("$ ")]


def test_commands_are_found_in_console_blocks_alone() -> None:
    text = "```console\n$ one\nits output\n$ two \\\n    --three\n```\n```yaml\n$ four\n```\n"
    assert printed_commands(text) == ["one", "two --three"]


def test_every_command_of_the_readme_is_run() -> None:
    printed = printed_commands((ROOT / "README.md").read_text())
    assert printed, "the README shows no command"
    assert not [command for command in printed if command not in COMMANDS], "say in COMMANDS what runs it"


def test_the_readme_shows_commands_in_console_blocks_alone() -> None:
    """A command in a block of another kind would escape the test above."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    typed = re.compile(r"^\s*(\$ |make |covet-sre |pip |python3? |uvx? |git |curl |docker )", re.MULTILINE)
    assert not [block for language, block in blocks if language != "console" and typed.search(block)]


def test_no_command_is_listed_that_the_readme_does_not_print() -> None:
    printed = printed_commands((ROOT / "README.md").read_text())
    assert not [command for command in COMMANDS if command not in printed]


@pytest.mark.parametrize("command", [command for command, how in COMMANDS.items() if isinstance(how, RunHere)])
def test_a_command_of_the_readme_does_what_it_says(command: str) -> None:
    how = COMMANDS[command]
    assert isinstance(how, RunHere)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    outcome = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert outcome.returncode == how.status, outcome.stdout + outcome.stderr


@pytest.mark.parametrize("command", [command for command, how in COMMANDS.items() if isinstance(how, RunBy)])
def test_what_runs_the_other_commands_exists(command: str) -> None:
    how = COMMANDS[command]
    assert isinstance(how, RunBy)
    assert how.contains in (ROOT / how.path).read_text()
