"""`covet-sre validate` over 500 SLOs: the CPU time of the whole command, interpreter and imports included."""

import tempfile
from pathlib import Path

from benchmarks.commands import covet_sre, measured_command
from benchmarks.fleet import Fleet
from benchmarks.result import Result
from benchmarks.samples import sample

SLOS = 500
REPETITIONS = 9
MOST_CPU_SECONDS = 0.5


def run() -> list[Result]:
    """Measure it several times. Raises RuntimeError when the files are not accepted."""
    with tempfile.TemporaryDirectory(prefix="covet-sre-bench-") as folder:
        files = Fleet(SLOS, 0, 1).write_files(Path(folder), "http://127.0.0.1:9090")
        size_bytes = sum(file.stat().st_size for file in files.iterdir())
        times = [measured_command([covet_sre(), "validate", str(files)]) for _ in range(REPETITIONS + 1)][1:]
    cpu = sample([one.cpu_seconds for one in times])
    return [
        Result(
            name=f"validate {SLOS} SLOs",
            unit="CPU-s",
            ours=cpu,
            peers={},
            target=f"< {MOST_CPU_SECONDS}",
            met=cpu.median < MOST_CPU_SECONDS,
            note=f"{size_bytes / 1000:.0f} kB of YAML; wall {sample([one.wall_seconds for one in times]).median:.2f} s",
        )
    ]
