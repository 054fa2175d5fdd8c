"""Commands as a user types them: their wall and CPU time."""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Times:
    """What one run of a command took."""

    wall_seconds: float
    cpu_seconds: float


def covet_sre() -> str:
    """The path of the command beside the interpreter that runs this."""
    return str(Path(sys.executable).with_name("covet-sre"))


def environment() -> dict[str, str]:
    """This process's, with bytecode kept from run to run, as an installed program has it. The first run is warm-up."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def measured_command(command: Sequence[str]) -> Times:
    """Run a command to its end. Raises RuntimeError, with what it says, when it does not succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment())
    wall_seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ends with {done.returncode}: {done.stderr[-1000:]}{done.stdout[-1000:]}"
        )
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Times(wall_seconds, cpu_seconds)
