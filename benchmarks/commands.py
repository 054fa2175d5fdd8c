"""Commands as a user types them: their wall and CPU time."""

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


def measured_command(command: Sequence[str]) -> Times:
    """Run a command to its end. Raises RuntimeError, with what it says, when it does not succeed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    wall_seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(
            f"{' '.join(command)} ends with {done.returncode}: {done.stderr[-1000:]}{done.stdout[-1000:]}"
        )
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Times(wall_seconds, cpu_seconds)
